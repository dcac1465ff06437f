import CByteSearch
import CChecksum
import LogFiles

/// What could stand at each offset of a part of a window: how resync passes over foreign bytes
/// without framing a record at each of them.
///
/// A note may only leave out what `SegmentWalker.frame` does not take for a record, and what is not
/// whole in the window and unlike the owner's records: no bytes are read to prove it, nor does it
/// prove the record before it. What is noted with its length it does take for one, which does not
/// stand alone; all else is framed before it counts.
@safe public struct PlaceNotes: ~Copyable {
  /// What is noted of an offset.
  enum Note: Equatable {
    case noRecord
    /// A record of this many bytes, all of them in the window.
    case record(length: Int)
    /// What looks like a record and is not whole in the window.
    case large
    case unknown

    init(_ word: UInt32) {
      switch word {
      case UInt32(wl_no_record): self = .noRecord
      case UInt32(wl_large_record)...: self = .large
      case UInt32(wl_unknown_record)...: self = .unknown
      default: self = .record(length: Int(word))
      }
    }
  }

  /// The offsets of the window, from its first byte, whose notes are here.
  public private(set) var part = 0..<0
  private var words: UnsafeMutableBufferPointer<UInt32>
  /// Whether what is not whole in the window has to be looked at, where it stands and where it may
  /// prove the record before it: there is a budget for that, until it is used up.
  var looksAtLarge = true
  var followsLarge = true

  public init() { unsafe words = .allocate(capacity: 0) }

  deinit { unsafe words.deallocate() }

  /// Starts the notes of another part, whose words a walker then writes.
  mutating func begin(_ part: Range<Int>) {
    self.part = part
    if unsafe words.count < part.count {
      unsafe words.deallocate()
      unsafe words = .allocate(capacity: part.count)
    }
  }

  /// Notes that anything could stand anywhere.
  mutating func leaveUnknown() {
    // Sound: there is a word for each offset of the part.
    unsafe words.baseAddress?.update(repeating: UInt32(wl_unknown_record), count: part.count)
  }

  /// Gives the words of the part to `body`; false where there are none.
  @inline(__always)
  func withWords(_ body: (UnsafePointer<UInt32>) -> Bool) -> Bool {
    guard let first = unsafe words.baseAddress else { return false }
    return unsafe body(first)
  }

  subscript(place: Int) -> Note {
    guard part.contains(place) else { return .unknown }
    // Sound: there is a word for each offset of the part.
    return unsafe Note(words[place - part.lowerBound])
  }

  mutating func strike(_ place: Int) {
    guard part.contains(place) else { return }
    // Sound: there is a word for each offset of the part.
    unsafe words[place - part.lowerBound] = 0
  }

  /// Strikes out records behind which no record can be: where records need proof, they lead to
  /// none, and neither does what leads to them.
  mutating func strikeUnfollowed(_ bytes: RawSpan) {
    guard let bytes = bytes.slice(part.lowerBound, part.count) else { return }
    // Sound: the bytes of the part are there, and a word for each of them.
    unsafe bytes.withUnsafeBytes { source in
      unsafe wl_strike_unfollowed(source.baseAddress, source.count, words.baseAddress)
    }
  }

  /// Strikes out all but what has to be looked at closer.
  mutating func strikeRecords() {
    // Sound: there is a word for each offset of the part.
    unsafe wl_strike_records(part.count, words.baseAddress)
  }

  /// Whether a whole record is noted at `place`.
  @inline(__always)
  func holdsRecord(at place: Int) -> Bool {
    switch self[place] {
    case .record: true
    case .noRecord, .large, .unknown: false
    }
  }

  /// Whether it is noted that nothing is at `place`, and no zeros are there, which can follow any
  /// record.
  @inline(__always)
  func isEmpty(at place: Int, _ bytes: RawSpan) -> Bool {
    guard part.contains(place), self[place] == .noRecord,
      let word = bytes.le(UInt32.self, at: place)
    else { return false }
    return word != 0
  }

  /// The first offset from `place` on that has to be looked at: one with another note than "no
  /// record", which is not that of a record behind which nothing can be.
  @inline(__always)
  func nextFollowed(_ bytes: RawSpan, from place: Int) -> Int? {
    guard part.contains(place), part.upperBound <= bytes.byteCount else { return nil }
    // Sound: the bytes up to the part's end are there, and a word for each of its offsets.
    let found = unsafe bytes.withUnsafeBytes { source in
      var searched = unsafe wl_searched(
        bytes: source.baseAddress, count: source.count, from: part.lowerBound,
        stop: part.upperBound, remaining: 0)
      return unsafe wl_next_followed(
        &searched, words.baseAddress, place, looksAtLarge, followsLarge)
    }
    return found < part.upperBound ? found : nil
  }

  /// The first offset from `place` on with another note than "no record".
  func next(from place: Int) -> Int? {
    guard part.contains(place), let first = unsafe words.baseAddress else { return nil }
    // Sound: there is a word for each offset of the part.
    let found = unsafe wl_next_noted(first, place - part.lowerBound, part.count)
    return found < part.count ? part.lowerBound + found : nil
  }

  /// All offsets with another note than "no record", in order.
  func places() -> [Int] {
    var places: [Int] = []
    var from = part.lowerBound
    while let place = next(from: from) {
      places.append(place)
      from = place + 1
    }
    return places
  }

  // MARK: Looking for records

  /// Notes records that start with two varints and flags and end with a CRC-32C of the rest. Those
  /// whose flags tell of compression are left for a closer look.
  ///
  /// `remaining` counts from the first of `bytes` to the end of the file.
  mutating func findNoriWALRecords(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums
  ) {
    unsafe checksums.withPrefixes(bytes) { prefixes in
      unsafe look(bytes, remaining) { searched, lengths in
        unsafe wl_find_nori_wal_records(searched, lengths)
        unsafe wl_crc32c_keep_enclosed(
          prefixes, searched.pointee.from, searched.pointee.stop, lengths)
      }
    }
  }

  /// Notes records that start with the lengths of a key and a value, highest byte first. Those that
  /// are the same as `marker` are left for a closer look.
  mutating func findCountedRecords(
    _ bytes: RawSpan, remaining: UInt64, keyLimit: UInt32, valueLimit: UInt32,
    unlike marker: [UInt8]
  ) {
    unsafe look(bytes, remaining) { searched, lengths in
      unsafe wl_find_counted_records(
        searched, keyLimit, valueLimit, marker, marker.count, lengths)
    }
  }

  /// Notes entries that start with a marker, an id and a chunk, as `OkayWALEntry` has them; those
  /// whose chunks fit their checksums are left for a closer look.
  mutating func findOkayWALEntries(
    _ bytes: RawSpan, remaining: UInt64, leastID: UInt64, checksums: borrowing WindowChecksums
  ) {
    unsafe look(bytes, remaining) { searched, lengths in
      unsafe wl_find_okaywal_entries(searched, leastID, lengths)
    }
    var from = part.lowerBound
    while let place = next(from: from) {
      from = place + 1
      guard self[place] == .unknown else { continue }
      let entry = OkayWALEntry.WholeEntry(
        bytes, at: place, leastID: leastID, checksums: checksums)
      switch entry {
      case .none: strike(place)
      case .unknown: break
      case .entry(let length): noteLength(length, ofUnknown: place)
      }
    }
  }

  /// Notes how long what has to be looked at closer is: an entry that has passed all checks.
  private mutating func noteLength(_ length: Int, ofUnknown place: Int) {
    guard part.contains(place), length < Int(wl_unknown_record) else { return }
    // Sound: there is a word for each offset of the part.
    unsafe words[place - part.lowerBound] = UInt32(wl_unknown_record) + UInt32(length)
  }

  /// So many offsets at once that their notes are in the nearest cache when they are looked at again.
  private static let step = 1 << 12

  /// Gives the bytes, and the words of some of the offsets, to a search, until all are written.
  private mutating func look(
    _ bytes: RawSpan, _ remaining: UInt64,
    _ body: (UnsafePointer<wl_searched>, UnsafeMutablePointer<UInt32>) -> Void
  ) {
    let offsets = part.clamped(to: 0..<bytes.byteCount)
    if offsets != part { leaveUnknown() }
    guard let lengths = unsafe words.baseAddress, !offsets.isEmpty else { return }
    // Sound: the searches read the bytes they are given, whose number they know, and write a word
    // for each of their offsets.
    unsafe bytes.withUnsafeBytes { source in
      for from in stride(from: offsets.lowerBound, to: offsets.upperBound, by: Self.step) {
        var searched = unsafe wl_searched(
          bytes: source.baseAddress, count: source.count, from: from,
          stop: min(offsets.upperBound, from + Self.step), remaining: remaining)
        unsafe body(&searched, lengths + (from - part.lowerBound))
      }
    }
  }
}
