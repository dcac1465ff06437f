public import LogFiles

/// What scans have found, as bytes that are kept for another time: reports of segments, each with
/// the state of the file that it is about, and checkpoints of one segment.
///
/// The bytes may be anything by the time they are read: they count only with their checksum, their
/// key, and reports that fit their files.
public struct PackedScan: Sendable {
  private let bytes: [UInt8]
  private let texts: PackedTexts
  private let entries: [Entry]
  /// Places of one segment from which a walk can start; empty where those of none are kept.
  public let checkpoints: [Checkpoint]

  /// Where an entry lies in the bytes: a list of 100,000 of them is to be small.
  private struct Entry {
    let start: UInt32
    let end: UInt32
    var range: Range<Int> { Int(start)..<Int(end) }
  }

  private static let magic = Array("walscan1".utf8)
  private static let headLength = magic.count + 4
  /// What an entry mostly takes beside its report and its name.
  private static let fileBytes = 16
  private static let states = SegmentState.allCases

  // MARK: Writing

  /// The bytes of the reports that `isKept`, under a key that says what they belong to; nil when
  /// there are none, or too many.
  public static func bytes(
    of reports: SegmentReports, checkpoints: [Checkpoint] = [], key: String,
    where isKept: (SegmentReport) -> Bool
  ) -> [UInt8]? {
    func keeps(_ report: SegmentReport) -> Bool {
      report.status != nil && report.isWhole && isKept(report)
    }
    let count = reports.count(where: keeps)
    guard count > 0 else { return nil }
    var texts = PackedTexts()
    var entry = PackedBytes()
    // All in one piece that has room for most: a second one would double the memory that it takes.
    var bytes = PackedBytes(magic + [0, 0, 0, 0])
    bytes.reserve(
      reports.packedBytes + reports.files.reduce(0) { $0 + $1.name.bytes.count + fileBytes })
    bytes.append(data: Array((key + vocabulary).utf8))
    bytes.append(count: count)
    for report in reports where keeps(report) {
      guard let status = report.status, bytes.bytes.count < UInt32.max / 2 else { return nil }
      entry.removeAll()
      append(report.file, status, to: &entry)
      PackedReport.append(report, to: &entry, texts: &texts)
      bytes.append(data: entry.bytes)
    }
    bytes.append(count: texts.texts.count)
    for text in texts.texts { bytes.append(data: Array(text.utf8)) }
    append(checkpoints, to: &bytes)
    bytes.replace(at: magic.count, with: checksum(of: bytes.bytes))
    return bytes.bytes
  }

  private static func append(
    _ file: SegmentFile, _ status: FileStatus, to bytes: inout PackedBytes
  ) {
    bytes.append(data: file.name.bytes)
    bytes.append(optional: file.id)
    bytes.append(file.state, of: states)
    let horizon = status.horizon
    bytes.append(horizon.device)
    bytes.append(horizon.inode)
    bytes.append(horizon.size)
    for time in [horizon.modified, horizon.changed] {
      bytes.append(signed: time.seconds)
      bytes.append(signed: Int64(time.nanoseconds))
    }
  }

  private static func append(_ checkpoints: [Checkpoint], to bytes: inout PackedBytes) {
    bytes.append(count: checkpoints.count)
    var last = Checkpoint(frame: 0, offset: 0, carry: 0)
    for checkpoint in checkpoints {
      bytes.append(checkpoint.frame &- last.frame)
      bytes.append(checkpoint.offset &- last.offset)
      bytes.append(checkpoint.carry)
      last = checkpoint
    }
  }

  private static func checksum(of bytes: [UInt8]) -> [UInt8] {
    let whole = bytes.rawBytes
    var crc: UInt32 = 0
    if let part = whole.slice(headLength, bytes.count - headLength) {
      crc = CRC32C.checksum(part)
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: crc >> UInt32(8 * $0)) }
  }

  /// Words whose numbers stand in the bytes: where they are others, the bytes mean nothing.
  private static let vocabulary: String = {
    let words = PackedReport.vocabulary + SegmentState.allCases.map(\.rawValue)
    let crc = checksum(of: magic + [0, 0, 0, 0] + Array(words.joined(separator: " ").utf8))
    return " " + crc.map { String($0) }.joined(separator: ".")
  }()

  // MARK: Reading

  /// Nil where the bytes are not what was written under this key.
  public init?(_ bytes: [UInt8], key: String) {
    let head = Self.headLength
    guard bytes.count > head, bytes.count < UInt32.max / 2, bytes.starts(with: Self.magic),
      Array(bytes[Self.magic.count..<head]) == Self.checksum(of: bytes)
    else { return nil }
    var reader = PackedReader(bytes, head..<bytes.count)
    guard reader.text() == key + Self.vocabulary else { return nil }
    entries = reader.list { reader in
      let part = reader.skip()
      return Entry(start: UInt32(part.lowerBound), end: UInt32(part.upperBound))
    }
    texts = PackedTexts(reader.list { $0.text() })
    var frame: UInt64 = 0
    var offset: UInt64 = 0
    checkpoints = reader.list { reader in
      frame &+= reader.number()
      offset &+= reader.number()
      return Checkpoint(frame: frame, offset: offset, carry: reader.number())
    }
    guard reader.isAtEnd else { return nil }
    self.bytes = bytes
  }

  /// Segments of which a report is kept.
  public var count: Int { entries.count }

  /// The report of a file whose status is `status`, nil where none is kept of this state of it.
  /// `place` is where the entry is looked for; the place behind it is put in.
  public func report(of file: SegmentFile, _ status: FileStatus, at place: inout Int)
    -> SegmentReport?
  {
    for index in place..<max(place, min(place + Self.looked, entries.count)) {
      var reader = PackedReader(bytes, entries[index].range)
      guard reader.data() == file.name.bytes else { continue }
      place = index + 1
      guard reader.optional() == file.id, reader.choice(of: Self.states) == file.state,
        horizon(&reader) == status.horizon,
        let report = PackedReport.report(of: file, status, &reader, texts), report.isPlausible
      else { return nil }
      return report
    }
    return nil
  }

  /// Files that have gone since, at most, between two that are still there.
  private static let looked = 64

  private func horizon(_ reader: inout PackedReader) -> Horizon {
    let (device, inode, size) = (reader.number(), reader.number(), reader.number())
    let times = (0..<2).map { _ in
      Timestamp(
        seconds: reader.signed(), nanoseconds: Int32(truncatingIfNeeded: reader.signed()))
    }
    return Horizon(
      device: device, inode: inode, size: size, modified: times[0], changed: times[1])
  }
}

extension SegmentReport {
  /// Whether the scan came to its end, and nobody was at work in the file.
  package var isWhole: Bool {
    failure == nil && !isInterrupted && !wasTruncatedWhileReading && !isGone && rescans == 0
      && beingWrittenBy == nil && beingWrittenFrom == nil && verdict != .unreadable && gaps == nil
  }

  /// Whether all figures can be those of a file of this size: what reads a report trusts that.
  fileprivate var isPlausible: Bool {
    let size = fileSize
    var end: UInt64 = 0
    for range in ranges {
      guard range.offset == end, range.records <= range.frames, range.frames <= range.length
      else { return false }
      end = range.end
    }
    guard isWhole, end == size, logicalEnd <= size, records <= size, flawedRecords <= size,
      damagedRecords <= size, afterDamage.records <= size, afterDamage.bytes <= size,
      kinds.allSatisfy({ $0.records <= size }),
      damage.allSatisfy({ $0.offset <= size && $0.fault.offset <= size }),
      observations.allSatisfy({ $0.records <= size && $0.firstOffset <= size })
    else { return false }
    if let tail, tail.offset > size || tail.length > size - tail.offset { return false }
    guard let firstInvalid else { return true }
    guard firstInvalid.offset <= size, firstInvalid.fault.offset <= size else { return false }
    return firstInvalid.bitFlip.map { $0.offset < size && (0..<8).contains($0.bit) } ?? true
  }
}
