import Synchronization

/// A transaction that was begun and is not ended. Dropping it rolls it back, as with the owner.
public final class TegDBTransaction: Sendable {
  private let writer: TegDBWriter
  private let isOpen = Mutex(true)

  init(_ writer: TegDBWriter) { self.writer = writer }

  deinit { try? rollBack() }

  /// Sets a key's value; an empty value takes the key away. Nothing is written where that changes
  /// nothing.
  ///
  /// - Throws: `WriterFailure`. A change that was refused leaves the transaction as it was; where
  ///   writing fails, it is rolled back.
  public func put(_ key: [UInt8], _ value: [UInt8]) throws(WriterFailure) {
    guard isOpen.withLock({ $0 }) else { throw .ended }
    do throws(WriterFailure) {
      _ = try writer.change(key, value)
    } catch {
      if case .refused = error { throw error }
      end()
      throw error
    }
  }

  /// Takes a key away.
  ///
  /// - Throws: `WriterFailure`, as `put` does.
  public func delete(_ key: [UInt8]) throws(WriterFailure) { try put(key, []) }

  /// The value of a key as the transaction left it.
  ///
  /// - Throws: `WriterFailure`.
  public func get(_ key: [UInt8]) throws(WriterFailure) -> [UInt8]? { try writer.get(key) }

  /// Appends the commit marker, unless nothing was changed, and comes back when the policy's
  /// promise holds.
  ///
  /// - Returns: whether the transaction is on the disk.
  /// - Throws: `WriterFailure`. Where the marker could not be written the transaction is rolled back.
  @discardableResult
  public func commit() throws(WriterFailure) -> Bool {
    guard end() else { throw .ended }
    return try writer.commit()
  }

  /// Takes all changes back: records that undo them are appended, the newest first, without a
  /// marker, as the owner does it. What never reached the file is dropped.
  ///
  /// - Throws: `WriterFailure`.
  public func rollBack() throws(WriterFailure) {
    if end() { try writer.rollBack() }
  }

  /// - Returns: whether it was open.
  @discardableResult
  private func end() -> Bool {
    isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
  }
}
