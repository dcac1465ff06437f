import Dispatch
public import LogFiles
public import LogFormats
import Synchronization

/// The rows of one segment, all of them or those that hold a pattern, read while another thread is still scanning it: the first rows are
/// there at once, whatever the segment's size.
public final class StreamedRows {
  /// A place in a segment.
  public enum Position: Sendable, Equatable {
    /// Bytes from the start of the segment.
    case offset(UInt64)
    /// The number of a record in the segment, counted from 0.
    case record(UInt64)
  }

  private let log: Log
  private let segment: Int
  private var reader: RecordReader
  private var nextRow: UInt64 = 0
  private let scan: Scan
  private let isCancelled: @Sendable () -> Bool

  /// What the scan is doing.
  private final class Scan: Sendable {
    let control: ScanControl
    let result = Mutex<ScannedSegment?>(nil)

    init(_ control: ScanControl) { self.control = control }
  }

  /// Bytes that the scan has passed.
  public var bytesDone: UInt64 { scan.control.bytesDone }

  /// The report once the segment is scanned to its end.
  public private(set) var report: SegmentReport?

  /// Opens a segment and starts to scan it, on a thread of its own.
  ///
  /// - Parameter isCancelled: asked now and then; true ends what is being read.
  /// - Throws: `FileError` when the file cannot be opened.
  public init(
    _ log: Log, segment: Int, control: ScanControl = ScanControl(),
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(FileError) {
    self.log = log
    self.isCancelled = isCancelled
    self.segment = segment
    let size = try log.status(ofSegment: segment).size
    reader = try RecordReader(log, segment: segment, end: size)
    let scan = Scan(control)
    self.scan = scan
    // A serial queue is given a thread whatever else runs.
    DispatchQueue(label: "walscope.scan").async {
      let scanned = log.scanSegment(segment, control: scan.control, publishing: true)
      scan.result.withLock { $0 = scanned }
      scan.control.wake()
    }
  }

  deinit { scan.control.cancel() }

  /// Gives the rows from the present place on to `body`, until it answers false or all is
  /// cancelled.
  ///
  /// `waiting` is called while the scan is behind, with the bytes that it has passed.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func forEachRow(
    previewLimit: Int, waiting: (UInt64) -> Void, _ body: (Row) -> Bool
  ) throws(FileError) {
    var wantsMore = true
    while wantsMore, !isCancelled() {
      let isWhole = try refresh()
      let first = nextRow
      if first < reader.index.rowCount {
        try reader.forEachRow(from: first, previewLimit: previewLimit) { row in
          nextRow += 1
          wantsMore = body(row) && !isCancelled()
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

  /// Bytes of the segment that are looked at: those that it had when it was opened.
  public var end: UInt64 { reader.end }

  /// Goes to the row that holds `position`, or behind the last row.
  ///
  /// - Returns: false when the segment ends before the position.
  /// - Throws: `FileError` when the file cannot be read.
  @discardableResult
  public func seek(to position: Position, waiting: (UInt64) -> Void) throws(FileError) -> Bool {
    while !isCancelled() {
      let isWhole = try refresh()
      switch position {
      case .offset(let offset):
        if let row = try reader.row(ofOffset: offset) {
          nextRow = row
          return true
        }
      case .record(let number):
        if let row = reader.index.row(ofFrame: number) {
          nextRow = row
          return true
        }
      }
      if isWhole {
        nextRow = reader.index.rowCount
        return isAtEnd(position)
      }
      wait(waiting)
    }
    return true
  }

  /// Whether a position at which there is no row is that of the next one.
  private func isAtEnd(_ position: Position) -> Bool {
    switch position {
    case .offset(let offset): offset <= end
    case .record(let number): number == 0 || reader.index.row(ofFrame: number - 1) != nil
    }
  }

  /// The next row, nil behind the last one.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func row(previewLimit: Int) throws(FileError) -> Row? {
    try reader.rows(from: nextRow, count: 1, previewLimit: previewLimit).first
  }

  /// Everything about the record at `offset`.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func describe(offset: UInt64, payloadLimit: Int) throws(FileError) -> RecordDescription {
    try reader.describe(offset: offset, payloadLimit: payloadLimit)
  }

  /// Gives the bytes in `range` to `body`, piece by piece.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func forEachPiece(of range: Range<UInt64>, _ body: (RawSpan) -> Void) throws(FileError) {
    try reader.forEachPiece(of: range, body)
  }

  /// At most `limit` bytes from `offset` on.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    try reader.bytes(at: offset, limit: limit)
  }

  // MARK: Searching

  /// Values of which only a part could be decoded, and so be searched.
  public private(set) var partlySearched: UInt64 = 0

  /// Gives the rows from the present place on whose key or value holds `pattern` to `body`, until
  /// it answers false or all is cancelled.
  ///
  /// Records from the offset `stop` on are not looked at. `searching` is called now and then, with
  /// the bytes that the search has passed.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public func forEachMatch(
    of pattern: SearchPattern, before stop: UInt64 = .max, previewLimit: Int,
    searching: (UInt64) -> Void,
    _ body: (Row) -> Bool
  ) throws(FileError) {
    var isWhole = try refresh()
    var search = try RecordSearch(
      log, segment: segment, for: pattern, end: reader.end, index: searchedIndex)
    var place = nextRow > 0 ? try search.place(beforeRow: nextRow) : .start
    let isCancelled = isCancelled
    while !isCancelled() {
      let outcome = try search.next(from: place, before: stop) { offset in
        searching(offset)
        return !isCancelled()
      }
      partlySearched = search.partlySearched
      switch outcome {
      case .match(let match):
        place = match.end
        while log.format.rowsNeedWholeScan, !isWhole {
          guard !isCancelled() else { return }
          wait(searching)
          isWhole = try refresh()
          if isWhole { try goOn(&search, pattern) }
        }
        guard let row = try reader.row(of: match, previewLimit: previewLimit), body(row) else {
          return
        }
      case .nothing(let end):
        place = end
        if isWhole || end.offset >= stop { return }
        wait(searching)
        isWhole = try refresh()
        try goOn(&search, pattern)
      case .stopped: return
      }
    }
  }

  /// Has the search look at what is known by now.
  private func goOn(_ search: inout RecordSearch, _ pattern: SearchPattern) throws(FileError) {
    if reader.end == search.end {
      search.index = searchedIndex
    } else {
      search = try RecordSearch(
        log, segment: segment, for: pattern, end: reader.end, index: searchedIndex)
    }
  }

  /// What is known of the records: to look into them needs less than to show them as rows.
  private var searchedIndex: RecordIndex {
    report == nil ? scan.control.partial?.index ?? reader.index : reader.index
  }

  private func wait(_ waiting: (UInt64) -> Void) {
    scan.control.waitForNews()
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
