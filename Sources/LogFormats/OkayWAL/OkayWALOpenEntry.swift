import Synchronization

/// An entry that was begun and is not ended. Dropping it rolls it back.
public final class OkayWALOpenEntry: Sendable {
  /// Its id. A rolled back entry's id is not given again: ids grow with gaps.
  public let id: UInt64
  private let writer: OkayWALWriter
  private let start: UInt64
  private let state = Mutex(State.empty)

  private enum State {
    case empty
    case begun
    case ended
  }

  init(_ writer: OkayWALWriter, id: UInt64, start: UInt64) {
    self.writer = writer
    self.id = id
    self.start = start
  }

  deinit { rollBack() }

  /// Appends a chunk, of any length from 0 to 2³²-1 bytes.
  ///
  /// - Returns: where it stands, for reading it again when the entry is committed.
  /// - Throws: `WriterFailure`; the entry is rolled back then.
  public func write(_ chunk: [UInt8]) throws(WriterFailure) -> OkayWALChunk {
    let before = state.withLock { state in
      defer { if state == .empty { state = .begun } }
      return state
    }
    guard before != .ended else { throw .ended }
    do throws(WriterFailure) {
      return try writer.write(chunk, isFirst: before == .empty, of: id, from: start)
    } catch {
      rollBack()
      throw error
    }
  }

  /// Commits the entry and comes back when it is on the disk.
  ///
  /// - Returns: where its first byte stands.
  /// - Throws: `WriterFailure`. Where the entry could not be written it is gone; where the disk
  ///   failed, nobody knows, and the log is at its end.
  public func commit() throws(WriterFailure) -> Appended {
    let before = end()
    guard before != .ended else { throw .ended }
    return try writer.commit(id, from: start, isEmpty: before == .empty)
  }

  /// Takes the entry back. Nothing is written: as with the owner, what is in the file already stays
  /// until another entry is written over it.
  public func rollBack() {
    if end() != .ended { writer.rollBack(to: start) }
  }

  /// - Returns: what it was before.
  private func end() -> State {
    state.withLock { state in
      defer { state = .ended }
      return state
    }
  }
}
