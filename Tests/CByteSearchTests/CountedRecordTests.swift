import CByteSearch
import LogFormats
import Testing

/// Counting from one record to the next, against a plain loop over the same notes.
@Suite struct `Records counted by their notes` {
  /// Bytes of records with their notes, damage between them, and foreign bytes.
  private struct Noted {
    private var random: SeededGenerator
    private(set) var bytes: [UInt8] = []
    private(set) var notes: [UInt32] = []
    private let isNoriWAL: Bool

    init(seed: UInt64, isNoriWAL: Bool, size: Int) {
      random = SeededGenerator(seed: seed)
      self.isNoriWAL = isNoriWAL
      append(record: true)
      while bytes.count < size { append() }
      // What the end of the file cuts is none.
      for (place, note) in notes.enumerated() where note & ((1 << 30) - 1) > bytes.count - place {
        notes[place] = 0
      }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
      Int.random(in: range, using: &random)
    }

    private mutating func some(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// A record, or a damaged one of which nothing is noted.
    private mutating func append(record isRecord: Bool, inside: [UInt32]? = nil) {
      let size = inside?.count ?? number(0...150)
      var record: [UInt8] = []
      if isNoriWAL {
        // Now and then in a longer form than is needed.
        let first = UInt8(number(0...1))
        let key = number(0...9) == 0 ? [0x80 | first, 0x80, 0] : [first]
        let flags: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 0x0c, 0x20]
        let chosen = flags[number(0...(isRecord ? 15 : 18))]
        record = key + (size < 128 ? [UInt8(size)] : [UInt8(size & 127) | 128, 1]) + [chosen]
        if chosen & 2 != 0 { record += number(0...1) == 0 ? [5] : [0xff, 0x80, 1] }
        if key[0] & 1 == 1 { record.append(0x6b) }
      } else {
        record = [1] + some(8) + [2] + some(4)
      }
      let start = record.count
      // What is noted of bytes in a value is the header of a record.
      record += inside == nil ? some(size) : [UInt8](repeating: 1, count: size)
      record += (isNoriWAL ? some(4) : [3])
      var noted = [UInt32](repeating: 0, count: record.count)
      if let inside { noted.replaceSubrange(start..<start + size, with: inside) }
      if isRecord { noted[0] = UInt32(record.count) | (isNoriWAL ? 0 : UInt32(wl_unknown_record)) }
      bytes += record
      notes += noted
    }

    private mutating func append() {
      switch number(0...19) {
      case 0...9: append(record: true)
      case 10...12: append(record: false)
      case 13:
        let inside = (0..<40).map { place -> UInt32 in
          switch number(0...30) {
          case 0: return UInt32(7 + number(0...60))
          case 1: return UInt32(44 - place)
          case 2: return UInt32(wl_large_record)
          default: return 0
          }
        }
        append(record: false, inside: inside)
      case 14:
        bytes += [UInt8](repeating: 0, count: number(1...9))
        notes += [UInt32](repeating: 0, count: bytes.count - notes.count)
      case 15:
        bytes += [UInt8](repeating: 1, count: 12)
        let others = [UInt32(wl_unknown_record), UInt32(wl_large_record), 9]
        notes.append(others[number(0...2)])
        notes += [UInt32](repeating: 0, count: 11)
      default:
        bytes += [[UInt8(0xee)], some(number(1...40))][number(0...1)]
        notes += [UInt32](repeating: 0, count: bytes.count - notes.count)
      }
    }
  }

  /// What is known of the offsets of a part, whose notes are `noted`.
  private struct Known {
    let bytes: [UInt8]
    let notes: [UInt32]
    let noted: [UInt32]
    let part: Range<Int>
    let remaining: Int
    let looked: wl_looked_at

    func note(_ place: Int) -> UInt32? { part.contains(place) ? notes[place] : nil }

    func length(_ place: Int, adding bits: UInt32) -> Int? {
      guard let note = note(place), note > bits, note < (bits == 0 ? 1 << 30 : 1 << 31) else {
        return nil
      }
      return Int(note - bits)
    }

    func isNothing(_ place: Int) -> Bool {
      note(place) == 0 && place + 4 <= bytes.count && bytes[place..<place + 4].contains { $0 != 0 }
    }

    func next(_ start: Int) -> Int {
      bytes.withUnsafeBytes { source in
        var searched = wl_searched(
          bytes: source.baseAddress, count: source.count, from: part.lowerBound,
          stop: part.upperBound, remaining: UInt64(remaining))
        guard start < part.upperBound else { return start }
        return wl_next_followed(
          &searched, noted, start, looked.large, looked.follows_large)
      }
    }

    /// Where the header at `start` ends, its flags, and what it claims.
    func header(_ start: Int) -> (flags: UInt8, length: Int)? {
      var place = start
      func varint() -> UInt64? {
        var value: UInt64 = 0
        for index in 0..<10 {
          value |= UInt64(bytes[place] & 0x7f) << UInt64(7 * index)
          place += 1
          if bytes[place - 1] < 0x80 { return value }
        }
        return nil
      }
      guard let key = varint(), let value = varint() else { return nil }
      let flags = bytes[place]
      place += 1
      if flags & 12 == 12 || flags & 2 != 0 && varint() == nil { return nil }
      let most = UInt64(remaining)
      guard key <= most, value <= most else { return nil }
      let length = place - start + Int(key) + Int(value) + 4
      return length <= remaining - start ? (flags, length) : nil
    }
  }

  private func flags(_ known: Known, _ place: Int) -> UInt8 {
    var place = place
    for _ in 0..<2 {
      while known.bytes[place] >= 0x80 { place += 1 }
      place += 1
    }
    return known.bytes[place]
  }

  private func plainNoriWAL(_ known: Known, longest: Int, _ counted: inout wl_counted_records)
    -> Bool
  {
    func usual(_ place: Int) -> (length: Int, kind: UInt8)? {
      guard let length = known.length(place, adding: 0), length <= longest else { return nil }
      let flags = flags(known, place)
      return flags < 4 ? (length, flags) : nil
    }
    while true {
      var (place, kinds) = (counted.place, [UInt64](repeating: 0, count: 4))
      while let (length, kind) = usual(place) {
        kinds[Int(kind)] += 1
        place += length
      }
      guard place > counted.place, known.isNothing(place), known.bytes.count - place >= 32 else {
        return false
      }
      var (start, inside) = (place + 1, 0)
      if let (_, length) = known.header(place) {
        let boundary = place + length
        if known.length(boundary, adding: 0) != nil {
          let ending = (place + 1..<boundary).contains { inner in
            let note = known.notes[inner]
            return note & (1 << 31) == 0 && note != 0
              && (note >= 1 << 30 || inner + Int(note) == boundary)
          }
          guard !ending, counted.inside + length - 1 <= Int(known.looked.most_inside) else {
            return false
          }
          (start, inside) = (boundary, length - 1)
        } else if !known.isNothing(boundary) || known.bytes.count - boundary < 32 {
          return false
        } else if counted.is_walked, let (_, claimed) = known.header(boundary),
          claimed > known.bytes.count - boundary
        {
          return false
        }
      }
      let next = inside > 0 ? start : known.next(start)
      if inside == 0, let note = known.note(next), note >= 1 << 30, note < 1 << 31 { return false }
      counted.kinds.0 += kinds[0]
      counted.kinds.1 += kinds[1]
      counted.kinds.2 += kinds[2]
      counted.kinds.3 += kinds[3]
      counted.bytes += place - counted.place
      counted.inside += inside
      counted.place = next
      counted.is_walked = inside > 0
      if inside > 0 { continue }
      guard let (length, _) = usual(next), known.length(next + length, adding: 0) != nil else {
        return true
      }
    }
  }

  private func plainOkayWAL(_ known: Known, _ counted: inout wl_counted_records) -> Bool {
    let closer = UInt32(wl_unknown_record)
    while true {
      var (place, entries) = (counted.place, UInt64(0))
      while let length = known.length(place, adding: closer) {
        entries += 1
        place += length
      }
      guard entries > 0, place <= known.part.upperBound, place < known.bytes.count,
        known.bytes[place] != 1
      else { return false }
      let next = known.next(place)
      if known.note(next) == closer { return false }
      counted.kinds.0 += entries
      counted.bytes += place - counted.place
      counted.place = next
      counted.is_walked = false
      if known.length(next, adding: closer) == nil { return true }
    }
  }

  @Test(arguments: 1...20, [true, false])
  func `are those of a plain loop`(seed: Int, isNoriWAL: Bool) {
    let noted = Noted(seed: UInt64(seed), isNoriWAL: isNoriWAL, size: 4_000)
    let count = noted.bytes.count
    // Of their own size, so that a read behind the end shows.
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { source.deallocate() }
    source.copyBytes(from: noted.bytes)
    var rounds = 0
    for part in [0..<count, 0..<count / 2, count / 3..<count - 50, count - 9..<count] {
      let words = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: part.count)
      defer { words.deallocate() }
      _ = words.initialize(from: noted.notes[part])
      let known = Known(
        bytes: noted.bytes, notes: noted.notes, noted: Array(noted.notes[part]), part: part,
        remaining: count + seed % 2 * 5_000,
        looked: wl_looked_at(
          large: seed % 3 != 0, follows_large: seed % 5 != 0,
          most_inside: [1 << 40, 0, 200][seed % 3]))
      var searched = wl_searched(
        bytes: source.baseAddress, count: count, from: part.lowerBound, stop: part.upperBound,
        remaining: UInt64(known.remaining))
      for hit in part where known.notes[hit] != 0 {
        var (fast, plain) = (wl_counted_records(), wl_counted_records())
        fast.place = hit
        plain.place = hit
        fast.is_walked = hit % 2 == 0
        plain.is_walked = fast.is_walked
        let longest = seed % 4 == 0 ? 100 : 131_072
        let isSearched =
          isNoriWAL
          ? wl_count_nori_wal_records(&searched, words.baseAddress, known.looked, longest, &fast)
          : wl_count_okaywal_entries(&searched, words.baseAddress, known.looked, &fast)
        let expected =
          isNoriWAL
          ? plainNoriWAL(known, longest: longest, &plain) : plainOkayWAL(known, &plain)
        #expect(isSearched == expected && fast.place == plain.place, "from \(hit) in \(part)")
        #expect(fast.kinds == plain.kinds && fast.bytes == plain.bytes, "from \(hit) in \(part)")
        #expect(
          fast.is_walked == plain.is_walked && fast.inside == plain.inside, "from \(hit) in \(part)"
        )
        rounds += fast.bytes > 0 ? 1 : 0
      }
    }
    #expect(rounds > 0)
  }
}
