import LogFiles

extension RecordFraming {
  public mutating func walk(
    _ bytes: RawSpan, base: UInt64, end: UInt64, tally: inout WalkTally
  ) -> WalkStep {
    let left = end &- base
    let stop = left < UInt64(bytes.byteCount) ? Int(left) : bytes.byteCount
    var start = 0
    var shortcut = Shortcut()
    while true {
      let offset = base &+ UInt64(truncatingIfNeeded: start)
      if offset >= end { return .stopped(Stop(offset: end, cause: .endOfFile)) }
      if tally.pauses(before: offset, carry: carry) { return .paused(offset: offset) }
      if shortcut.isDue, let rest = bytes.slice(start, stop &- start) {
        let usual = passUsual(rest, at: offset, most: tally.framesBeforeEvent)
        shortcut.note(passed: usual.length > 0)
        if usual.length > 0 {
          tally.pass(usual)
          start &+= usual.length
          continue
        }
      }
      if let step = walkOne(bytes, at: &start, base: base, end: end, tally: &tally) {
        return step
      }
    }
  }

  @inline(__always)
  public mutating func passUsual(_ bytes: RawSpan, at offset: UInt64, most: Int) -> UsualRecords {
    UsualRecords()
  }

  /// Passes one record of a walk; nil when another one may follow it.
  @inline(__always)
  private mutating func walkOne(
    _ bytes: RawSpan, at start: inout Int, base: UInt64, end: UInt64, tally: inout WalkTally
  ) -> WalkStep? {
    let offset = base &+ UInt64(truncatingIfNeeded: start)
    let frame = frame(bytes, at: start, remaining: end &- offset, checksum: DirectChecksum())
    note(frame, at: offset)
    switch frame {
    case .record(let length, let kind):
      tally.pass(kind: kind)
      start &+= length
    case .run(let length, let kind, let records):
      tally.passRun(kind: kind, records: records)
      start &+= length
    case .flawed(let length, _, let fault):
      tally.passFlawed(at: offset, fault: fault)
      start &+= length
    case .partial(let needed):
      return .more(offset: offset, needed: needed)
    case .stale:
      return .stopped(Stop(offset: offset, cause: .regularEnd(.staleEntry)))
    case .end(let reason):
      return .stopped(Stop(offset: offset, cause: .regularEnd(reason)))
    case .invalid(let fault):
      return .stopped(Stop(offset: offset, cause: .invalid(fault)))
    }
    return nil
  }

  public mutating func note(_ frame: Frame, at offset: UInt64) {}

  public mutating func passRecords(
    _ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64
  ) -> RecordPassage {
    let checksum = DirectChecksum()
    var passage = RecordPassage()
    while passage.length < remaining {
      let place = start &+ Int(truncatingIfNeeded: passage.length)
      let plain = passPlain(
        bytes, from: place, offset: offset &+ passage.length,
        remaining: remaining &- passage.length)
      if plain.records > 0 {
        passage.add(plain)
        if passage.endsInProof || DeadEnds.mayHold(offset &+ passage.length) { break }
        continue
      }
      let frame = frame(
        bytes, at: place, remaining: remaining &- passage.length, checksum: checksum)
      switch frame {
      case .record(let length, let kind), .run(let length, let kind, _):
        passage.length &+= UInt64(truncatingIfNeeded: length)
        passage.records &+= 1
        passage.endsInProof = standsAlone(kind: kind)
      case .flawed, .partial, .stale, .end, .invalid: return passage
      }
      if passage.endsInProof || DeadEnds.mayHold(offset &+ passage.length) { break }
    }
    return passage
  }

  @inline(__always)
  public func passPlain(_ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64)
    -> RecordPassage
  {
    RecordPassage()
  }

  public mutating func passKeys(
    _ bytes: RawSpan, from start: Int, upTo stop: Int, remaining: UInt64,
    _ body: (Frame, KeyChange, RawSpan, Int) -> Bool
  ) -> Int {
    let checksum = DirectChecksum()
    var place = start
    while place < stop, let rest = bytes.slice(place, bytes.byteCount &- place),
      rest.byteCount > 0
    {
      let frame = frame(
        bytes, at: place, remaining: remaining &- UInt64(truncatingIfNeeded: place),
        checksum: checksum)
      switch frame {
      case .record(let length, _), .run(let length, _, _):
        guard let record = rest.slice(0, min(length, rest.byteCount)),
          body(frame, keyChange(record), record, place)
        else { return place }
        place &+= length
      case .flawed(let length, _, _), .stale(let length, _):
        guard body(frame, .none, rest, place) else { return place }
        place &+= length
      case .partial, .end:
        _ = body(frame, .none, rest, place)
        return place
      case .invalid:
        _ = body(frame, keyChange(rest), rest, place)
        return place
      }
    }
    return place
  }

  public mutating func frame(_ bytes: RawSpan, at start: Int, remaining: UInt64) -> Frame {
    frame(bytes, at: start, remaining: remaining, checksum: DirectChecksum())
  }

  public mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame {
    frame(bytes, at: start, remaining: remaining, checksum: checksums)
  }
}

/// When `passUsual` is tried: seldom where it passes nothing, for a try costs as much as a record.
private struct Shortcut {
  /// Records that are framed by themselves before the next try.
  private var wait = 0
  private var nextWait = 0
  private static let longestWait = 63

  /// Whether it is tried for the record that comes now.
  var isDue: Bool {
    @inline(__always) mutating get {
      if wait == 0 { return true }
      wait &-= 1
      return false
    }
  }

  @inline(__always)
  mutating func note(passed: Bool) {
    wait = passed ? 0 : nextWait
    nextWait = passed ? 0 : min(2 &* nextWait &+ 1, Self.longestWait)
  }
}
