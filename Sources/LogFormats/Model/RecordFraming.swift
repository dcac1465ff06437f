extension RecordFraming {
  public mutating func walk(
    _ bytes: RawSpan, base: UInt64, end: UInt64, tally: inout WalkTally
  ) -> WalkStep {
    let checksum = DirectChecksum()
    var start = 0
    while true {
      let offset = base &+ UInt64(truncatingIfNeeded: start)
      if offset >= end { return .stopped(Stop(offset: end, cause: .endOfFile)) }
      if tally.pauses(before: offset, carry: carry) { return .paused(offset: offset) }
      let frame = frame(bytes, at: start, remaining: end &- offset, checksum: checksum)
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
    }
  }

  public mutating func note(_ frame: Frame, at offset: UInt64) {}

  public mutating func frame(_ bytes: RawSpan, at start: Int, remaining: UInt64) -> Frame {
    frame(bytes, at: start, remaining: remaining, checksum: DirectChecksum())
  }

  public mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame {
    frame(bytes, at: start, remaining: remaining, checksum: checksums)
  }
}
