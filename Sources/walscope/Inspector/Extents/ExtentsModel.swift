import LogFiles
import LogFormats
import Quantities

/// Where a file lies: its extents and the holes between them, what each holds, and in how many
/// pieces it lies on disk.
struct ExtentsModel: Sendable {
  /// A line of the table.
  enum Row: Equatable, Sendable {
    /// An extent, or a run of data where the file system tells no places.
    case extent(Int)
    /// The hole before this extent; behind the last one when there is no such extent.
    case hole(before: Int)
  }

  /// The extents; without places where `hasPlaces` is false.
  let extents: [Extent]
  /// Whether the file system tells where the file lies.
  let hasPlaces: Bool
  /// Why the table is not all there is to know, nil when it is.
  let reason: String?
  let rows: [Row]
  /// Runs of extents that follow each other on disk.
  let fragments: Int
  /// The part of the disk in which the file lies; nil where nothing of it has a place.
  let place: DiskMap?
  let contents: FileContents
  /// Offset after the last record, nil while that is not known.
  let logicalEnd: UInt64?
  /// The whole file from left to right.
  let pieces: [FileContents.Piece]

  /// Where a file of `size` bytes lies, in which the scan has found `ranges` so far, and `gaps` in
  /// them.
  init(
    _ map: ExtentMap, size: UInt64, ranges: [ByteRange], gaps: [Range<UInt64>] = [],
    logicalEnd: UInt64?, isRaw: Bool = false
  ) {
    var isComplete = true
    switch map {
    case .mapped(let found, let isAll):
      isComplete = isAll
      extents = found
      hasPlaces = true
      reason =
        isAll
        ? nil
        : "only the first \(Quantity.count(found.count, "extent")): there are more, or they keep "
          + "changing"
    case .regions(let regions, let why):
      extents = regions.map {
        Extent(logical: $0.offset, physical: 0, length: $0.length, flags: .unknownLocation)
      }
      hasPlaces = false
      reason = why
    case .unavailable(let why):
      extents = []
      hasPlaces = false
      reason = why
    }
    let isKnown: Bool
    if case .unavailable = map { isKnown = false } else { isKnown = true }
    contents = FileContents(size: size, ranges: ranges, gaps: gaps, isRaw: isRaw)
    self.logicalEnd = logicalEnd
    rows = isKnown ? Self.rows(extents, size: size, isComplete: isComplete) : []
    fragments = Self.fragments(extents)
    place = hasPlaces ? DiskMap.between(extents) : nil
    pieces =
      isKnown
      ? Self.pieces(extents, rows: rows, contents: contents)
      : contents.pieces(of: 0..<size, isAllocated: true, isUnwritten: false)
  }

  private static func rows(_ extents: [Extent], size: UInt64, isComplete: Bool) -> [Row] {
    var rows: [Row] = []
    var end: UInt64 = 0
    for (index, extent) in extents.enumerated() {
      if extent.logical > end { rows.append(.hole(before: index)) }
      rows.append(.extent(index))
      end = max(end, extent.logicalEnd)
    }
    if end < size, isComplete { rows.append(.hole(before: extents.count)) }
    return rows
  }

  private static func pieces(_ extents: [Extent], rows: [Row], contents: FileContents)
    -> [FileContents.Piece]
  {
    var pieces = rows.flatMap { row in
      let (part, isUnwritten) = part(of: row, extents, size: contents.size)
      if case .hole = row {
        return contents.pieces(of: part, isAllocated: false, isUnwritten: false)
      }
      return contents.pieces(of: part, isAllocated: true, isUnwritten: isUnwritten)
    }
    // Behind the last row of a map that is not complete there may be more extents.
    let end = rows.last.map { part(of: $0, extents, size: contents.size).0.upperBound } ?? 0
    if end < contents.size {
      pieces += contents.pieces(of: end..<contents.size, isAllocated: true, isUnwritten: false)
    }
    return pieces.merged
  }

  /// Two extents are one fragment when the second begins where the first ends, or leaves just the
  /// room that the hole between them needs.
  private static func fragments(_ extents: [Extent]) -> Int {
    let placed = extents.filter(\.hasPlace)
    let breaks = zip(placed, placed.dropFirst()).count { first, second in
      second.physical &- first.physical != first.length
        && second.physical &- first.physical != second.logical &- first.logical
    }
    return placed.isEmpty ? 0 : breaks + 1
  }

  private static func part(of row: Row, _ extents: [Extent], size: UInt64)
    -> (Range<UInt64>, isUnwritten: Bool)
  {
    switch row {
    case .extent(let index):
      let extent = extents[index]
      // The rest of the last block is no room that anybody could use.
      let end =
        extent.logical < size && extent.logicalEnd > size && extent.logicalEnd - size < 1 << 16
        ? size : extent.logicalEnd
      return (extent.logical..<end, extent.flags.contains(.unwritten))
    case .hole(let index):
      let start = index > 0 ? extents[index - 1].logicalEnd : 0
      let end = index < extents.count ? extents[index].logical : size
      return (start..<max(start, end), false)
    }
  }

  /// The bytes of the file that a row is about.
  func part(of row: Row) -> Range<UInt64> {
    Self.part(of: row, extents, size: contents.size).0
  }

  /// What a row holds, in bytes of each kind.
  func totals(of row: Row) -> [FileContents.Piece] {
    let (part, isUnwritten) = Self.part(of: row, extents, size: contents.size)
    if case .hole = row {
      return contents.totals(of: part, isAllocated: false, isUnwritten: false)
    }
    return contents.totals(of: part, isAllocated: true, isUnwritten: isUnwritten)
  }

  /// What a row holds in words: one kind by its name, several with their sizes.
  func holds(_ row: Row) -> String {
    let totals = totals(of: row)
    if totals.count == 1, let only = totals.first { return only.holding.name }
    return totals.map { "\($0.holding.name) \(Quantity.bytes($0.length))" }.joined(separator: ", ")
  }

  // MARK: Sentences

  /// How the file lies on disk.
  var summary: String {
    guard hasPlaces else { return "Where the file lies is not available here: \(reason ?? "")." }
    guard !extents.isEmpty else {
      return contents.size == 0
        ? "The file has no bytes, so it has no extents."
        : "No extents: all \(Quantity.bytes(contents.size)) of the file are a hole."
    }
    var text = Quantity.count(extents.count, "extent")
    if fragments > 0 { text += " in \(Quantity.count(fragments, "fragment"))" }
    switch fragments {
    case 0: text += ""
    case 1: text += ": the file lies in one piece"
    default: text += ": a reader of the whole file jumps \(Quantity.count(fragments - 1, "time"))"
    }
    return text + "."
  }

  /// What is special about the extents, each as a sentence.
  var remarks: [String] {
    var remarks: [String] = []
    func remark(_ flags: Extent.Flags, _ one: String, _ many: String) {
      let count = extents.count { !$0.flags.isDisjoint(with: flags) }
      if count > 0 {
        remarks.append("\(Quantity.count(count, "extent")) \(count == 1 ? one : many).")
      }
    }
    guard hasPlaces else { return [] }
    remark(
      .delayedAllocation,
      "is only in memory (delalloc): its place on disk is chosen when it is written back",
      "are only in memory (delalloc): their places on disk are chosen when they are written back")
    remark(
      .shared, "is shared with another file (a reflink copy or a snapshot)",
      "are shared with other files (reflink copies or snapshots)")
    remark(
      .inline, "is kept inside the file's own metadata (inline)",
      "are kept inside the file's own metadata (inline)")
    if let reason { remarks.append("Shown are \(reason).") }
    return remarks
  }

  /// A row in a sentence.
  func sentence(_ row: Row) -> String {
    let part = part(of: row)
    let length = Quantity.bytes(part.upperBound - part.lowerBound)
    let held = holds(row)
    switch row {
    case .hole:
      return "A hole of \(length) at \(Quantity.offset(part.lowerBound)): it reads as zeros and "
        + "takes no room."
    case .extent(let index):
      let extent = extents[index]
      var text = "Extent \(index): \(length) at \(Quantity.offset(part.lowerBound)), holds \(held)"
      if extent.flags.contains(.unwritten) {
        let hasData = totals(of: row).contains { $0.holding != .neverWritten }
        text +=
          hasData
          ? "; preallocated, its data are still in memory only"
          : "; preallocated, it reads as zeros"
      }
      return text + "."
    }
  }
}

extension Extent {
  /// Whether its place on disk is decided and its bytes lie there as they read.
  var hasPlace: Bool {
    flags.isDisjoint(with: [.unknownLocation, .delayedAllocation, .encoded, .inline])
  }
}
