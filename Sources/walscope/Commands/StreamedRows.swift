import Dispatch
import LogFiles
import LogFormats
import LogInspection
import Synchronization

/// The rows of one segment, read while another thread is still scanning it: the first rows are
/// there at once, whatever the segment's size.
final class StreamedRows {
  private let log: Log
  private let segment: Int
  private var reader: RecordReader
  private var nextRow: UInt64 = 0
  private let scan: Scan

  /// What the scan is doing.
  private final class Scan: Sendable {
    let control = ScanControl()
    let result = Mutex<ScannedSegment?>(nil)
    let isDone = DispatchSemaphore(value: 0)
  }

  /// Bytes that the scan has passed.
  var bytesDone: UInt64 { scan.control.bytesDone }

  /// The report once the segment is scanned to its end.
  private(set) var report: SegmentReport?

  /// Opens a segment and starts to scan it.
  ///
  /// - Throws: `FileError` when the file cannot be opened.
  init(_ log: Log, segment: Int) throws(FileError) {
    self.log = log
    self.segment = segment
    let size = try log.status(ofSegment: segment).size
    reader = try RecordReader(log, segment: segment, end: size)
    let scan = Scan()
    self.scan = scan
    onOwnThread {
      let scanned = log.scanSegment(segment, control: scan.control, publishing: true)
      scan.result.withLock { $0 = scanned }
      scan.isDone.signal()
    }
  }

  deinit { scan.control.cancel() }

  /// Gives the rows from the present place on to `body`, until it answers false or Ctrl-C comes.
  ///
  /// `waiting` is called while the scan is behind, with the bytes that it has passed.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func forEachRow(
    previewLimit: Int, waiting: (UInt64) -> Void, _ body: (Row) -> Bool
  ) throws(FileError) {
    var wantsMore = true
    while wantsMore, !Interruption.isRequested {
      let isWhole = try refresh()
      let first = nextRow
      if first < reader.index.rowCount {
        try reader.forEachRow(from: first, previewLimit: previewLimit) { row in
          nextRow += 1
          wantsMore = body(row) && !Interruption.isRequested
          return wantsMore
        }
      }
      // Nothing came although the index tells of rows: the file has changed under us.
      if nextRow == first {
        if isWhole { return }
        wait(waiting)
      }
    }
  }

  /// Goes to the row that holds `position`, or behind the last row.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func seek(to position: RecordPlace.Position, waiting: (UInt64) -> Void) throws(FileError) {
    while !Interruption.isRequested {
      let isWhole = try refresh()
      switch position {
      case .offset(let offset):
        if let row = try reader.row(ofOffset: offset) {
          nextRow = row
          return
        }
      case .record(let number):
        if let row = reader.index.row(ofFrame: number) {
          nextRow = row
          return
        }
      }
      if isWhole {
        nextRow = reader.index.rowCount
        return
      }
      wait(waiting)
    }
  }

  /// The next row, nil behind the last one.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func row(previewLimit: Int) throws(FileError) -> Row? {
    try reader.rows(from: nextRow, count: 1, previewLimit: previewLimit).first
  }

  /// Everything about the record at `offset`.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func describe(offset: UInt64, payloadLimit: Int) throws(FileError) -> RecordDescription {
    try reader.describe(offset: offset, payloadLimit: payloadLimit)
  }

  /// Gives the bytes in `range` to `body`, piece by piece.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func forEachPiece(of range: Range<UInt64>, _ body: (RawSpan) -> Void) throws(FileError) {
    try reader.forEachPiece(of: range, body)
  }

  /// At most `limit` bytes from `offset` on.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    try reader.bytes(at: offset, limit: limit)
  }

  private func wait(_ waiting: (UInt64) -> Void) {
    if scan.isDone.wait(timeout: .now() + .milliseconds(5)) == .success { scan.isDone.signal() }
    waiting(bytesDone)
  }

  /// Takes over what the scan has got to; true when that is the whole segment.
  private func refresh() throws(FileError) -> Bool {
    if report != nil { return true }
    let result = scan.result.withLock { $0 }
    let partial = log.format.rowsNeedWholeScan ? nil : scan.control.partial?.index
    guard let index = result?.index ?? partial else { return false }
    // The file may have grown since it was opened here; the reader must not stop before the scan.
    if let end = index.ranges.last?.end, end > reader.end {
      reader = try RecordReader(log, segment: segment, end: end)
    }
    reader.index = index
    report = result?.report
    return report != nil
  }
}
