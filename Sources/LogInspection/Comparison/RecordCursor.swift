import LogFiles
import LogFormats

/// A record of a comparison.
struct ComparedRecord {
  let record: Record
  /// Of the record's bytes, its length and its kind.
  let hash: [UInt8]
}

/// Reads the records of one segment in order, with a look ahead.
struct RecordCursor: ~Copyable {
  private var reader: RecordReader
  private let name: FileName
  /// Which of the two logs it reads, for the message of an error.
  private let isInFirst: Bool
  private let previewLimit: Int
  private var nextRow: UInt64 = 0
  private var ahead: [ComparedRecord] = []
  private var start = 0

  private static let batch = 256

  init(
    _ log: Log, segment: Int, _ scanned: ScannedSegment, isInFirst: Bool, previewLimit: Int
  ) throws(ComparisonFailure) {
    name = scanned.report.file.name
    self.isInFirst = isInFirst
    self.previewLimit = previewLimit
    do throws(FileError) {
      reader = try RecordReader(
        log, segment: segment, end: scanned.report.fileSize, index: scanned.index)
    } catch {
      throw .file(scanned.report.file.name, isInFirst: isInFirst, reason: error.message)
    }
  }

  /// The record `distance` records behind the next one; nil behind the last.
  mutating func peek(_ distance: Int) throws(ComparisonFailure) -> ComparedRecord? {
    while ahead.count - start <= distance {
      guard try fill() else { return nil }
    }
    return ahead[start + distance]
  }

  /// Passes the next record.
  mutating func pass() {
    start += 1
    if start >= Self.batch {
      ahead.removeFirst(start)
      start = 0
    }
  }

  private mutating func fill() throws(ComparisonFailure) -> Bool {
    do throws(FileError) {
      let rows = try reader.rows(from: nextRow, count: Self.batch, previewLimit: previewLimit)
      if rows.isEmpty { return false }
      nextRow += UInt64(rows.count)
      for case .record(let record, _) in rows {
        ahead.append(ComparedRecord(record: record, hash: try hash(of: record)))
      }
      return true
    } catch {
      throw .file(name, isInFirst: isInFirst, reason: error.message)
    }
  }

  private mutating func hash(of record: Record) throws(FileError) -> [UInt8] {
    var hash = ByteHash()
    try reader.forEachPiece(of: record.offset..<(record.offset + record.length)) { hash.add($0) }
    let rest = Array(record.kind.utf8) + [record.isAccepted ? 1 : 0]
    hash.add(rest.rawBytes)
    return hash.finish()
  }

  /// The fields at the start of the segment, where a header stands there.
  mutating func headerFields(_ report: SegmentReport) throws(ComparisonFailure) -> [Field] {
    guard report.ranges.first?.kind == .header else { return [] }
    do throws(FileError) {
      return try reader.describe(offset: 0, payloadLimit: 0).fields
    } catch {
      throw .file(name, isInFirst: isInFirst, reason: error.message)
    }
  }
}
