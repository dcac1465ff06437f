import LogFiles
import Testing

@testable import LogFormats

/// A walk passes many usual records at once, and finds what it finds one by one.
struct `A walk past many records at once` {
  /// What a walk comes to, with all that a scan takes from it.
  private struct Outcome: Equatable {
    var stop: Stop
    var counts: [UInt64]
    var flawed: UInt64
    var damage: [UInt64]
    var checkpoints: [Checkpoint]
    var observations: [Observation]
    var facts: [Attribute]
  }

  /// The walk through windows of so many bytes.
  private static func walk(
    _ bytes: [UInt8], _ start: some SegmentWalker, window: Int
  ) -> Outcome {
    var walker = start
    var tally = WalkTally()
    let end = UInt64(bytes.count)
    guard case .records(let first) = walker.begin(bytes.rawBytes, fileSize: end) else {
      fatalError("the header of the test's own file cannot be read")
    }
    var (offset, room) = (first, window)
    while true {
      let part = Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + room)])
      switch walker.walk(part.rawBytes, base: offset, end: end, tally: &tally) {
      case .more(let place, let needed):
        room = place > offset ? window : max(2 * room, Int(needed))
        offset = place
      case .paused(let place): offset = place
      case .stopped(let stop): return outcome(stop, tally, walker)
      }
    }
  }

  /// The walk record by record.
  private static func walkSingly(_ bytes: [UInt8], _ start: some RecordFraming) -> Outcome {
    var walker = start
    var tally = WalkTally()
    let end = UInt64(bytes.count)
    guard case .records(var offset) = walker.begin(bytes.rawBytes, fileSize: end) else {
      fatalError("the header of the test's own file cannot be read")
    }
    while true {
      guard offset < end else {
        return outcome(Stop(offset: end, cause: .endOfFile), tally, walker)
      }
      let frame = walker.frame(bytes.rawBytes, at: Int(offset), remaining: end - offset)
      walker.note(frame, at: offset)
      let cause: Stop.Cause
      switch frame {
      case .record(let length, let kind):
        tally.passLarge(kind: kind, at: offset, carry: 0)
        offset += UInt64(length)
        continue
      case .flawed(let length, _, let fault):
        tally.passLargeFlawed(at: offset, fault: fault, carry: 0)
        offset += UInt64(length)
        continue
      case .run, .partial: fatalError("not in a whole file of these formats")
      case .stale: cause = .regularEnd(.staleEntry)
      case .end(let reason): cause = .regularEnd(reason)
      case .invalid(let fault): cause = .invalid(fault)
      }
      return outcome(Stop(offset: offset, cause: cause), tally, walker)
    }
  }

  private static func outcome(_ stop: Stop, _ tally: WalkTally, _ walker: some SegmentWalker)
    -> Outcome
  {
    Outcome(
      stop: stop, counts: (0..<16).map { tally.count(ofKind: $0) }, flawed: tally.flawed,
      damage: tally.faults.map(\.offset),
      // One at the stop is set before it shows that nothing follows.
      checkpoints: tally.checkpoints.filter { $0.offset < stop.offset },
      observations: walker.observations, facts: walker.facts)
  }

  private static func expectAlike(_ bytes: [UInt8], _ walker: some RecordFraming, _ what: String) {
    let expected = walkSingly(bytes, walker)
    for window in [bytes.count, 1 << 12, 700] {
      #expect(walk(bytes, walker, window: window) == expected, "\(what), windows of \(window)")
    }
  }

  // MARK: nori-wal

  /// Bytes of a segment, and where each record starts.
  private static func noriWAL(_ records: [NoriWALRecord]) -> (bytes: [UInt8], starts: [Int]) {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for record in records {
      starts.append(bytes.count)
      NoriWALEncoder.append(record, to: &bytes)
    }
    return (bytes, starts)
  }

  private static func plainRecords(_ count: Int) -> [NoriWALRecord] {
    (0..<count).map { number in
      NoriWALRecord(
        key: Array("key\(number)".utf8),
        value: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 37 % 301),
        isTombstone: number % 11 == 0, ttlMilliseconds: number % 7 == 0 ? UInt64(number) : nil)
    }
  }

  @Test func `ends before a nori-wal record with a wrong bit, wherever it stands`() {
    let (bytes, starts) = Self.noriWAL(Self.plainRecords(200))
    for (index, start) in starts.enumerated() {
      var damaged = bytes
      let next = index + 1 < starts.count ? starts[index + 1] : bytes.count
      damaged[next - 1] ^= 1
      Self.expectAlike(damaged, NoriWALWalker(), "record \(index)")
      #expect(Self.walk(damaged, NoriWALWalker(), window: 4096).stop.offset == UInt64(start))
    }
    Self.expectAlike(bytes, NoriWALWalker(), "nothing")
  }

  @Test func `passes nori-wal records that take more than a checksum in their place`() {
    for place in [0, 1, 2, 5, 9, 63, 64, 65, 130, 199] {
      for compression in NoriWALRecord.Compression.allCases {
        var records = Self.plainRecords(200)
        records[place].compression = compression
        records[place].value = [UInt8](repeating: 7, count: 500)
        records[place].reservedBits = 5
        records[min(199, place + 3)].value = [UInt8](repeating: 1, count: 140_000)
        var (bytes, starts) = Self.noriWAL(records)
        Self.expectAlike(bytes, NoriWALWalker(), "\(compression) at \(place)")
        // A checksum that fits a value that cannot be decoded.
        if compression != .none {
          let start = starts[place]
          let end = place + 1 < starts.count ? starts[place + 1] : bytes.count
          for index in end - 12..<end - 4 { bytes[index] = 0xff }
          let checksum = CRC32C.checksum(Array(bytes[start..<end - 4]).rawBytes)
          for byte in 0..<4 {
            bytes[end - 4 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte))
          }
          Self.expectAlike(bytes, NoriWALWalker(), "broken \(compression) at \(place)")
        }
      }
    }
  }

  @Test func `ends alike wherever a nori-wal segment is cut`() {
    let (bytes, starts) = Self.noriWAL(Self.plainRecords(40))
    for count in starts[30]...bytes.count {
      Self.expectAlike(Array(bytes.prefix(count)), NoriWALWalker(), "\(count) bytes")
    }
    Self.expectAlike(bytes + [UInt8](repeating: 0, count: 900), NoriWALWalker(), "zeros")
  }

  // MARK: okaywal

  /// Bytes of a segment with entries of several chunks among others, and where each starts.
  private static func okayWAL(_ count: Int) -> (bytes: [UInt8], starts: [Int]) {
    var bytes = OkayWALEncoder.header()
    var starts: [Int] = []
    for number in 0..<count {
      starts.append(bytes.count)
      let chunks = number % 29 == 3 ? 70 : number % 5 == 0 ? 3 : number % 13 == 0 ? 0 : 1
      let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 31 % 257)
      bytes += OkayWALEncoder.entry(
        id: UInt64(number + 10), chunks: [[UInt8]](repeating: payload, count: chunks),
        isCommitted: number % 17 != 8)
    }
    return (bytes, starts)
  }

  @Test func `goes on behind a damaged okaywal entry, wherever it stands`() {
    let (bytes, starts) = Self.okayWAL(150)
    Self.expectAlike(bytes, OkayWALWalker(fileID: 10), "nothing")
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? starts[index + 1] : bytes.count
      // A byte of the last chunk's checksum, where the entry has one.
      var damaged = bytes
      damaged[max(start + 9, next - 2)] ^= 0x40
      Self.expectAlike(damaged, OkayWALWalker(fileID: 10), "entry \(index)")
    }
  }

  @Test func `takes in okaywal ids that are stale, or that do not rise`() {
    let (bytes, starts) = Self.okayWAL(150)
    for index in [0, 1, 2, 5, 6, 70, 149] {
      for id in [3, 12, 250] as [UInt8] {
        var changed = bytes
        changed[starts[index] + 1] = id
        Self.expectAlike(changed, OkayWALWalker(fileID: 10), "id \(id) at \(index)")
      }
    }
  }

  // MARK: mmlog

  /// Lines of all lengths; the first words of some are as good as all different.
  private static func lines(_ count: Int, prefixes: Int) -> [UInt8] {
    (0..<count).flatMap { number in
      let empty = number % 19 < 6 || (90..<300).contains(number)
      let word = "\(number * 7919 % prefixes) "
      return (empty ? [] : Array(word.utf8))
        + [UInt8](repeating: 0x78, count: empty ? 0 : number * 37 % 151) + [0x0a]
    }
  }

  @Test(arguments: [4, 1 << 20])
  func `ends its lines where they end, whatever cuts them`(prefixes: Int) {
    let bytes = Self.lines(400, prefixes: prefixes)
    for cursor in [nil, UInt64(bytes.count), UInt64(bytes.count / 2 + 3)] as [UInt64?] {
      var reading = MmlogMetadataReading(.missing)
      if let cursor {
        var metadata = MmlogMetadata()
        metadata.cursor = cursor
        reading = MmlogMetadataReading(metadata, size: 64)
      }
      let walker = MmlogWalker(content: .text, metadata: reading)
      Self.expectAlike(bytes, walker, "nothing")
      for place in stride(from: 0, to: bytes.count, by: 491) {
        for zeros in [1, 8, 70] {
          var cut = bytes
          let end = min(cut.count, place + zeros)
          cut.replaceSubrange(place..<end, with: [UInt8](repeating: 0, count: end - place))
          Self.expectAlike(cut, walker, "\(zeros) zeros at \(place)")
        }
      }
      Self.expectAlike(bytes + Array("no newline".utf8), walker, "a cut line")
    }
  }
}
