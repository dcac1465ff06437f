import LogFiles

/// A database file at the place where records are put into it: what is not yet in the file, and
/// where the data end (format page, section 4.1).
struct TegDBOutput {
  let file: WriterFile
  /// Behind the last record, those that are not in the file yet included.
  private(set) var end: UInt64
  private var pending: [UInt8] = []

  /// Bytes that are held back at most.
  static let bufferLength = 1 << 20

  init(_ file: WriterFile, end: UInt64) {
    self.file = file
    self.end = end
  }

  /// Where the records end that are in the file.
  var writtenEnd: UInt64 { end - UInt64(pending.count) }
  var isBufferFull: Bool { pending.count >= Self.bufferLength }

  /// Appends a record, which stays in the buffer.
  ///
  /// - Returns: its offset.
  mutating func append(key: [UInt8], value: [UInt8]) -> UInt64 {
    defer { end += TegDBRecord.length(key: key.count, value: value.count) }
    TegDBRecord.append(key: key[...], value: value[...], to: &pending)
    return end
  }

  /// Writes what is in the buffer.
  ///
  /// - Throws: `FileError`; some of it may be in the file then, and has to be cut.
  mutating func flush() throws(FileError) {
    guard !pending.isEmpty else { return }
    try file.write(pending, at: writtenEnd)
    pending.removeAll(keepingCapacity: pending.count <= 2 * Self.bufferLength)
  }

  /// Notes in the header where the data end.
  func noteEnd(_ end: UInt64) throws(FileError) {
    try file.write(TegDBHeader.bigEndian(end), at: TegDBHeader.dataEndOffset)
  }

  /// Bytes that are still in the buffer; nil for those in the file.
  func pendingBytes(_ range: Range<UInt64>) -> [UInt8]? {
    guard range.lowerBound >= writtenEnd, range.upperBound <= end else { return nil }
    let start = Int(range.lowerBound - writtenEnd)
    return Array(pending[start..<start + Int(range.byteCount)])
  }

  /// Drops records that are in the buffer alone; false where some are in the file.
  mutating func drop(to place: UInt64) -> Bool {
    guard place >= writtenEnd else { return false }
    pending.removeLast(Int(end - place))
    end = place
    return true
  }

  /// Lets the data end at `place`, with nothing behind it but zeros up to `size`: remains could be
  /// read as records.
  ///
  /// - Throws: `FileError`; then what the file holds is not known.
  mutating func cut(to place: UInt64, size: UInt64?) throws(FileError) {
    pending.removeAll()
    end = place
    try noteEnd(place)
    try file.setLength(place)
    if let size, size > place { try file.setLength(size) }
  }
}
