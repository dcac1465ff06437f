internal import CLinux

/// A part of a file as memory that every process that maps it shares. It goes with its last
/// reference.
///
/// Sound, although others change and cut the file meanwhile: numbers are loaded and stored by
/// atomic instructions of processes, bytes are only copied into it, and a copy to where the file
/// has no bytes (any more) fails.
@safe public final class SharedMemory: Sendable {
  private let file: WriterFile
  /// Offset of the first byte from the file's start.
  public let offset: UInt64
  /// Bytes, which may reach beyond the file's end.
  public let count: Int
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer

  /// Maps `count` bytes of `file` from `offset`, a multiple of the page size.
  ///
  /// - Throws: `FileError`; ENOMEM when this process has no address space or mapping left.
  public init(_ file: WriterFile, offset: UInt64, count: Int) throws(FileError) {
    var address: UnsafeMutableRawPointer?
    try file.calls.perform(.map, on: file.name) { _ in
      let guarded = Int64(wl_copy_guard())
      if guarded < 0 { return guarded }
      // Sound: the call stores an address where we give it room.
      return unsafe Int64(wl_map_shared(file.descriptor, offset, count, &address))
    }
    guard let base = unsafe address else {
      throw FileError(call: .map, code: Errno.badArgument, name: file.name)
    }
    self.file = file
    self.offset = offset
    self.count = count
    unsafe self.base = unsafe base
  }

  deinit {
    // Sound: nobody has a reference any more, and no address ever leaves this type.
    unsafe wl_unmap(base, count)
  }

  /// Copies `bytes` to `place` in this part, which has room for them.
  ///
  /// - Throws: `FileError` of `.copy` when the file has no such bytes (any more), or the disk no
  ///   room for them; an unknown part of them was copied.
  public func copy(_ bytes: RawSpan, to place: Int) throws(FileError) {
    precondition(place >= 0 && place <= count && bytes.byteCount <= count - place)
    // Sound: both ranges have been checked, and a fault in the mapping is caught.
    let outcome = unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress else { return Int32(0) }
      return unsafe wl_copy_shared(base + place, first, source.count)
    }
    try check(outcome, place)
  }

  // MARK: Numbers that processes share

  /// The number of 64 bits at `place`, and whatever was written before it.
  ///
  /// - Throws: `FileError` of `.copy`, as all of these, when the file has no such bytes any more.
  public func number(at place: Int) throws(FileError) -> UInt64 {
    var value: UInt64 = 0
    // Sound: the place is checked, and a fault is caught.
    try check(unsafe wl_shared_load_64(address(of: place, size: 8), &value), place)
    return value
  }

  /// Stores a number of 64 bits, and before it whatever was written.
  public func store(_ value: UInt64, at place: Int) throws(FileError) {
    // Sound: as above.
    try check(unsafe wl_shared_store_64(address(of: place, size: 8), value), place)
  }

  /// Puts `value` where `expected` stands, or answers false.
  public func exchange(
    _ expected: UInt64, for value: UInt64, at place: Int
  ) throws(FileError) -> Bool {
    // Sound: as above.
    try check(unsafe wl_shared_exchange_64(address(of: place, size: 8), expected, value), place)
  }

  /// The byte at `place`.
  public func byte(at place: Int) throws(FileError) -> UInt8 {
    var value: UInt8 = 0
    // Sound: as above.
    try check(unsafe wl_shared_load_8(address(of: place, size: 1), &value), place)
    return value
  }

  /// Stores a byte, and before it whatever was written.
  public func store(byte value: UInt8, at place: Int) throws(FileError) {
    // Sound: as above.
    try check(unsafe wl_shared_store_8(address(of: place, size: 1), value), place)
  }

  /// Puts the byte `value` where `expected` stands, or answers false.
  public func exchange(
    byte expected: UInt8, for value: UInt8, at place: Int
  ) throws(FileError) -> Bool {
    // Sound: as above.
    try check(unsafe wl_shared_exchange_8(address(of: place, size: 1), expected, value), place)
  }

  /// Adds `count` to the number at `place`, as one step among all processes, unless the sum passes
  /// the number at `limit`.
  ///
  /// - Returns: what stood there, nil where nothing was added.
  public func add(
    _ count: UInt64, at place: Int, notBeyond limit: Int
  ) throws(FileError) -> UInt64? {
    var before: UInt64 = 0
    // Sound: as above.
    let isAdded = try check(
      unsafe wl_shared_add_below(
        address(of: place, size: 8), address(of: limit, size: 8), count, &before), place)
    return isAdded ? before : nil
  }

  // Sound: `place` is aligned and inside, as checked, and a mapping starts at a page.
  @inline(__always)
  private func address(of place: Int, size: Int) -> UnsafeMutableRawPointer {
    precondition(place >= 0 && place % size == 0 && place <= count - size)
    return unsafe base + place
  }

  /// Whether a call answered 1.
  @inline(__always) @discardableResult
  private func check(_ outcome: Int32, _ place: Int) throws(FileError) -> Bool {
    if outcome < 0 {
      throw FileError(
        call: .copy, code: -outcome, name: file.name, offset: offset + UInt64(place))
    }
    return outcome > 0
  }
}
