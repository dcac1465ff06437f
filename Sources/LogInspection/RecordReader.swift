public import LogFiles
public import LogFormats

/// One line of a segment's record list.
public enum Row: Sendable {
  /// A record, with its number among the frames of the segment, counted from 0.
  case record(Record, number: UInt64)
  /// A range without records: a header, damage, zeros.
  case range(ByteRange)

  /// Offset of the row's first byte from the start of the file.
  public var offset: UInt64 {
    switch self {
    case .record(let record, _): record.offset
    case .range(let range): range.offset
    }
  }

  /// Bytes of the file that the row stands for.
  public var length: UInt64 {
    switch self {
    case .record(let record, _): record.length
    case .range(let range): range.length
    }
  }
}

/// Reads the rows of one segment at any place.
public struct RecordReader: ~Copyable {
  private let format: any LogFormat
  private let kinds: [String]
  private let segment: SegmentFile
  private let directory: OpenDirectory
  private let file: OpenFile
  private var source: RecordSource
  private var window: FileWindow
  private let walking: Walking

  /// Holds the walker apart from the window, so that it can change while the window is looked at.
  private final class Walking {
    var walker: any SegmentWalker
    init(_ walker: any SegmentWalker) { self.walker = walker }
  }

  /// Size of the file in bytes at the horizon; nothing behind it is read.
  public let end: UInt64
  /// Where rows are; replaced as a scan gets on.
  public var index: RecordIndex {
    didSet { walking.walker.recall(index.facts) }
  }

  /// Opens a segment for reading rows.
  ///
  /// - Parameter end: the horizon's size in bytes.
  /// - Throws: `FileError` when the file cannot be opened.
  public init(_ log: Log, segment: Int, end: UInt64, index: RecordIndex = RecordIndex())
    throws(FileError)
  {
    let segment = log.layout.segments[segment]
    try self.init(
      log, segment, file: try log.directory.openFile(segment.name), end: end, index: index)
  }

  /// Reads rows of a file that may have another name by now, or none.
  init(
    _ log: Log, _ segment: SegmentFile, file: consuming OpenFile, end: UInt64, index: RecordIndex
  ) throws(FileError) {
    let copy = try file.duplicate()
    var window = FileWindow(capacity: 1 << 18)
    try window.load(file, at: 0, end: end)
    walking = Walking(log.format.walker(for: segment, in: log.directory))
    _ = walking.walker.begin(window.bytes, fileSize: end)
    walking.walker.recall(index.facts)
    format = log.format
    kinds = log.format.kinds
    self.segment = segment
    directory = log.directory
    self.file = file
    self.window = window
    source = RecordSource(copy, end: end)
    self.end = end
    self.index = index
  }

  /// Up to `count` rows from row `first` on.
  ///
  /// - Parameter previewLimit: bytes of keys and values that each row brings along.
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func rows(from first: UInt64, count: Int, previewLimit: Int) throws(FileError)
    -> [Row]
  {
    var rows: [Row] = []
    try forEachRow(from: first, previewLimit: previewLimit) { row in
      rows.append(row)
      return rows.count < count
    }
    return rows
  }

  /// Gives the rows from `first` on to `body`, until it answers false.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func forEachRow(
    from first: UInt64, previewLimit: Int, _ body: (Row) -> Bool
  ) throws(FileError) {
    guard let place = index.place(ofRow: first) else { return }
    var range: Int
    switch place {
    case .range(let position):
      range = position
    case .frame(let start, let skip, let position, let number):
      let offset = try pass(skip, from: start, end: index.ranges[position].end)
      guard
        try giveRecords(
          from: offset, number: number, in: index.ranges[position], previewLimit, body)
      else { return }
      range = position + 1
    }
    var number = range < index.ranges.count ? index.firstFrame(ofRange: range) : 0
    while range < index.ranges.count {
      let current = index.ranges[range]
      if current.kind == .records {
        guard
          try giveRecords(from: current.offset, number: number, in: current, previewLimit, body)
        else { return }
        number += current.frames
      } else {
        guard body(.range(current)) else { return }
      }
      range += 1
    }
  }

  /// The row that holds byte `offset`, nil outside of what is scanned.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func row(ofOffset offset: UInt64) throws(FileError) -> UInt64? {
    guard let (range, start) = index.place(ofOffset: offset) else { return nil }
    let current = index.ranges[range]
    guard current.kind == .records else { return index.row(ofFrame: start.frame, in: range) }
    var number = start.frame
    var place = start.offset
    walking.walker.carry = start.carry
    while place < current.end {
      guard let length = try frame(at: place, in: current)?.length else { break }
      if offset < place + length { break }
      place += length
      number += 1
    }
    return index.row(ofFrame: number, in: range)
  }

  /// Everything about the record at `offset`, or about what stands there instead of one.
  ///
  /// - Parameter payloadLimit: bytes of decoded values that are kept.
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func describe(offset: UInt64, payloadLimit: Int) throws(FileError)
    -> RecordDescription
  {
    let (format, segment, directory) = (format, segment, directory)
    var description = try source.reading { (source) throws(RecordSourceError) in
      try format.describe(
        &source, of: segment, in: directory, offset: offset, payloadLimit: payloadLimit)
    }
    walking.walker.complete(&description)
    return description
  }

  /// The record at `offset` as a row has it, nil where none is.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func record(at offset: UInt64, previewLimit: Int) throws(FileError) -> Record? {
    let range = ByteRange(.records, offset: offset, length: end - min(end, offset))
    guard let found = try frame(at: offset, in: range) else { return nil }
    return try summary(at: offset, found, previewLimit: previewLimit)
  }

  /// At most `limit` bytes of the file from `offset` on.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    try source.reading { (source) throws(RecordSourceError) in
      try source.bytes(at: offset, limit: limit)
    }
  }

  /// Gives the bytes of the file in `range` to `body`, piece by piece.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func forEachPiece(of range: Range<UInt64>, _ body: (RawSpan) -> Void)
    throws(FileError)
  {
    let stop = min(range.upperBound, end)
    try source.reading { (source) throws(RecordSourceError) in
      try source.forEachPiece(from: range.lowerBound, to: stop, body)
    }
  }

  /// The offset behind `count` frames from a checkpoint on.
  private mutating func pass(_ count: UInt64, from start: Checkpoint, end stop: UInt64)
    throws(FileError)
    -> UInt64
  {
    walking.walker.carry = start.carry
    guard count > 0 else { return start.offset }
    var tally = WalkTally(pausingAfter: count)
    var offset = start.offset
    while offset < stop {
      try window.load(file, at: offset, end: end)
      switch walking.walker.walk(window.bytes, base: offset, end: end, tally: &tally) {
      case .paused(let place): return place
      case .stopped(let stop): return stop.offset
      case .more(let place, _) where place > offset: offset = place
      case .more:
        guard let large = try largeFrame(at: offset, verifying: false) else { return offset }
        tally.passLargeRun(
          kind: large.kind, records: large.records, at: offset, carry: walking.walker.carry)
        offset += large.length
        if tally.frames == count { return offset }
      }
    }
    return offset
  }

  /// Gives the records of a range from `first` on; false when `body` wants no more.
  private mutating func giveRecords(
    from first: UInt64, number: UInt64, in range: ByteRange, _ previewLimit: Int,
    _ body: (Row) -> Bool
  ) throws(FileError) -> Bool {
    var offset = first
    var number = number
    while offset < range.end {
      guard let (row, length) = try row(at: offset, number: number, in: range, previewLimit) else {
        return true
      }
      guard body(row) else { return false }
      offset += length
      number += 1
    }
    return true
  }

  /// The row of a record that a search has found; nil when the file has changed meanwhile.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func row(of match: RecordSearch.Match, previewLimit: Int) throws(FileError)
    -> Row?
  {
    guard index.ranges.indices.contains(match.range) else { return nil }
    return try row(
      at: match.place.offset, number: match.place.frame, in: index.ranges[match.range],
      previewLimit)?.row
  }

  private mutating func row(
    at offset: UInt64, number: UInt64, in range: ByteRange, _ previewLimit: Int
  ) throws(FileError) -> (row: Row, length: UInt64)? {
    guard let found = try frame(at: offset, in: range) else { return nil }
    var record = try summary(at: offset, found, previewLimit: previewLimit)
    record.isFoundByResync = range.isFoundByResync
    record.isFlawed = found.isFlawed
    // A frame's head alone may not tell.
    if Int(found.kind) < kinds.count { record.kind = kinds[Int(found.kind)] }
    return (.record(record, number: number), found.length)
  }

  private struct Framed {
    var length: UInt64
    var kind: UInt8
    var records: UInt64 = 1
    var fault: Fault?
    var isFlawed = false
  }

  /// The frame at `offset`, loading the window when it is not whole in it.
  private mutating func frame(at offset: UInt64, in range: ByteRange) throws(FileError) -> Framed? {
    var isFresh = false
    if offset < window.offset || offset >= window.offset + UInt64(window.count) {
      try window.load(file, at: offset, end: end)
      isFresh = true
    }
    while true {
      let start = Int(offset - window.offset)
      switch walking.walker.frame(window.bytes, at: start, remaining: end - offset) {
      case .record(let length, let kind):
        return Framed(length: UInt64(length), kind: kind, fault: nil)
      case .run(let length, let kind, let records):
        return Framed(length: UInt64(length), kind: kind, records: records)
      case .flawed(let length, let kind, let fault):
        return Framed(length: UInt64(length), kind: kind, fault: fault, isFlawed: true)
      case .partial:
        // Where every frame is a record, the scan has checked their contents.
        if isFresh {
          return try largeFrame(at: offset, verifying: range.frames != range.records)
        }
        try window.load(file, at: offset, end: end)
        isFresh = true
      case .stale, .end, .invalid:
        // The file has changed since it was scanned.
        return nil
      }
    }
  }

  /// The framing of a record that no window holds.
  private mutating func largeFrame(at offset: UInt64, verifying: Bool) throws(FileError)
    -> Framed?
  {
    var walker = walking.walker
    let frame = try source.reading { (source) throws(RecordSourceError) in
      try walker.frameLarge(&source, at: offset, verifying: verifying)
    }
    switch frame {
    case .record(let length, let kind):
      return Framed(length: UInt64(length), kind: kind, fault: nil)
    case .run(let length, let kind, let records):
      return Framed(length: UInt64(length), kind: kind, records: records)
    case .flawed(let length, let kind, let fault):
      return Framed(length: UInt64(length), kind: kind, fault: fault, isFlawed: true)
    default: return nil
    }
  }

  private mutating func summary(at offset: UInt64, _ found: Framed, previewLimit: Int)
    throws(FileError)
    -> Record
  {
    let start = Int(offset - window.offset)
    if found.length <= UInt64(window.count), let head = window.bytes.slice(start, Int(found.length))
    {
      return walking.walker.summarise(
        head, kind: found.kind, offset: offset, length: found.length, fault: found.fault,
        previewLimit: previewLimit)
    }
    let head = try bytes(at: offset, limit: min(previewLimit, 1 << 20) + 4096)
    return walking.walker.summarise(
      head.rawBytes, kind: found.kind, offset: offset, length: found.length, fault: found.fault,
      previewLimit: previewLimit)
  }
}
