public import LogFiles
public import LogFormats
import Synchronization

/// Searches the records of one segment for a pattern in their keys and values.
///
/// The bytes of a window are searched as they are; only a hit is looked at as a part of a record.
/// Records whose contents stand otherwise in the file than the application wrote them (compressed
/// values, entries of several chunks) are decoded. Nothing is checked again: the records are those
/// of the index, which a scan has made.
public struct RecordSearch: ~Copyable {
  /// Where a search stands: before a record, or before what stands in a record's place.
  public struct Place: Sendable, Equatable {
    /// Bytes from the start of the file.
    public var offset: UInt64
    /// The number of the frame that comes next, counted over the segment from 0.
    public var frame: UInt64

    public init(offset: UInt64, frame: UInt64) {
      self.offset = offset
      self.frame = frame
    }

    /// Before the first byte of the segment.
    public static let start = Place(offset: 0, frame: 0)
  }

  /// A record that holds the pattern.
  public struct Match: Sendable, Equatable {
    public var place: Place
    /// Bytes of the whole record.
    public var length: UInt64
    /// The number of the range in the index.
    public var range: Int
    public var part: ContentPart
    /// Where the pattern stands in the file; nil where it stands in what was decoded.
    public var offset: UInt64?

    /// Behind the record.
    public var end: Place { Place(offset: place.offset + length, frame: place.frame + 1) }
  }

  /// How a search ended.
  public enum Outcome: Sendable, Equatable {
    case match(Match)
    /// Nothing up to this place, which is the end of what the index knows or of what was asked for.
    case nothing(upTo: Place)
    /// It was told to stop.
    case stopped(at: Place)
  }

  var pattern: SearchPattern
  let file: OpenFile
  var source: RecordSource
  var window: FileWindow
  let walking: Walking
  private let stopping: Stopping
  /// Kept from record to record for the room that it has.
  private var matcher: ContentMatcher
  /// Size of the file in bytes at the horizon; nothing behind it is read.
  public let end: UInt64
  /// The records that are searched; replaced as a scan gets on.
  public var index: RecordIndex {
    didSet { walking.walker.recall(index.facts) }
  }
  /// Values of which only a part could be decoded, and so be searched.
  public private(set) var partlySearched: UInt64 = 0

  /// Bytes that are searched at once.
  static let windowCapacity = 1 << 19
  /// Bytes of a block that is searched when the search goes backwards.
  static let blockSize: UInt64 = 1 << 20

  /// Holds the walker apart from the window, so that it can change while the window is looked at.
  final class Walking {
    var walker: any SegmentWalker
    init(_ walker: any SegmentWalker) { self.walker = walker }
  }

  /// Ends the reading of a record that is decoded piece by piece.
  private final class Stopping: Sendable {
    let isWanted = Atomic<Bool>(false)
  }

  /// Opens a segment for a search.
  ///
  /// - Parameter end: the horizon's size in bytes.
  /// - Throws: `FileError` when the file cannot be opened or read.
  public init(
    _ log: Log, segment: Int, for pattern: SearchPattern, end: UInt64,
    index: RecordIndex = RecordIndex()
  ) throws(FileError) {
    let segment = log.layout.segments[segment]
    let file = try log.directory.openFile(segment.name)
    let copy = try file.duplicate()
    var window = FileWindow(capacity: Self.windowCapacity)
    try window.load(file, at: 0, end: end)
    walking = Walking(log.format.walker(for: segment, in: log.directory))
    _ = walking.walker.begin(window.bytes, fileSize: end)
    walking.walker.recall(index.facts)
    self.file = file
    self.pattern = pattern
    self.pattern.prepare(for: window.bytes)
    matcher = ContentMatcher(self.pattern)
    self.window = window
    let stopping = Stopping()
    self.stopping = stopping
    source = RecordSource(copy, end: end) { stopping.isWanted.load(ordering: .relaxed) }
    self.end = end
    self.index = index
  }

  /// Bytes that were read; holes cost nothing.
  public var bytesRead: UInt64 { window.bytesRead + source.bytesRead }

  // MARK: Forwards

  /// Searches from `place` on for the next record that starts before `stop` and fits.
  ///
  /// `goesOn` is called now and then with the offset that the search has come to; false stops it.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func next(
    from place: Place, before stop: UInt64 = .max, goesOn: (UInt64) -> Bool = { _ in true }
  ) throws(FileError) -> Outcome {
    var place = place
    var range = index.ranges.partitioningIndex { $0.end > place.offset }
    while range < index.ranges.count {
      let current = index.ranges[range]
      guard current.offset < stop else { break }
      if place.offset < current.offset || current.kind != .records {
        place = Place(
          offset: max(place.offset, current.offset), frame: index.firstFrame(ofRange: range))
      }
      if current.kind == .records {
        let limit = min(current.end, stop)
        if let outcome = try search(range, from: &place, to: limit, goesOn) { return outcome }
        // The file may have changed since it was scanned: what is left of the range is passed.
      }
      guard current.end <= stop else { break }
      place = Place(
        offset: max(place.offset, current.end),
        frame: index.firstFrame(ofRange: range) + current.frames)
      range += 1
    }
    return .nothing(upTo: place)
  }

  /// Searches the records of a range that start before `limit`; nil when none of them fits.
  private mutating func search(
    _ range: Int, from place: inout Place, to limit: UInt64, _ goesOn: (UInt64) -> Bool
  ) throws(FileError) -> Outcome? {
    walking.walker.carry = 0
    while place.offset < limit {
      guard goesOn(place.offset) else { return .stopped(at: place) }
      if !window.holds(place.offset..<place.offset + 1) {
        try window.load(file, at: place.offset, end: end)
      }
      switch searchWindow(range, from: &place, to: limit) {
      case .match(let match): return .match(match)
      case .ended: return nil
      case .more where place.offset > window.offset:
        if window.holds(place.offset..<place.offset + 1) {
          try window.load(file, at: place.offset, end: end)
        }
      case .more:
        if let outcome = try searchLarge(range, from: &place, goesOn) { return outcome }
      }
    }
    return nil
  }

  private enum WindowOutcome {
    case match(Match)
    /// The record at the place is not whole in the window.
    case more
    case ended
  }

  /// Searches the records from `place` on that are whole in the window.
  private mutating func searchWindow(_ range: Int, from place: inout Place, to limit: UInt64)
    -> WindowOutcome
  {
    var hit = nextHit(from: place.offset)
    while place.offset < limit {
      let goal = SkimGoal(offset: min(hit ?? limit, limit), passesEncoded: false)
      switch skim(from: &place, to: goal) {
      case .more: return .more
      case .ended: return .ended
      case .frame(_, let length, let kind, let isPlain):
        guard place.offset < limit else { return .ended }
        let found =
          isPlain
          ? self.hit(at: place.offset, length: length, kind: kind, &hit)
          : mayHold(place.offset..<place.offset + length, hit)
            ? self.hit(inEncoded: place.offset, length: length) : nil
        if let found {
          return .match(
            Match(
              place: place, length: length, range: range, part: found.part, offset: found.offset))
        }
        place = Place(offset: place.offset + length, frame: place.frame + 1)
        if let found = hit, found < place.offset { hit = nextHit(from: place.offset) }
      }
    }
    return .ended
  }

  /// Where the pattern stands in a record.
  private struct Hit {
    var part: ContentPart
    /// nil where it stands in what was decoded.
    var offset: UInt64?
  }

  /// Where the pattern next stands in the window, as an offset from the start of the file.
  private func nextHit(from offset: UInt64) -> UInt64? {
    pattern.firstMatch(in: window.bytes, from: Int(offset - window.offset)).map {
      window.offset + UInt64($0)
    }
  }

  /// Passes records of the window up to a goal; the place is then where that has led to.
  func skim(from place: inout Place, to goal: SkimGoal) -> SkimStep {
    let start = Int(place.offset - window.offset)
    guard let bytes = window.bytes.slice(start, window.count - start), bytes.byteCount > 0 else {
      return .ended(offset: place.offset)
    }
    let step = walking.walker.skim(
      bytes, base: place.offset, end: end, to: goal, passed: &place.frame)
    switch step {
    case .frame(let offset, _, _, _), .more(let offset), .ended(let offset): place.offset = offset
    }
    return step
  }

  /// The first hit in the key or the value of a plain record in the window; `hit` moves on to the
  /// last one that was looked at.
  private func hit(at offset: UInt64, length: UInt64, kind: UInt8, _ hit: inout UInt64?) -> Hit? {
    guard let head = window.bytes.slice(Int(offset - window.offset), Int(length)) else {
      return nil
    }
    let contents = walking.walker.contents(of: head, offset: offset, length: length, kind: kind)
    while let found = hit, found < offset + length {
      let place = found - offset
      let whole = place..<place + UInt64(pattern.bytes.count)
      if let key = contents.key, pattern.isWholeKey ? key == whole : key.contains(whole) {
        return Hit(part: .key, offset: found)
      }
      if pattern.wants(.value), contents.value?.contains(whole) == true {
        return Hit(part: .value, offset: found)
      }
      hit = nextHit(from: found + 1)
    }
    return nil
  }

  /// Whether a record in the window that is not plain can hold the pattern, which stands next at
  /// `hit`: in one of its pieces, or across two of them.
  private func mayHold(_ range: Range<UInt64>, _ hit: UInt64?) -> Bool {
    if let hit, hit < range.upperBound { return true }
    guard pattern.bytes.count <= SearchPattern.lengthAcrossPieces,
      let record = window.bytes.slice(
        Int(range.lowerBound - window.offset), Int(range.upperBound - range.lowerBound))
    else { return true }
    var mayHold = false
    var before: Range<Int>?
    let areStored = walking.walker.givePieces(of: record) { piece in
      if let before {
        // What is shorter than the pattern can be in the middle of it.
        mayHold =
          mayHold || piece.count < pattern.bytes.count
          || pattern.stands(in: record, endOf: before, startOf: piece)
      }
      before = piece
    }
    return mayHold || !areStored
  }

  /// The hit in a record in the window once it is decoded.
  private mutating func hit(inEncoded offset: UInt64, length: UInt64) -> Hit? {
    var matcher = ContentMatcher(pattern)
    swap(&matcher, &self.matcher)
    matcher.begin()
    defer { swap(&matcher, &self.matcher) }
    let isWhole = giveContents(ofEncoded: offset, length: length) { matcher.take($0, $1) }
    matcher.finish()
    if !isWhole, matcher.match == nil { partlySearched += 1 }
    return matcher.match.map { Hit(part: $0) }
  }

  private func giveContents(
    ofEncoded offset: UInt64, length: UInt64, _ body: (ContentPart, RawSpan) -> Void
  ) -> Bool {
    guard let record = window.bytes.slice(Int(offset - window.offset), Int(length)) else {
      return true
    }
    return walking.walker.giveContents(of: record, body)
  }

  // MARK: What no window holds

  /// Searches the record at `place`, which is not whole in a window; nil when it does not fit.
  private mutating func searchLarge(
    _ range: Int, from place: inout Place, _ goesOn: (UInt64) -> Bool
  ) throws(FileError) -> Outcome? {
    guard let (length, kind) = try largeFrame(at: place.offset) else {
      // The file has changed since it was scanned.
      place.offset = index.ranges[range].end
      return nil
    }
    let found: Hit?
    if walking.walker.isPlain(window.bytes, at: 0, length: length, kind: kind) {
      let contents = walking.walker.contents(
        of: window.bytes, offset: place.offset, length: length, kind: kind)
      switch try search(contents, at: place.offset, goesOn) {
      case .found(let hit): found = hit
      case .nothing: found = nil
      case .stopped: return .stopped(at: place)
      }
    } else {
      switch try hit(inLarge: place.offset, length: length, goesOn) {
      case .found(let hit): found = hit
      case .nothing: found = nil
      case .stopped: return .stopped(at: place)
      }
    }
    if let found {
      return .match(
        Match(place: place, length: length, range: range, part: found.part, offset: found.offset))
    }
    place = Place(offset: place.offset + length, frame: place.frame + 1)
    return nil
  }

  mutating func largeFrame(at offset: UInt64) throws(FileError) -> (UInt64, UInt8)? {
    var walker = walking.walker
    let frame = try source.reading { (source) throws(RecordSourceError) in
      try walker.frameLarge(&source, at: offset, verifying: false)
    }
    switch frame {
    case .record(let length, let kind), .run(let length, let kind, _),
      .flawed(let length, let kind, _):
      return (UInt64(length), kind)
    case .partial, .stale, .end, .invalid: return nil
    }
  }

  /// How the search of a part of a record ended.
  private enum PartOutcome {
    case found(Hit)
    case nothing
    case stopped
  }

  /// Searches the key and the value of the record at `offset`.
  private mutating func search(
    _ contents: StoredContents, at offset: UInt64, _ goesOn: (UInt64) -> Bool
  ) throws(FileError) -> PartOutcome {
    for (part, place) in [(ContentPart.key, contents.key), (.value, contents.value)] {
      guard let place, pattern.wants(part) else { continue }
      if pattern.isWholeKey, place.byteCount != UInt64(pattern.bytes.count) { continue }
      let stretch = offset + place.lowerBound..<min(end, offset + place.upperBound)
      switch try firstMatch(in: stretch, goesOn: goesOn) {
      case .at(let found): return .found(Hit(part: part, offset: found))
      case .nowhere: continue
      case .stopped: return .stopped
      }
    }
    return .nothing
  }

  /// Searches a record that no window holds while it is decoded.
  private mutating func hit(
    inLarge offset: UInt64, length: UInt64, _ goesOn: (UInt64) -> Bool
  ) throws(FileError) -> PartOutcome {
    var matcher = ContentMatcher(pattern)
    let walker = walking.walker
    let stopping = stopping
    var given: UInt64 = 0
    let isWhole: Bool
    do throws(RecordSourceError) {
      isWhole = try walker.giveContents(&source, at: offset, length: length) { part, piece in
        matcher.take(part, piece)
        // What is decoded may be more than the record has.
        given = min(length, given + UInt64(piece.byteCount))
        if matcher.match != nil || !goesOn(offset + given) {
          stopping.isWanted.store(true, ordering: .relaxed)
        }
      }
    } catch {
      stopping.isWanted.store(false, ordering: .relaxed)
      switch error {
      case .file(let error): throw error
      case .cancelled: return matcher.match.map { .found(Hit(part: $0)) } ?? .stopped
      }
    }
    stopping.isWanted.store(false, ordering: .relaxed)
    matcher.finish()
    if !isWhole, matcher.match == nil { partlySearched += 1 }
    return matcher.match.map { .found(Hit(part: $0)) } ?? .nothing
  }

}

extension Range<UInt64> {
  fileprivate func contains(_ part: Range<UInt64>) -> Bool {
    part.lowerBound >= lowerBound && part.upperBound <= upperBound
  }
}
