import Glibc
import LogFiles
public import LogFormats
public import LogInspection

/// The story of one nori-wal segment: it is written, damaged and scanned, a small verb at a time.
///
/// Everything happens to bytes in memory; a scan saves them first. The segment is opened by itself,
/// so that it has no state in a log and nothing waits for a writer.
public final class LogStory {
  public let directory: TemporaryDirectory
  public let fileName: String
  /// The bytes of the segment as they will be saved.
  public private(set) var bytes: [UInt8] = []
  /// Where the records stand that `write` wrote, in order.
  public private(set) var records: [Range<Int>] = []
  private var tail: (size: Int, kind: Zeros)?
  private let writer: FileWriter
  /// The segment as a log by itself.
  public let log: Log

  /// How zeros lie on disk.
  public enum Zeros: String, Sendable, CaseIterable {
    case written
    /// Reserved by the file system, and not written.
    case unwritten
    case hole
  }

  /// An empty segment in a directory of its own, or these bytes as one.
  public init(
    _ bytes: [UInt8] = [], fileName: String = "000000.wal", format: String = "nori-wal"
  ) throws {
    directory = try TemporaryDirectory()
    self.fileName = fileName
    self.bytes = bytes
    writer = try FileWriter(directory.path(fileName))
    log = try LogTree.open(FileName(directory.path(fileName)), format: format).logs[0]
  }

  // MARK: Write

  /// Appends a record.
  @discardableResult
  public func write(_ key: String, _ value: String) -> LogStory {
    write(key: Array(key.utf8), value: Array(value.utf8))
  }

  /// Appends a record of these bytes.
  @discardableResult
  public func write(key: [UInt8], value: [UInt8]) -> LogStory {
    let record = Self.record(key: key, value: value)
    records.append(bytes.count..<bytes.count + record.count)
    bytes += record
    return self
  }

  /// Appends records with values of `valueSize` bytes that differ from each other.
  @discardableResult
  public func write(records count: Int, valueSize: Int = 20) -> LogStory {
    for _ in 0..<count {
      let number = records.count
      let value = (0..<valueSize).map { UInt8(truncatingIfNeeded: 0x61 + (number &* 7 + $0) % 26) }
      write(key: Array("key-\(number)".utf8), value: value)
    }
    return self
  }

  /// Appends bytes that are no record.
  @discardableResult
  public func append(_ garbage: [UInt8]) -> LogStory {
    bytes += garbage
    return self
  }

  /// Makes the file this long with zeros.
  @discardableResult
  public func grow(to size: Int, _ kind: Zeros = .written) -> LogStory {
    if kind == .written {
      bytes += [UInt8](repeating: 0, count: max(0, size - bytes.count))
      tail = nil
    } else {
      tail = (size, kind)
    }
    return self
  }

  // MARK: Damage

  /// Flips one bit; 0 is the lowest of a byte.
  @discardableResult
  public func flip(bit: Int, at offset: Int) -> LogStory {
    bytes[offset] ^= 1 << UInt8(bit)
    return self
  }

  /// Puts `new` in the place of as many bytes.
  @discardableResult
  public func overwrite(at offset: Int, with new: [UInt8]) -> LogStory {
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
    return self
  }

  /// Puts zeros in the place of the bytes in `range`.
  @discardableResult
  public func erase(_ range: Range<Int>) -> LogStory {
    overwrite(at: range.lowerBound, with: [UInt8](repeating: 0, count: range.count))
  }

  /// Changes the middle of the value of a record.
  @discardableResult
  public func damage(record number: Int) -> LogStory {
    let range = records[number]
    return overwrite(at: range.upperBound - 6, with: [0xee, 0xee])
  }

  /// Makes the checksum of a record right again.
  @discardableResult
  public func fixChecksum(ofRecord number: Int) -> LogStory {
    let range = records[number]
    let covered = Array(bytes[range.lowerBound..<range.upperBound - 4])
    return overwrite(
      at: range.upperBound - 4, with: Self.littleEndian(CRC32C.checksum(covered.rawBytes)))
  }

  /// Cuts the segment.
  @discardableResult
  public func shrink(to size: Int) -> LogStory {
    bytes.removeSubrange(min(size, bytes.count)...)
    tail = nil
    return self
  }

  // MARK: Read

  /// Writes the bytes to the file.
  public func save() throws {
    try writer.truncate(bytes.count)
    try writer.write(bytes, at: 0)
    switch tail {
    case (let size, .hole)?: try writer.truncate(size)
    case (let size, _)?: try writer.preallocate(size)
    case nil: break
    }
  }

  /// Cuts the saved file without writing it again.
  public func shrinkFile(to size: Int) throws { try writer.truncate(size) }

  /// Saves and scans.
  public func scan(control: ScanControl = ScanControl()) throws -> ScannedSegment {
    try save()
    return log.scanSegment(0, control: control)
  }

  /// Scans the file as it is.
  public func scanFile(control: ScanControl = ScanControl(), publishing: Bool = false)
    -> ScannedSegment
  {
    log.scanSegment(0, control: control, publishing: publishing)
  }

  /// Saves, scans and judges, the segment being its log's only one.
  public func judge() throws -> LogReport { log.judge([try scan().report]) }

  /// Reads the rows of what was scanned.
  public func reader(_ scanned: ScannedSegment) throws -> RecordReader {
    try RecordReader(log, segment: 0, end: scanned.report.fileSize, index: scanned.index)
  }

  // MARK: Records

  /// A record as bytes.
  public static func record(key: [UInt8], value: [UInt8]) -> [UInt8] {
    NoriWALEncoder.encode(NoriWALRecord(key: key, value: value))
  }

  /// The shortest LEB128 form of a number.
  public static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var result: [UInt8] = []
    while rest >= 0x80 {
      result.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return result + [UInt8(rest)]
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
}
