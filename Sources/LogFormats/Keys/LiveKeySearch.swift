import LogFiles

/// Walks the records that count and notes what each does to its key.
struct LiveKeySearch: ~Copyable {
  private var table = KeyTable()
  private let isCancelled: @Sendable () -> Bool

  init(isCancelled: @escaping @Sendable () -> Bool = { false }) {
    self.isCancelled = isCancelled
  }

  var count: Int { table.liveCount }
  consuming func finish() -> LiveKeys { LiveKeys(table) }

  /// Goes through the records of one segment that start in `range`.
  ///
  /// A record that the end of the file cuts hides its key: the owner has it in its index and
  /// cannot read it.
  mutating func pass(
    _ name: FileName, segment: Int, in directory: OpenDirectory, range: Range<UInt64>,
    walker: any SegmentWalker
  ) throws(LiveKeys.Failure) {
    var walker = walker
    var window = FileWindow(capacity: 1 << 18)
    let file = try Self.open(name, in: directory)
    let end = try Self.size(of: file)
    var source = try Self.source(of: file, end: end, isCancelled: isCancelled)
    try Self.load(&window, file, at: 0, end: end, afresh: true)
    _ = walker.begin(window.bytes, fileSize: end)
    var offset = range.lowerBound
    while offset < min(range.upperBound, end) {
      if isCancelled() { throw .cancelled }
      try Self.load(&window, file, at: offset, end: end)
      // As many records as the window holds, without asking it again.
      let step = try take(
        window.bytes, base: window.offset, from: offset, upTo: range.upperBound, end: end,
        &walker, segment: segment)
      switch step {
      case .on(let place) where place > offset: offset = place
      case .on where window.offset < offset:
        try Self.load(&window, file, at: offset, end: end, afresh: true)
      case .on:
        guard let length = try takeLarge(&source, at: offset, &walker, segment: segment) else {
          return
        }
        offset += length
      case .ended: return
      }
    }
  }

  private static func open(_ name: FileName, in directory: OpenDirectory)
    throws(LiveKeys.Failure) -> OpenFile
  {
    do throws(FileError) {
      return try directory.openFile(name)
    } catch {
      throw .file(error)
    }
  }

  private static func size(of file: borrowing OpenFile) throws(LiveKeys.Failure) -> UInt64 {
    do throws(FileError) {
      return try file.status().size
    } catch {
      throw .file(error)
    }
  }

  private static func source(
    of file: borrowing OpenFile, end: UInt64, isCancelled: @escaping @Sendable () -> Bool
  ) throws(LiveKeys.Failure) -> RecordSource {
    do throws(FileError) {
      return RecordSource(try file.duplicate(), end: end, isCancelled: isCancelled)
    } catch {
      throw .file(error)
    }
  }

  private enum Step {
    /// The record at this place is not whole in the window.
    case on(UInt64)
    case ended
  }

  private static func load(
    _ window: inout FileWindow, _ file: borrowing OpenFile, at offset: UInt64, end: UInt64,
    afresh: Bool = false
  ) throws(LiveKeys.Failure) {
    let isThere = offset >= window.offset && offset < window.offset + UInt64(window.count)
    guard afresh || !isThere else { return }
    do throws(FileError) {
      try window.load(file, at: offset, end: end)
    } catch {
      throw .file(error)
    }
  }

  private mutating func take(
    _ bytes: RawSpan, base: UInt64, from first: UInt64, upTo stop: UInt64, end: UInt64,
    _ walker: inout any SegmentWalker, segment: Int
  ) throws(LiveKeys.Failure) -> Step {
    var failure: LiveKeys.Failure?
    var step: Step?
    let place = walker.passKeys(
      bytes, from: Int(first - base), upTo: Int(min(stop, end) - base), remaining: end - base
    ) { frame, change, record, place in
      let offset = base + UInt64(place)
      switch frame {
      case .record, .run:
        failure = note(change, of: record, segment: segment, offset: offset)
        return failure == nil
      case .flawed, .stale: return true
      case .partial: step = .on(offset)
      case .end: step = .ended
      case .invalid:
        noteCut(change, record, segment: segment, offset: offset)
        step = .ended
      }
      return false
    }
    if let failure { throw failure }
    return step ?? .on(base + UInt64(place))
  }

  /// A record that no window holds; nil where the walk ends with it.
  private mutating func takeLarge(
    _ source: inout RecordSource, at offset: UInt64, _ walker: inout any SegmentWalker,
    segment: Int
  ) throws(LiveKeys.Failure) -> UInt64? {
    let frame: Frame
    var head: [UInt8]
    do throws(RecordSourceError) {
      frame = try walker.frameLarge(&source, at: offset, verifying: false)
      head = try source.bytes(at: offset, limit: 1 << 16)
      if let key = walker.keyChange(head.rawBytes).key, key.upperBound > head.count {
        head = try source.bytes(at: offset, limit: min(key.upperBound, LiveKeys.longestKey + 64))
      }
    } catch {
      switch error {
      case .file(let error): throw .file(error)
      case .cancelled: throw .cancelled
      }
    }
    switch frame {
    case .record(let length, _), .run(let length, _, _):
      let failure = note(
        walker.keyChange(head.rawBytes), of: head.rawBytes, segment: segment, offset: offset)
      if let failure { throw failure }
      return UInt64(length)
    case .flawed(let length, _, _), .stale(let length, _): return UInt64(length)
    case .partial, .end: return nil
    case .invalid:
      noteCut(walker.keyChange(head.rawBytes), head.rawBytes, segment: segment, offset: offset)
      return nil
    }
  }

  private mutating func note(
    _ change: KeyChange, of record: RawSpan, segment: Int, offset: UInt64
  ) -> LiveKeys.Failure? {
    guard let range = change.key else { return nil }
    guard let key = record.slice(range.lowerBound, range.count) else {
      return .keyTooLong(limit: LiveKeys.longestKey)
    }
    var isLive = false
    if case .put = change { isLive = true }
    table.note(key, isLive: isLive, segment: segment, offset: offset)
    return table.used > LiveKeys.keyLimit ? .tooManyKeys(limit: LiveKeys.keyLimit) : nil
  }

  private mutating func noteCut(
    _ change: KeyChange, _ record: RawSpan, segment: Int, offset: UInt64
  ) {
    guard let range = change.key, let key = record.slice(range.lowerBound, range.count) else {
      return
    }
    table.note(key, isLive: false, segment: segment, offset: offset)
  }
}
