import LogFiles
import LogFormats

/// What the bytes of a segment's file are, from the first to the last: what the scan found, and
/// where nothing was found, what the file system tells of them.
struct SegmentMap: Equatable {
  enum Kind: CaseIterable {
    case log, found, damage, zeros, unwritten, hole, stale, unknown
  }

  struct Part: Equatable {
    var kind: Kind
    var length: UInt64
  }

  /// The parts in order; neighbours differ in kind.
  private(set) var parts: [Part] = []

  /// The map of a scanned segment. Without `extents` all zeros count as written.
  init(_ report: SegmentReport, extents: ExtentMap?, isRaw: Bool = false) {
    var backing = extents.map { Backing($0) }
    for range in report.ranges {
      switch range.kind {
      case .header: add(.log, range.length)
      case .records: add(range.isFoundByResync ? .found : .log, range.length)
      case .damage: add(isRaw ? .unknown : .damage, range.length)
      case .stale: add(.stale, range.length)
      case .unknown: add(.unknown, range.length)
      case .padding, .zeroTail:
        if backing != nil {
          backing?.forEachPart(of: range) { add($0, $1) }
        } else {
          add(.zeros, range.length)
        }
      }
    }
  }

  /// Bytes of one kind.
  func length(of kind: Kind) -> UInt64 {
    parts.reduce(0) { $1.kind == kind ? $0 &+ $1.length : $0 }
  }

  private mutating func add(_ kind: Kind, _ length: UInt64) {
    guard length > 0 else { return }
    if parts.last?.kind == kind {
      parts[parts.count - 1].length += length
    } else {
      parts.append(Part(kind: kind, length: length))
    }
  }
}

/// What the file system keeps of a file, asked for from the front to the back.
private struct Backing {
  private let runs: [(start: UInt64, end: UInt64, kind: SegmentMap.Kind)]
  /// What lies between the runs.
  private let between: SegmentMap.Kind
  private var next = 0

  init(_ map: ExtentMap) {
    switch map {
    case .mapped(let extents, let isComplete):
      runs = extents.map {
        ($0.logical, $0.logicalEnd, $0.flags.contains(.unwritten) ? .unwritten : .zeros)
      }
      between = isComplete ? .hole : .zeros
    case .regions(let regions, _):
      runs = regions.map { ($0.offset, $0.offset &+ $0.length, .zeros) }
      between = .hole
    case .unavailable:
      runs = []
      between = .zeros
    }
  }

  /// Tells zeros that were written from those that only read as zeros.
  mutating func forEachPart(of range: ByteRange, _ body: (SegmentMap.Kind, UInt64) -> Void) {
    var position = range.offset
    while position < range.end {
      while next < runs.count, runs[next].end <= position { next += 1 }
      guard next < runs.count, runs[next].start < range.end else {
        body(between, range.end - position)
        return
      }
      if runs[next].start > position {
        body(between, runs[next].start - position)
        position = runs[next].start
      }
      let end = min(runs[next].end, range.end)
      body(runs[next].kind, end - position)
      position = end
    }
  }
}
