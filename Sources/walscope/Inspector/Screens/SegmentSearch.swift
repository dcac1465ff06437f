import LogFiles
import LogInspection
import TerminalUI

/// A search through the records of a log's segments, from one of them on and around.
struct SegmentSearch: Sendable {
  /// What it has found; a view searches on from there.
  struct Hit: Equatable, Sendable {
    var text: String
    var segment: Int
    /// The record, in bytes from the start of the file.
    var record: Range<UInt64>
  }

  /// How it ended.
  enum News: Sendable {
    case hit(Hit)
    case nothing(String)
    case failed(String)
  }

  /// Whether a text is meant for records whatever the segments are called.
  static func isForRecords(_ text: String) -> Bool {
    ["x:", "k:", "t:"].contains { text.hasPrefix($0) }
  }

  let log: Log
  /// The segments in the order in which they are searched.
  let segments: [Int]
  let text: String
  let pattern: SearchPattern
  let isBackward: Bool
  /// The record that is not looked at itself, in the first segment; it is the last one to be looked
  /// at again.
  let last: Hit?

  /// The search as work of a view; `total` are the bytes of all segments where they are known.
  func work(total: UInt64?) -> BackgroundWork {
    BackgroundWork("searching", total: total) { control, post in
      do throws(FileError) {
        post(try run(control))
      } catch {
        post(News.failed(error.message))
      }
    }
  }

  private func run(_ control: ScanControl) throws(FileError) -> News {
    for (number, segment) in segments.enumerated() {
      let known = number == 0 ? last?.record : nil
      let hit = try search(
        segment, from: isBackward ? nil : known?.upperBound,
        before: isBackward ? known?.lowerBound : nil, control)
      if let hit { return .hit(hit) }
      if control.isCancelled { return .nothing(text) }
    }
    // The first segment once more: what lies on the other side of the last hit, and the hit itself.
    if last != nil, let first = segments.first,
      let hit = try search(first, from: nil, before: nil, control)
    {
      return .hit(hit)
    }
    return .nothing(text)
  }

  private func search(
    _ segment: Int, from: UInt64?, before stop: UInt64?, _ control: ScanControl
  ) throws(FileError) -> Hit? {
    let rows = try StreamedRows(log, segment: segment, isCancelled: { control.isCancelled })
    var done: UInt64 = 0
    let searching = { (offset: UInt64) in
      if offset > done { control.advance(by: offset - done) }
      done = max(done, offset)
    }
    if let from { try rows.seek(to: .offset(from), waiting: searching) }
    var hit: Hit?
    try rows.forEachMatch(
      of: pattern, before: stop ?? .max, previewLimit: 0, searching: searching
    ) { row in
      hit = Hit(
        text: text, segment: segment, record: row.offset..<row.offset + max(1, row.length))
      return isBackward
    }
    if let size = try? log.status(ofSegment: segment).size { searching(size) }
    return hit
  }
}
