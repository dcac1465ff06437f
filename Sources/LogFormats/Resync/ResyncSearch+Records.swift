import LogFiles

/// Whether what looks like a record counts as one.
extension ResyncSearch {
  /// Whether the frame at `offset` counts.
  mutating func hit(at offset: UInt64, _ frame: Frame, _ window: borrowing FileWindow)
    throws(FileError) -> Hit?
  {
    if let record = accepted(frame) {
      return try isContinued(at: offset, record, window) ? .records(at: offset) : nil
    }
    guard case .stale(let length, let kind) = frame, walker.standsAlone(kind: kind) else {
      return nil
    }
    return .stale(at: offset, length: UInt64(length))
  }

  /// Bytes of the budget that looking at a few bytes elsewhere in the file takes: in that time so
  /// many are read one behind the other.
  static var glance: UInt64 { 1 << 13 }

  /// A record that the window does not hold whole. It is read only where its header is as the
  /// owner writes it, something like a record follows it, and the budget allows it.
  mutating func largeHit(
    at offset: UInt64, needed: UInt64, _ window: borrowing FileWindow
  ) throws(FileError) -> Hit? {
    let start = Int(offset - window.offset)
    let bytes = window.bytes
    guard let head = bytes.slice(start, min(64, bytes.byteCount - start)),
      walker.resemblesRecord(head), guessBudget.spend(Self.glance),
      needed <= end - offset, try isPlausible(at: offset + needed),
      guessBudget.spend(needed)
    else { return nil }
    let readBefore = source.bytesRead
    let frame = try read(at: offset)
    // How much a record of many parts takes shows only in reading it.
    let read = source.bytesRead - readBefore
    if read > needed { _ = guessBudget.spend(min(guessBudget.left, read - needed)) }
    guard let frame else { return nil }
    return try hit(at: offset, frame, window)
  }

  /// Whether a record can end or go on at `offset`: with the file, before zeros, or before
  /// something that looks like it.
  mutating func isPlausible(at offset: UInt64) throws(FileError) -> Bool {
    if offset == end { return true }
    let head = try bytes(at: offset, limit: 64)
    return head.rawBytes.isZero || walker.resemblesContinuation(head.rawBytes)
  }

  /// Whether a record is at `offset` and another one, or the end of the data, behind it.
  mutating func holdsRecord(at offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Bool
  {
    guard offset < end, let record = try acceptedRecord(at: offset, window) else { return false }
    return try isContinued(at: offset, record, window)
  }

  /// Whether the record at `offset` is one, by itself or by what follows it.
  mutating func isContinued(
    at offset: UInt64, _ record: Accepted, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    if record.standsAlone { return true }
    guard needsProof else { return try isFollowed(offset + record.length, window) }
    return try leadsToProof(from: offset, Int(record.length), window)
  }

  /// Bytes of the budget that framing one more record takes.
  static var step: UInt64 { 1 << 6 }

  /// Whether the record of `length` bytes at `offset`, which does not stand alone, leads to one that
  /// does, or to the end of the data.
  mutating func leadsToProof(
    from offset: UInt64, _ length: Int, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    // Looked at first: without a budget nothing tells dead ends from other ways, and the same ones
    // would be gone again and again.
    guard guessBudget.allows(Self.step) else { return false }
    var place = offset + UInt64(length)
    var passed = 1
    // What is noted has been looked at, and does not stand alone.
    while case .record(let length) = note(at: place, window) {
      place += UInt64(length)
      passed += 1
    }
    if isStruck(place, window) {
      strikeOut(from: offset, window)
      return false
    }
    var way = DeadEnds.Way()
    while true {
      if place == end { return passed > 1 }
      way.pass(place)
      guard guessBudget.allows(Self.step), !isCancelled() else { return false }
      guard !deadEnds.contains(place) else { break }
      let passage = passage(from: place, window)
      guard passage.records == 0 else {
        _ = guessBudget.spend(min(guessBudget.left, passage.records * Self.step))
        if passage.endsInProof { return true }
        passed += 1
        place += passage.length
        continue
      }
      _ = guessBudget.spend(Self.step)
      guard let next = try acceptedRecord(at: place, window) else {
        if try onlyZeros(from: place, window) { return passed > 1 }
        break
      }
      if next.standsAlone { return true }
      passed += 1
      place += next.length
    }
    deadEnds.note(way)
    strikeOut(from: offset, window)
    return false
  }

  /// Records from `offset` on that are whole in the window, or in what was read elsewhere last.
  private mutating func passage(from offset: UInt64, _ window: borrowing FileWindow)
    -> RecordPassage
  {
    if window.holds(offset..<offset + 1) {
      return walker.passRecords(
        window.bytes, from: Int(offset - window.offset), offset: offset, remaining: end - offset)
    }
    guard let start = source.held(offset) else { return RecordPassage() }
    var walker = walker
    return walker.passRecords(source.held, from: start, offset: offset, remaining: end - offset)
  }

  /// Whether it is noted that no record is at `offset`, or that the one there leads to nothing.
  private func isStruck(_ offset: UInt64, _ window: borrowing FileWindow) -> Bool {
    guard note(at: offset, window) == .noRecord,
      let word = window.bytes.le(UInt32.self, at: Int(offset - window.offset))
    else { return false }
    return word != 0
  }

  private func note(at offset: UInt64, _ window: borrowing FileWindow) -> PlaceNotes.Note {
    window.holds(offset..<offset + 1) ? notes[Int(offset - window.offset)] : .unknown
  }

  /// Strikes out the noted record at `offset` and those to which it leads.
  private mutating func strikeOut(from offset: UInt64, _ window: borrowing FileWindow) {
    var place = offset
    while case .record(let length) = note(at: place, window) {
      notes.strike(Int(place - window.offset))
      place += UInt64(length)
    }
  }

  mutating func isFollowed(_ offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Bool
  {
    if offset == end { return true }
    if try acceptedRecord(at: offset, window) != nil { return true }
    return try onlyZeros(from: offset, window)
  }

  struct Accepted {
    var length: UInt64
    /// Whether it counts by itself.
    var standsAlone = false
  }

  /// What `frame` is as a record, nil where it is none.
  func accepted(_ frame: Frame) -> Accepted? {
    switch frame {
    case .record(let length, let kind), .run(let length, let kind, _):
      Accepted(length: UInt64(length), standsAlone: walker.standsAlone(kind: kind))
    case .partial, .flawed, .stale, .end, .invalid: nil
    }
  }

  /// Bytes that are read to look at a record, or at several small ones that follow each other.
  private static var headLength: Int { 1 << 12 }
  private static var aheadLength: Int { 1 << 14 }

  /// The record at `offset`, nil where there is none.
  mutating func acceptedRecord(at offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Accepted?
  {
    if case .record(let length) = note(at: offset, window) {
      return Accepted(length: UInt64(length))
    }
    var frame: Frame?
    if window.holds(offset..<offset + 1) {
      let found = walker.frame(
        window.bytes, at: Int(offset - window.offset), remaining: end - offset,
        checksums: checksums)
      guard case .partial = found else { return accepted(found) }
      if window.stop - offset >= UInt64(Self.headLength) { frame = found }
    }
    if frame == nil { frame = try frameAhead(at: offset) }
    guard let frame else { return nil }
    guard case .partial(let needed) = frame else { return accepted(frame) }
    guard followBudget.spend(needed) else {
      // To be refused takes time too.
      _ = followBudget.spend(min(followBudget.left, Self.glance))
      return nil
    }
    guard let whole = try read(at: offset) else { return nil }
    return accepted(whole)
  }

  /// The frame at an offset that the window does not hold; nil where the budget is used up.
  private mutating func frameAhead(at offset: UInt64) throws(FileError) -> Frame? {
    let head = offset..<offset + min(UInt64(Self.headLength), end - offset)
    if !source.holds(head) {
      guard followBudget.spend(UInt64(Self.aheadLength)) else { return nil }
      do {
        try source.hold(Self.aheadLength, at: offset)
      } catch RecordSourceError.file(let error) {
        throw error
      } catch {
        return nil
      }
    }
    guard let start = source.held(offset) else { return nil }
    var walker = walker
    return walker.frame(source.held, at: start, remaining: end - offset)
  }

  /// The frame at `offset`, read piece by piece; nil when the search was stopped.
  mutating func read(at offset: UInt64) throws(FileError) -> Frame? {
    do {
      return try walker.frameLarge(&source, at: offset, verifying: true)
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return nil
    }
  }

  mutating func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    do {
      return try source.bytes(at: offset, limit: limit)
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return []
    }
  }

  mutating func onlyZeros(from offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Bool
  {
    if !knownZeros.contains(offset) {
      if window.holds(offset..<offset + 1),
        let next = window.bytes.firstNonZero(from: Int(offset - window.offset))
      {
        knownZeros = offset..<window.offset + UInt64(next)
        return false
      }
      guard followBudget.allows(1) else { return false }
      let readBefore = source.bytesRead
      defer { _ = followBudget.spend(min(followBudget.left, source.bytesRead - readBefore)) }
      do {
        guard let zeros = try source.zeroRun(from: offset) else { return false }
        knownZeros = zeros
      } catch RecordSourceError.file(let error) {
        throw error
      } catch {
        return false
      }
    }
    return knownZeros.contains(offset) && knownZeros.upperBound == end
  }
}
