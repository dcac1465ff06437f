import LogFiles

/// Carries out one kind of damage.
struct DamageWork {
  private(set) var log: MadeLog
  private let damage: LogDamage
  private let directory: OpenDirectory
  private var generator: SeededGenerator

  init(_ damage: LogDamage, log: MadeLog, directory: OpenDirectory, seed: UInt64) {
    self.damage = damage
    self.log = log
    self.directory = directory
    generator = SeededGenerator(seed: seed)
  }

  mutating func run() throws(MakeError) -> AppliedDamage {
    switch damage {
    case .tornTail:
      return try tear(try lastSegment(), keeping: { $0.length / 2 })
    case .tornHeader:
      return try tear(try lastSegment(), keeping: { min(2, $0.length - 1) })
    case .tornSealedSegment:
      return try tear(try middleSegment(beforeLast: true), keeping: { $0.length / 2 })
    case .bitFlip: return try flipBit(try middleSegment(), first: false)
    case .firstRecord: return try flipBit(try middleSegment(), first: true)
    case .wrongLength: return try changeLength(try middleSegment())
    case .hugeLength: return try claimTooMuch(try middleSegment())
    case .zeroTail: return try growByZeros(try lastSegment())
    case .garbageTail: return try appendGarbage(try lastSegment())
    case .missingSegment: return try removeSegment()
    case .zeroHole: return try zero(try middleSegment())
    case .recordsAfterZeros: return try moveBehindZeros(try lastSegment())
    case .erasedMiddle: return try erase(try middleSegment())
    }
  }

  // MARK: Where

  /// The last segment that has records and is whole.
  private func lastSegment() throws(MakeError) -> Int {
    let index = log.segments.lastIndex { !$0.isDamaged && $0.records > 0 }
    guard let index else { throw .notApplicable(damage, "needs a segment with records") }
    return index
  }

  private func middleSegment(beforeLast: Bool = false) throws(MakeError) -> Int {
    let candidates = log.segments.indices.dropLast(beforeLast ? 1 : 0).filter {
      !log.segments[$0].isDamaged && log.segments[$0].records > 0
    }
    guard !candidates.isEmpty else {
      let needed = beforeLast ? "a segment with records before the last" : "a segment with records"
      throw .notApplicable(damage, "needs \(needed)")
    }
    return candidates[candidates.count / 2]
  }

  /// A record in the middle of a segment, not its last one unless it has only one.
  private func middleRecord(_ index: Int) throws(MakeError) -> MadeLog.RecordPlace {
    let places = log.segments[index].places
    guard !places.isEmpty else { throw .notApplicable(damage, "needs a segment with records") }
    return places[(places.count - 1) / 2]
  }

  private func lengthByte() throws(MakeError) -> UInt64 {
    guard let byte = log.lengthByte else {
      throw .notApplicable(damage, "needs records with a length")
    }
    return byte
  }

  // MARK: What

  /// Leaves the first bytes of the last record: cuts the file there, or, where it is preallocated,
  /// leaves zeros behind them.
  private mutating func tear(
    _ index: Int, keeping: (MadeLog.RecordPlace) -> UInt64
  ) throws(MakeError) -> AppliedDamage {
    let segment = log.segments[index]
    guard let last = segment.last, last.length > 1 else {
      throw .notApplicable(damage, "needs a segment with records")
    }
    let start = last.offset + max(1, keeping(last))
    if segment.fileSize > segment.logicalEnd {
      let zeros = [UInt8](repeating: 0, count: Int(last.end - start))
      try change(index) { (file) throws(FileError) in try file.write(zeros.rawBytes, at: start) }
    } else {
      try change(index) { (file) throws(FileError) in try file.setLength(start) }
    }
    return applied(index, start..<last.end)
  }

  private mutating func flipBit(_ index: Int, first: Bool) throws(MakeError) -> AppliedDamage {
    let middle = try middleRecord(index)
    let place = first ? log.segments[index].places.first ?? middle : middle
    // Behind the middle of the record: in its payload, not in its lengths.
    let offset = place.offset + place.length / 2
    let bit = UInt8(1) << UInt8(generator.next() % 8)
    return try rewrite(index, at: offset, count: 1) { $0.map { $0 ^ bit } }
  }

  private mutating func changeLength(_ index: Int) throws(MakeError) -> AppliedDamage {
    let offset = try middleRecord(index).offset + lengthByte()
    return try rewrite(index, at: offset, count: 1) { $0.map { $0 & 0x80 | ($0 &+ 3) & 0x7f } }
  }

  private mutating func claimTooMuch(_ index: Int) throws(MakeError) -> AppliedDamage {
    let offset = try middleRecord(index).offset + lengthByte()
    return try rewrite(index, at: offset, count: 4) { _ in [0xff, 0xff, 0xff, 0x7f] }
  }

  private mutating func growByZeros(_ index: Int) throws(MakeError) -> AppliedDamage {
    let size = log.segments[index].fileSize
    try change(index) { (file) throws(FileError) in try file.setLength(size + 4096) }
    return applied(index, size..<size + 4096)
  }

  private mutating func appendGarbage(_ index: Int) throws(MakeError) -> AppliedDamage {
    let start = log.segments[index].logicalEnd
    // Starts with bytes that are no length, so that it is not taken for a torn record.
    let garbage: [UInt8] =
      [UInt8](repeating: 0xff, count: 12)
      + (0..<200).map { _ in UInt8(truncatingIfNeeded: generator.next()) | 1 }
    try change(index) { (file) throws(FileError) in try file.write(garbage.rawBytes, at: start) }
    return applied(index, start..<start + UInt64(garbage.count))
  }

  private mutating func removeSegment() throws(MakeError) -> AppliedDamage {
    guard log.segments.count >= 3 else {
      throw .notApplicable(damage, "needs three segments or more: use smaller segments")
    }
    let index = log.segments.count / 2
    let segment = log.segments[index]
    do throws(FileError) {
      try directory.remove(segment.file, identity: segment.identity)
    } catch {
      throw .file(error)
    }
    log.segments.remove(at: index)
    return AppliedDamage(damage: damage, file: segment.file, range: 0..<segment.fileSize)
  }

  private mutating func zero(_ index: Int) throws(MakeError) -> AppliedDamage {
    let middle = try middleRecord(index)
    let room = log.segments[index].logicalEnd - middle.offset
    // A sector or two where the segment is large enough, so that valid records follow.
    let length = min(max(1, room / 2), 1024)
    return try rewrite(index, at: middle.offset, count: Int(length)) { $0.map { _ in 0 } }
  }

  /// Moves the records behind the middle towards the end, and leaves zeros in their place.
  private mutating func moveBehindZeros(_ index: Int) throws(MakeError) -> AppliedDamage {
    let segment = log.segments[index]
    let start = try middleRecord(index).offset
    let gap: UInt64 = 2048
    let moved = try read(index, from: start, to: segment.logicalEnd)
    let zeros = [UInt8](repeating: 0, count: Int(gap))
    try change(index) { (file) throws(FileError) in
      try file.write(zeros.rawBytes, at: start)
      try file.write(moved.rawBytes, at: start + gap)
    }
    return applied(index, start..<start + gap)
  }

  /// Takes out a stretch from inside one record to inside a later one.
  private mutating func erase(_ index: Int) throws(MakeError) -> AppliedDamage {
    let segment = log.segments[index]
    let places = segment.places
    guard places.count >= 4 else { throw .notApplicable(damage, "needs a segment of four records") }
    let first = places[places.count / 4]
    let second = places[places.count / 2]
    let start = first.offset + first.length / 2
    let end = second.offset + second.length / 2
    let rest = try read(index, from: end, to: segment.fileSize)
    try change(index) { (file) throws(FileError) in
      try file.write(rest.rawBytes, at: start)
      try file.setLength(start + UInt64(rest.count))
    }
    return applied(index, start..<end)
  }

  // MARK: How

  private mutating func rewrite(
    _ index: Int, at offset: UInt64, count: Int, _ change: ([UInt8]) -> [UInt8]
  ) throws(MakeError) -> AppliedDamage {
    let old = try read(index, from: offset, to: offset + UInt64(count))
    let new = change(old)
    try self.change(index) { (file) throws(FileError) in
      try file.write(new.rawBytes, at: offset)
    }
    return applied(index, offset..<offset + UInt64(new.count))
  }

  private func read(_ index: Int, from: UInt64, to end: UInt64) throws(MakeError) -> [UInt8] {
    let segment = log.segments[index]
    do throws(FileError) {
      let file = try directory.reopen(segment.file, identity: segment.identity)
      return try file.bytes(at: from, limit: Int(end - min(from, end)))
    } catch {
      throw .file(error)
    }
  }

  private mutating func change(
    _ index: Int, _ body: (borrowing NewFile) throws(FileError) -> Void
  ) throws(MakeError) {
    let segment = log.segments[index]
    do throws(FileError) {
      let file = try directory.reopen(segment.file, identity: segment.identity)
      try body(file)
      log.segments[index].fileSize = try file.status().size
    } catch {
      throw .file(error)
    }
    log.segments[index].isDamaged = true
  }

  private func applied(_ index: Int, _ range: Range<UInt64>) -> AppliedDamage {
    AppliedDamage(damage: damage, file: log.segments[index].file, range: range)
  }
}
