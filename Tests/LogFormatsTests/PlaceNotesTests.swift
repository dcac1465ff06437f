import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// A walker whose places are all framed: what resync is by definition.
private struct Unnoted<Walker: SegmentWalker>: SegmentWalker {
  var walker: Walker

  var carry: UInt64 {
    get { walker.carry }
    set { walker.carry = newValue }
  }
  var leadingZeroLimit: Int? { walker.leadingZeroLimit }
  var needsProof: Bool { walker.needsProof }
  var notesByThreads: Bool { walker.notesByThreads }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    walker.begin(head, fileSize: fileSize)
  }
  mutating func frame(_ bytes: RawSpan, at start: Int, remaining: UInt64) -> Frame {
    walker.frame(bytes, at: start, remaining: remaining)
  }
  mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame {
    walker.frame(bytes, at: start, remaining: remaining, checksums: checksums)
  }
  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    try walker.frameLarge(&source, at: offset, verifying: verifying)
  }
  func resemblesRecord(_ head: RawSpan) -> Bool { walker.resemblesRecord(head) }
  func resemblesContinuation(_ head: RawSpan) -> Bool { walker.resemblesContinuation(head) }
  func standsAlone(kind: UInt8) -> Bool { walker.standsAlone(kind: kind) }
  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    walker.summarise(
      head, kind: kind, offset: offset, length: length, fault: fault, previewLimit: previewLimit)
  }
}

/// Files in which much looks like a record, with some that are.
private struct HostileFile {
  enum Format: String, CaseIterable {
    case noriWAL, okayWAL, tegDB
  }
  private var random: SeededGenerator
  private let format: Format
  private(set) var bytes: [UInt8] = []

  init(_ format: Format, seed: UInt64, size: Int) {
    random = SeededGenerator(seed: seed)
    self.format = format
    if format == .okayWAL { bytes += OkayWALEncoder.header() }
    while bytes.count < size { append() }
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// Four bytes, the lowest first.
  private static func bytes(of number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
  }

  private mutating func some(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private mutating func append() {
    switch number(0...9) {
    case 0: bytes += some(number(1...300))
    case 1: bytes += [UInt8](repeating: 0, count: number(1...40))
    case 2:
      let byte: [UInt8] = [1, 2, 3, 0x7f, 0x80, 0xff]
      bytes += [UInt8](repeating: byte[number(0...5)], count: number(1...100))
    case 3: bytes += claim()
    case 4:
      var damaged = record(number(0...60))
      damaged[number(0...damaged.count - 1)] ^= 1 << UInt8(number(0...7))
      bytes += damaged
    case 5: bytes += Array("The quick brown fox jumps over it. ".utf8)
    case 6: bytes += record(number(0...3)) + claim()
    case 7: bytes += record(number(200...30_000))
    default: for _ in 0..<number(1...4) { bytes += record(number(0...40)) }
    }
  }

  private mutating func record(_ size: Int) -> [UInt8] {
    let value = some(size)
    switch format {
    case .noriWAL:
      // Two tell of compression: their values cannot be decoded. The last one is unlike the owner's,
      // of which nothing is noted where it is large.
      let flags: [UInt8] = [0, 0, 0, 1, 2, 4, 8, 0x30]
      let chosen = flags[number(0...(size < 200 ? 7 : 6))]
      var record = LogStory.varint(1) + LogStory.varint(UInt64(size)) + [chosen]
      if chosen & 2 != 0 { record += LogStory.varint(UInt64(number(0...100_000))) }
      record += [0x6b] + value
      return record + Self.bytes(of: CRC32C.checksum(record.rawBytes))
    case .okayWAL:
      let middle = number(0...value.count)
      return OkayWALEncoder.entry(
        id: UInt64(number(0...9)), chunks: [Array(value[..<middle]), Array(value[middle...])])
    case .tegDB:
      return number(0...3) == 0 ? TegDBRecord.marker : TegDBRecord.bytes(key: [1], value: value)
    }
  }

  /// A beginning that claims much, within the file or beyond it.
  private mutating func claim() -> [UInt8] {
    let length = UInt64(1) << UInt64(number(3...40))
    switch format {
    case .noriWAL:
      return LogStory.varint(length) + LogStory.varint(UInt64(number(0...300)))
        + [UInt8(number(0...15))]
    case .okayWAL:
      let claimed = UInt32(truncatingIfNeeded: length)
      return [1, 9, 0, 0, 0, 0, 0, 0, 0, 2] + Self.bytes(of: claimed)
    case .tegDB:
      return [0, 0, 0, UInt8(number(0...9))]
        + Self.bytes(of: UInt32(truncatingIfNeeded: length)).reversed()
    }
  }
}

@Suite struct `What resync notes instead of framing each offset` {
  private func walker(_ format: HostileFile.Format, fileSize: UInt64) -> any SegmentWalker {
    var walker: any SegmentWalker =
      switch format {
      case .noriWAL: NoriWALWalker()
      case .okayWAL: OkayWALWalker(fileID: 3)
      case .tegDB: TegDBWalker(stretchStart: 0)
      }
    if format == .okayWAL {
      let header = OkayWALEncoder.header()
      _ = walker.begin(header.rawBytes, fileSize: fileSize)
    } else {
      let none: [UInt8] = []
      _ = walker.begin(none.rawBytes, fileSize: fileSize)
    }
    return walker
  }

  private func unnoted(_ walker: any SegmentWalker) -> any SegmentWalker {
    func wrap(_ walker: some SegmentWalker) -> any SegmentWalker { Unnoted(walker: walker) }
    return wrap(walker)
  }

  @Test(arguments: HostileFile.Format.allCases, 1...12)
  private func `leaves out nothing that is framed as a record`(
    format: HostileFile.Format, seed: Int
  ) {
    let file = HostileFile(format, seed: UInt64(seed), size: 40_000)
    let bytes = file.bytes
    // The file ends with the window, or goes on behind it, now and then for long.
    let behind: UInt64 = [0, 1 << 20, 1 << 32][seed % 3]
    let size = UInt64(bytes.count) + behind
    var walker = walker(format, fileSize: size)
    let checksums = WindowChecksums()
    var notes = PlaceNotes()
    let limit = walker.leadingZeroLimit ?? .max
    for part in [0..<7, 7..<4_099, 4_099..<bytes.count] {
      notes.begin(part)
      walker.note(bytes.rawBytes, remaining: size, checksums: checksums, in: &notes)
      for place in part {
        let next = bytes.rawBytes.firstNonZero(from: place) ?? bytes.count
        if next - place > limit { continue }
        let frame = walker.frame(
          bytes.rawBytes, at: place, remaining: size - UInt64(place), checksums: checksums)
        let note = notes[place]
        if case .record = note {
          guard case .record(let length, let kind) = frame else {
            Issue.record("a record is noted at \(place), which is \(frame)")
            continue
          }
          #expect(note == .record(length: length) && !walker.standsAlone(kind: kind))
        }
        switch frame {
        case .record(let length, _):
          #expect(note == .record(length: length) || note == .unknown, "at \(place)")
        case .run, .stale: #expect(note == .unknown, "at \(place)")
        case .partial:
          let head = Array(bytes[place..<min(bytes.count, place + 64)])
          if walker.resemblesRecord(head.rawBytes) {
            #expect(note == .large || note == .unknown, "at \(place)")
          }
        case .flawed, .end, .invalid: break
        }
      }
    }
  }

  /// The places that a search finds, one behind the other.
  private func hits(
    _ walker: any SegmentWalker, _ bytes: [UInt8], window capacity: Int = 1 << 14, threads: Int = 1
  ) throws -> [UInt64] {
    let directory = try TemporaryDirectory()
    _ = try directory.write(bytes, to: "file")
    let file = try directory.open().openFile(FileName("file"))
    let end = UInt64(bytes.count)
    var search = try ResyncSearch(
      file, walker: walker, end: end, budget: ReadBudget(allocatedSize: 1 << 40),
      threads: threads)
    var window = FileWindow(capacity: capacity)
    var found: [UInt64] = []
    var start: UInt64 = 1
    while start < end {
      let hit = try search.next(
        in: file, window: &window, from: start, after: start - 1, Fault(.notARecord))
      switch hit {
      case .records(let offset)?, .stale(let offset, _)?:
        found.append(offset)
        start = offset + 1
      case nil: start = end
      }
    }
    return found
  }

  @Test(arguments: HostileFile.Format.allCases, 1...8)
  private func `finds the same places as framing each offset does`(
    format: HostileFile.Format, seed: Int
  ) throws {
    let bytes = HostileFile(format, seed: UInt64(100 + seed), size: 60_000).bytes
    let walker = walker(format, fileSize: UInt64(bytes.count))
    let fast = try hits(walker, bytes)
    let slow = try hits(unnoted(walker), bytes)
    let different = zip(fast, slow).first { $0 != $1 }
    #expect(
      fast == slow, "\(fast.count) and \(slow.count) places, first \(String(describing: different))"
    )
    #expect(!fast.isEmpty)
  }

  @Test(arguments: HostileFile.Format.allCases, [2, 3, 16])
  private func `finds the same places by several threads`(
    format: HostileFile.Format, threads: Int
  ) throws {
    // Far from any record windows are noted ahead; in zeros they are not, nor where records go on.
    let foreign = [UInt8](repeating: 0x65, count: 300_000)
    let zeros = [UInt8](repeating: 0, count: 100_000)
    let bytes =
      HostileFile(format, seed: 300, size: 60_000).bytes + foreign
      + HostileFile(format, seed: 301, size: 60_000).bytes + foreign + zeros + foreign
      + HostileFile(format, seed: 302, size: 60_000).bytes
    let walker = walker(format, fileSize: UInt64(bytes.count))
    for window in [1 << 15, 1 << 18] {
      let alone = try hits(walker, bytes, window: window)
      #expect(try hits(walker, bytes, window: window, threads: threads) == alone)
      #expect(alone.contains { 360_000..<420_000 ~= $0 })
      #expect(alone.contains { $0 > 1_120_000 })
    }
  }

  /// What a damaged record claims to reach up to may hold whole ones.
  @Test(arguments: HostileFile.Format.allCases, 1...8)
  private func `finds the same records inside a damaged one`(
    format: HostileFile.Format, seed: Int
  ) throws {
    let bytes = HostileFile(format, seed: UInt64(200 + seed), size: 12_000).bytes
    let walker = walker(format, fileSize: UInt64(bytes.count))
    let directory = try TemporaryDirectory()
    _ = try directory.write(bytes, to: "file")
    let file = try directory.open().openFile(FileName("file"))
    let end = UInt64(bytes.count)
    for claimed in stride(from: UInt64(3_000), to: end, by: 137) {
      var places: [UInt64?] = []
      for one in [walker, unnoted(walker)] {
        var search = try ResyncSearch(
          file, walker: one, end: end, budget: ReadBudget(allocatedSize: 1 << 40))
        var window = FileWindow(capacity: 1 << 15)
        let hit = try search.next(
          in: file, window: &window, from: 11, after: 10,
          Fault(.checksum, claimedLength: claimed, stored: 1, computed: 2))
        switch hit {
        case .records(let offset)?, .stale(let offset, _)?: places.append(offset)
        case nil: places.append(nil)
        }
      }
      #expect(places[0] == places[1], "claimed \(claimed)")
    }
  }
}
