import LogFiles
import LogFormats
import LogInspection

/// One row of the segment list.
enum SegmentRow: Hashable, Sendable {
  /// A segment, by its index in the layout.
  case segment(Int)
  /// A gap in the sequence, by its index in the layout.
  case gap(Int)
  /// A file that is not part of the log, by its index in the layout.
  case stray(Int)
}

/// By what the segments are sorted.
enum SegmentOrder: CaseIterable, Sendable {
  case sequence, verdict, records, logical, size, age

  var title: String {
    switch self {
    case .sequence: "in sequence"
    case .verdict: "worst verdict first"
    case .records: "most records first"
    case .logical: "longest log first"
    case .size: "largest file first"
    case .age: "newest first"
    }
  }

  var next: SegmentOrder {
    let all = Self.allCases
    return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
  }
}

/// The rows of the segment list in their order.
struct SegmentRows {
  private(set) var rows: [SegmentRow] = []

  init() {}

  /// The rows of a log. Gaps stand at their place in the sequence, and behind the segments in every
  /// other order; stray files stand last.
  init(_ log: LogState, order: SegmentOrder) {
    let layout = log.log.layout
    if order == .sequence {
      rows = Self.inSequence(layout)
    } else {
      let weights = layout.segments.indices.map { Self.weight(log, $0, order) }
      let sorted = layout.segments.indices.sorted {
        (weights[$1], $0) < (weights[$0], $1)
      }
      rows = sorted.map { .segment($0) } + layout.missing.indices.map { .gap($0) }
    }
    rows += layout.strays.indices.map { .stray($0) }
  }

  private static func inSequence(_ layout: LogLayout) -> [SegmentRow] {
    var rows: [SegmentRow] = []
    rows.reserveCapacity(layout.segments.count + layout.missing.count)
    var gap = 0
    for (index, segment) in layout.segments.enumerated() {
      while gap < layout.missing.count, let id = segment.id, layout.missing[gap].upperBound < id {
        rows.append(.gap(gap))
        gap += 1
      }
      rows.append(.segment(index))
    }
    return rows + (gap..<layout.missing.count).map { .gap($0) }
  }

  /// What puts a segment first: the larger, the earlier.
  private static func weight(_ log: LogState, _ index: Int, _ order: SegmentOrder) -> UInt64 {
    switch order {
    case .sequence: 0
    case .verdict: log.reports.figures(at: index).map { UInt64(badness($0.verdict)) + 1 } ?? 0
    case .records: log.reports.figures(at: index).map { $0.records } ?? 0
    case .logical: log.reports.figures(at: index).map { $0.logicalEnd } ?? 0
    case .size: log.files[index].map { $0.size } ?? 0
    case .age: log.files[index].map { UInt64(clamping: $0.modified.seconds) } ?? 0
    }
  }

  private static func badness(_ verdict: SegmentVerdict) -> Int {
    switch verdict {
    case .unreadable: 7
    case .damagedInside: 6
    case .foreign: 5
    case .tornTail: 4
    case .staleTail: 3
    case .preallocatedTail: 2
    case .empty: 1
    case .clean: 0
    }
  }
}

extension LogLayout {
  /// What the missing segment with this id would be called, by the name of a neighbour; the number
  /// alone where that does not tell.
  func name(ofMissing id: UInt64) -> FileName {
    let neighbour = segments.last { ($0.id ?? .max) < id } ?? segments.first { $0.id != nil }
    guard let neighbour, let known = neighbour.id, let digits = neighbour.name.digits(of: known)
    else { return FileName(String(id)) }
    let text = Array(String(id).utf8)
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(digits.count - text.count, 0))
    var bytes = neighbour.name.bytes
    bytes.replaceSubrange(digits, with: zeros + text)
    return FileName(bytes)
  }
}

extension FileName {
  /// Where `number` stands in the name in decimal, with its leading zeros.
  fileprivate func digits(of number: UInt64) -> Range<Int>? {
    let zero = UInt8(ascii: "0")
    let isDigit: (UInt8) -> Bool = { $0 >= zero && $0 <= UInt8(ascii: "9") }
    guard let start = bytes.firstIndex(where: isDigit) else { return nil }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let found = UInt64(String(decoding: bytes[start..<end], as: UTF8.self))
    return found == number ? start..<end : nil
  }
}
