import LogFiles

/// Walks what comes out of a compressed base or segment, in memory that does not grow with it.
struct TgstreamContents {
  private(set) var walker: TegDBWalker
  /// Bytes that should come: those of the segment's name, or the end that the base's header notes.
  private(set) var expected: UInt64?
  /// Bytes that came.
  private(set) var length: UInt64 = 0
  /// Where in the contents something is that is no record, and why.
  private(set) var fault: (offset: UInt64, reason: Reason)?
  private let isBase: Bool
  private var tally = WalkTally(pausingAfter: .max)
  /// Bytes that came and are not walked, from `base` on.
  private var pending: [UInt8] = []
  private var base: UInt64 = 0
  private var hasBegun = false
  private var isStopped = false

  /// More than any record has: what is not framed in that is none.
  private static let pendingLimit = 1 << 20

  init(_ role: TgstreamRole) {
    if case .segment(let range, _) = role {
      walker = TegDBWalker(stretchStart: range.lowerBound)
      expected = range.upperBound - range.lowerBound
      isBase = false
    } else {
      walker = TegDBWalker()
      isBase = true
    }
  }

  /// Whether more came than can belong to the file.
  var isTooLong: Bool { expected.map { length > $0 } ?? false }

  /// Takes the next bytes; false when no more are wanted.
  mutating func take(_ bytes: RawSpan) -> Bool {
    length += UInt64(bytes.byteCount)
    guard !isTooLong else { return false }
    guard !isStopped else { return true }
    pending.append(bytes, limit: .max)
    if !hasBegun {
      guard !isBase || length >= TegDBHeader.length else { return true }
      begin()
    }
    if !isTooLong, !isStopped { walk() }
    return !isTooLong
  }

  private mutating func begin() {
    hasBegun = true
    if isBase {
      let (status, header) = Self.header(pending.rawBytes)
      expected = status == .ok ? header?.validDataEnd : nil
    }
    let first = pending
    let reading = Self.begin(&walker, first.rawBytes, fileSize: expected ?? length)
    switch reading {
    case .records(let first) where !isBase || expected != nil:
      base = first
      pending.removeFirst(Int(min(first, UInt64(pending.count))))
    case .records, .unreadable:
      expected = expected ?? 0
      fault = (0, .headerUnreadable)
      isStopped = true
    }
  }

  private static func header(_ bytes: RawSpan) -> (TegDBHeader.Status, TegDBHeader?) {
    TegDBHeader.status(bytes, fileSize: .max)
  }

  private static func begin(_ walker: inout TegDBWalker, _ bytes: RawSpan, fileSize: UInt64)
    -> HeaderReading
  {
    walker.begin(bytes, fileSize: fileSize)
  }

  private mutating func walk() {
    switch step() {
    case .more(let offset, _), .paused(let offset):
      pending.removeFirst(Int(offset - base))
      base = offset
      if pending.count > Self.pendingLimit { stop(.zeros) }
    case .stopped(let stop):
      if case .invalid(let found) = stop.cause {
        fault = (stop.offset + found.offset, found.reason)
      }
      base = stop.offset
      isStopped = true
      pending = []
    }
  }

  private mutating func step() -> WalkStep {
    var (walker, tally) = (walker, tally)
    defer { (self.walker, self.tally) = (walker, tally) }
    return Self.walk(&walker, pending.rawBytes, base: base, end: expected ?? length, &tally)
  }

  private static func walk(
    _ walker: inout TegDBWalker, _ bytes: RawSpan, base: UInt64, end: UInt64,
    _ tally: inout WalkTally
  ) -> WalkStep {
    walker.walk(bytes, base: base, end: end, tally: &tally)
  }

  private mutating func stop(_ reason: Reason) {
    fault = (base, reason)
    isStopped = true
    pending = []
  }

  /// Ends the contents: what is not framed by now is cut.
  mutating func finish() {
    if isBase, !hasBegun {
      stop(.headerUnreadable)
    } else if !isStopped, !pending.isEmpty {
      stop(pending.count < Int(TegDBWalker.lengthsLength) ? .short : .incomplete)
    }
  }

  /// The facts of a file that holds these contents.
  var facts: [Attribute] {
    var facts = [Attribute("uncompressedSize", .size(length))]
    if let fault {
      facts.append(Attribute("contentsFaultAt", .number(fault.offset)))
      facts.append(Attribute("contentsFault", .word(fault.reason.rawValue)))
    }
    return facts + walker.facts
  }
}
