import LogFiles

/// The 32 bytes of metadata as the memory that all processes of a log share (format page,
/// section 2).
struct MmlogSharedMetadata: Sendable {
  private let memory: SharedMemory

  private enum Place {
    static let ready = 4
    static let locked = 5
    static let panicked = 6
    static let recordedSize = 8
    static let cursor = 16
  }

  init(_ file: WriterFile) throws(FileError) {
    memory = try SharedMemory(file, offset: 0, count: MmlogMetadata.size)
  }

  var cursor: UInt64 {
    get throws(FileError) { try memory.number(at: Place.cursor) }
  }

  var recordedSize: UInt64 {
    get throws(FileError) { try memory.number(at: Place.recordedSize) }
  }

  var isPanicked: Bool {
    get throws(FileError) { try memory.byte(at: Place.panicked) != 0 }
  }

  var lock: UInt8 {
    get throws(FileError) { try memory.byte(at: Place.locked) }
  }

  var isReady: Bool {
    get throws(FileError) { try memory.byte(at: Place.ready) != 0 }
  }

  func setRecordedSize(_ size: UInt64) throws(FileError) {
    try memory.store(size, at: Place.recordedSize)
  }

  /// The last thing that a creator does.
  func setReady() throws(FileError) { try memory.store(byte: 1, at: Place.ready) }

  /// Reserves `count` bytes and answers where; nil, and nothing is reserved, where they do not fit
  /// into the recorded size.
  func reserve(_ count: UInt64) throws(FileError) -> UInt64? {
    try memory.add(count, at: Place.cursor, notBeyond: Place.recordedSize)
  }

  /// Gives a reservation back that nobody has reserved behind; false where somebody has.
  func giveBack(_ range: Range<UInt64>) throws(FileError) -> Bool {
    try memory.exchange(range.upperBound, for: range.lowerBound, at: Place.cursor)
  }

  /// Takes the growth lock from who `holder` says; 0 is nobody.
  func takeLock(from holder: UInt8) throws(FileError) -> Bool {
    try memory.exchange(byte: holder, for: MmlogMetadata.lockedByWalscope, at: Place.locked)
  }

  func releaseLock() throws(FileError) { try memory.store(byte: 0, at: Place.locked) }
}
