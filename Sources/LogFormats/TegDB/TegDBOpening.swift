import LogFiles

/// Where the record of a key's value stands.
struct TegDBPlace {
  /// The record's offset from the start of the file.
  var record: UInt64
  var keyLength: UInt32
  var valueLength: UInt32

  var value: Range<UInt64> {
    let start = record + TegDBWalker.lengthsLength + UInt64(keyLength)
    return start..<start + UInt64(valueLength)
  }

  /// Bytes of the record.
  var length: UInt64 { TegDBRecord.length(key: Int(keyLength), value: Int(valueLength)) }
}

/// What the owner's open finds in a file (format page, section 4.2), by the strict scan: a record
/// that the end of the file cuts is none, however long its value is.
struct TegDBOpening {
  private(set) var index: [[UInt8]: TegDBPlace] = [:]
  /// Bytes of the records of live keys.
  private(set) var liveBytes: UInt64 = 0
  /// Behind the last record: what the header is to say.
  private(set) var recordsEnd = TegDBHeader.length
  /// Where the next transaction goes: behind the last commit marker, or the last record where there
  /// is none.
  private(set) var end = TegDBHeader.length
  private(set) var hasMarker = false
  /// Whether something stands behind `end` that a later marker could bring back to life.
  private(set) var hasRemains = false
  /// Whether nothing but zeros follows the last record, which somebody took as space.
  private(set) var hasSpace = false
  let header: TegDBHeader

  private let name: FileName
  private let size: UInt64
  private var walker = TegDBWalker()
  /// What the records behind the last marker change, in their order.
  private var uncommitted: [(key: [UInt8], place: TegDBPlace?)] = []

  private static let advice = "look at it with check, recover or salvage"

  /// - Parameter head: the first bytes of the file, which is not empty.
  /// - Throws: `WriterFailure.unusable` where the owner does not open it.
  init(_ name: FileName, head: [UInt8], size: UInt64) throws(WriterFailure) {
    self.name = name
    self.size = size
    let (status, header) = TegDBHeader.status(head.rawBytes, fileSize: size)
    guard status == .ok, let header else {
      throw .unusable(name, "the owner does not open it: \(Self.obstacle(status)); \(Self.advice)")
    }
    guard header.version == 2 else {
      throw .unusable(
        name, "it is of version \(header.version), which no release of the owner opens")
    }
    self.header = header
  }

  private static func obstacle(_ status: TegDBHeader.Status) -> String {
    switch status {
    case .unsupportedVersion: "its version is not known"
    case .badEndian: "the mark of the byte order is not the one that is written"
    case .ok, .empty, .short, .badMagic, .headerless, .stretch: "it has no header of TegDB"
    }
  }

  // MARK: Records

  /// Goes through the records.
  ///
  /// - Throws: `WriterFailure`: `unusable` where going on would destroy records that count.
  mutating func read(_ file: borrowing OpenFile) throws(WriterFailure) {
    let ending: Ending
    do throws(FileError) {
      ending = try Ending(try walk(file), file, walker, size)
    } catch {
      throw .file(error)
    }
    if ending.record != nil {
      throw .unusable(
        name,
        "good records stand behind the damage at \(ending.offset) and would be written over; "
          + Self.advice)
    }
    if case .marker? = walker.seen.acceptedCut {
      throw .unusable(
        name,
        "the owner takes the commit marker at \(ending.offset) for whole, although the file cuts it; "
          + Self.advice)
    }
    if !hasMarker {
      if !ending.isSpace, !ending.isCut, ending.offset < header.validDataEnd ?? 0 {
        throw .unusable(
          name,
          "the record at \(ending.offset) is damaged, and nothing tells what belongs behind it; "
            + Self.advice)
      }
      settle(at: ending.offset)
    }
    recordsEnd = ending.offset
    hasSpace = ending.isSpace && ending.offset < size
    hasRemains = end < recordsEnd || !ending.isSpace
  }

  /// How the walk ended.
  private struct Ending {
    var offset: UInt64
    /// Whether nothing but zeros follows, or nothing at all.
    var isSpace: Bool
    /// Whether the end of the file cuts a record, as a crash does.
    var isCut: Bool
    /// A good record behind it.
    var record: UInt64?

    init(
      _ stop: (offset: UInt64, fault: Fault?), _ file: borrowing OpenFile,
      _ walker: TegDBWalker, _ size: UInt64
    ) throws(FileError) {
      offset = stop.offset
      var window = FileWindow()
      let remains = try window.firstNonZero(
        file, from: offset, end: size, isCancelled: { false })
      isSpace = remains == nil && offset >= walker.header?.validDataEnd ?? 0 || offset == size
      isCut = stop.fault?.reason == .incomplete || stop.fault?.reason == .short
      guard remains != nil, let fault = stop.fault else { return }
      record = try RecordsBehind.look(
        in: file, walker: walker, from: offset + 1, after: offset, fault
      ).record
    }
  }

  /// - Returns: where the walk ended, and why, if not with the file.
  private mutating func walk(_ file: borrowing OpenFile) throws(FileError)
    -> (offset: UInt64, fault: Fault?)
  {
    var window = FileWindow()
    var source = RecordSource(try file.duplicate(), end: size)
    try window.load(file, at: 0, end: size)
    _ = walker.begin(window.bytes, fileSize: size)
    var offset = TegDBHeader.length
    while offset < size {
      if !window.holds(offset..<offset + 1) { try window.load(file, at: offset, end: size) }
      guard window.count > 0 else { break }
      var frame = walker.frame(
        window.bytes, at: Int(offset - window.offset), remaining: size - offset)
      if case .partial = frame {
        if window.offset < offset {
          try window.load(file, at: offset, end: size)
          continue
        }
        frame = try frameLarge(&source, at: offset)
      }
      switch frame {
      case .record(let length, let kind), .run(let length, let kind, _):
        let start = Int(offset - window.offset)
        if let record = window.bytes.slice(start, min(length, window.count - start)) {
          note(record, kind: kind, at: offset)
        }
        offset += UInt64(length)
        if kind >= TegDBWalker.commit { settle(at: offset) }
      case .invalid(let fault): return (offset, fault)
      case .flawed, .partial, .stale, .end: return (offset, Fault(.notARecord))
      }
    }
    return (offset, nil)
  }

  private mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64)
    throws(FileError) -> Frame
  {
    do throws(RecordSourceError) {
      return try walker.frameLarge(&source, at: offset, verifying: true)
    } catch {
      guard case .file(let error) = error else { return .end(.short) }
      throw error
    }
  }

  private mutating func note(_ record: RawSpan, kind: UInt8, at offset: UInt64) {
    let change = walker.keyChange(record)
    guard let range = change.key, let key = record.slice(range.lowerBound, range.count) else {
      return
    }
    var place: TegDBPlace?
    if case .put(_, let value) = change {
      place = TegDBPlace(
        record: offset, keyLength: UInt32(range.count), valueLength: UInt32(value.byteCount))
    }
    uncommitted.append((key.copied(), place))
  }

  /// Everything up to here counts.
  private mutating func settle(at offset: UInt64) {
    for (key, place) in uncommitted {
      if let old = index.removeValue(forKey: key) { liveBytes -= old.length }
      guard let place else { continue }
      index[key] = place
      liveBytes += place.length
    }
    uncommitted.removeAll(keepingCapacity: true)
    end = offset
    hasMarker = hasMarker || walker.seen.markers > 0
  }
}
