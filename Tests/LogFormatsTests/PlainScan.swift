import LogFiles
import TestSupport

@testable import LogFormats

/// The format's own walk over a file in memory, without an engine around it.
struct PlainScan {
  struct Frame {
    var offset: UInt64
    var length: Int
    var kind: UInt8
    var records: UInt64 = 1
  }
  var frames: [Frame] = []
  var stop: Stop

  init(_ bytes: [UInt8], walker: some SegmentWalker) {
    var walker = walker
    let end = UInt64(bytes.count)
    _ = walker.begin(bytes.rawBytes, fileSize: end)
    var offset = 0
    while true {
      if offset >= bytes.count {
        stop = Stop(offset: end, cause: .endOfFile)
        return
      }
      switch walker.frame(bytes.rawBytes, at: offset, remaining: end - UInt64(offset)) {
      case .record(let length, let kind):
        frames.append(Frame(offset: UInt64(offset), length: length, kind: kind))
        offset += length
      case .run(let length, let kind, let records):
        frames.append(
          Frame(offset: UInt64(offset), length: length, kind: kind, records: records))
        offset += length
      case .flawed(let length, _, _): offset += length
      case .partial:
        stop = Stop(offset: UInt64(offset), cause: .invalid(Fault(.unreadable)))
        return
      case .stale:
        stop = Stop(offset: UInt64(offset), cause: .regularEnd(.staleEntry))
        return
      case .end(let reason):
        stop = Stop(offset: UInt64(offset), cause: .regularEnd(reason))
        return
      case .invalid(let fault):
        stop = Stop(offset: UInt64(offset), cause: .invalid(fault))
        return
      }
    }
  }

  var fault: Fault? {
    if case .invalid(let fault) = stop.cause { fault } else { nil }
  }

  var lastEnd: UInt64 { frames.last.map { $0.offset + UInt64($0.length) } ?? 0 }
}

extension TemporaryDirectory {
  /// The records of a file of these bytes.
  func source(_ bytes: [UInt8], name: String = "file") throws -> RecordSource {
    try write(bytes, to: name)
    return RecordSource(try open().openFile(FileName(name)), end: UInt64(bytes.count))
  }
}

extension [Field] {
  /// Whether the leaves own each byte of `range` once, in order.
  func tile(_ range: Range<UInt64>) -> Bool {
    var place = range.lowerBound
    for leaf in flatMap(\.leaves) {
      guard leaf.range.lowerBound == place else { return false }
      place = leaf.range.upperBound
    }
    return place == range.upperBound
  }

  /// The first field of a name, at any depth.
  func named(_ name: String) -> Field? {
    for field in self {
      if let found = field.name == name ? field : field.children.named(name) { return found }
    }
    return nil
  }
}
