import LogFiles

/// Goes through the records of a part of a segment, for rules that need to know each of them.
struct RecordWalk: ~Copyable {
  private let file: OpenFile
  private var source: RecordSource
  private var window: FileWindow
  /// The walker, as far as the walk has come.
  private(set) var walker: any SegmentWalker
  private let end: UInt64

  init(_ segment: SegmentReport, walker: any SegmentWalker, in directory: OpenDirectory)
    throws(FileError)
  {
    try self.init(
      try directory.openFile(segment.file.name), end: segment.fileSize, walker: walker)
  }

  /// A walk of the bytes of `file` below `end`.
  init(_ file: consuming OpenFile, end: UInt64, walker: any SegmentWalker) throws(FileError) {
    let source = RecordSource(try file.duplicate(), end: end)
    var window = FileWindow(capacity: 1 << 18)
    var walker = walker
    try window.load(file, at: 0, end: end)
    _ = walker.begin(window.bytes, fileSize: end)
    self.file = file
    self.source = source
    self.window = window
    self.walker = walker
    self.end = end
  }

  /// The frame at an offset from the start of the file.
  ///
  /// - Throws: `RecordSourceError` when the file cannot be read.
  mutating func frame(at offset: UInt64) throws(RecordSourceError) -> Frame {
    guard offset < end else { return .end(.short) }
    if offset < window.offset || offset >= window.offset + UInt64(window.count) {
      try load(at: offset)
    }
    if let frame = frameInWindow(at: offset) { return frame }
    if window.offset < offset {
      try load(at: offset)
      if let frame = frameInWindow(at: offset) { return frame }
    }
    return try walker.frameLarge(&source, at: offset, verifying: true)
  }

  /// Gives each record that starts in `range`, whole or flawed, to `body`, until that says false
  /// or none follows.
  ///
  /// - Throws: `RecordSourceError` when the file cannot be read.
  mutating func forEachRecord(
    in range: Range<UInt64>, _ body: (_ bytes: Range<UInt64>, _ frame: Frame) -> Bool
  ) throws(RecordSourceError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let frame = try frame(at: offset)
      let length: UInt64
      switch frame {
      case .record(let count, _), .run(let count, _, _), .flawed(let count, _, _):
        length = UInt64(count)
      case .stale, .partial, .end, .invalid: return
      }
      guard length > 0, body(offset..<offset + length, frame) else { return }
      offset += length
    }
  }

  /// The little-endian integer at `offset`, nil where the file ends before it does.
  mutating func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: UInt64
  ) throws(RecordSourceError) -> T? {
    try source.littleEndian(type, at: offset)
  }

  private mutating func frameInWindow(at offset: UInt64) -> Frame? {
    guard offset >= window.offset, offset < window.offset + UInt64(window.count) else { return nil }
    var walker = walker
    defer { self.walker = walker }
    let frame = walker.frame(
      window.bytes, at: Int(offset - window.offset), remaining: end - offset)
    if case .partial = frame { return nil }
    return frame
  }

  private mutating func load(at offset: UInt64) throws(RecordSourceError) {
    do throws(FileError) {
      try window.load(file, at: offset, end: end)
    } catch {
      throw .file(error)
    }
  }
}
