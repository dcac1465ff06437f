import CByteSearch
import LogFiles

/// Counting records in C, by what is noted of a part of a window.
extension PlaceNotes {
  /// Counts nori-wal records from the one at `hit` on, none with more bytes than `longest`.
  func countNoriWALRecords(
    _ bytes: RawSpan, remaining: UInt64, longest: Int, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop {
    unsafe count(bytes, remaining: remaining, from: hit, &budget, into: &counted) {
      unsafe wl_count_nori_wal_records($0, $1, $2, longest, $3)
    }
  }

  /// Counts okaywal entries from the one at `hit` on.
  func countOkayWALEntries(
    _ bytes: RawSpan, remaining: UInt64, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop {
    unsafe count(bytes, remaining: remaining, from: hit, &budget, into: &counted) {
      unsafe wl_count_okaywal_entries($0, $1, $2, $3)
    }
  }

  @inline(__always)
  private func count(
    _ bytes: RawSpan, remaining: UInt64, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords,
    _ body: (
      UnsafePointer<wl_searched>, UnsafePointer<UInt32>, wl_looked_at,
      UnsafeMutablePointer<wl_counted_records>
    ) -> Bool
  ) -> CountingStop {
    guard part.contains(hit), part.upperBound <= bytes.byteCount else { return .records(at: hit) }
    // As long as the budget is not used up, what is looked at stays the same.
    let spared = ResyncSearch.glance
    let looked = wl_looked_at(
      large: looksAtLarge, follows_large: followsLarge,
      most_inside: budget.left > spared ? budget.left - spared : 0)
    var found = wl_counted_records()
    found.place = hit
    found.is_walked = counted.isWalked
    // Sound: the bytes up to the part's end are there, and a word for each of its offsets.
    let isSearched = unsafe bytes.withUnsafeBytes { source in
      var searched = unsafe wl_searched(
        bytes: source.baseAddress, count: source.count, from: part.lowerBound,
        stop: part.upperBound, remaining: remaining)
      return unsafe withWords { unsafe body(&searched, $0, looked, &found) }
    }
    counted.add(kinds: found.kinds, bytes: found.bytes)
    counted.isWalked = found.is_walked
    _ = budget.spend(UInt64(found.inside))
    return isSearched ? .search(from: found.place) : .records(at: found.place)
  }
}

extension RecordPassage {
  /// Records of `bytes` that start with the lengths of a key and a value, highest byte first, from the
  /// first byte on, which is at `offset` in the file: up to one that is the same as `marker`, or to a
  /// place of which resync may know more.
  init(
    ofCountedRecords bytes: RawSpan, at offset: UInt64, keyLimit: UInt32, valueLimit: UInt32,
    upTo marker: [UInt8]
  ) {
    // Sound: the bytes are only read, and only during the call.
    let passed = unsafe bytes.withUnsafeBytes {
      unsafe wl_pass_counted_records(
        $0.baseAddress, $0.count, offset, keyLimit, valueLimit, marker, marker.count)
    }
    records = UInt64(passed.count)
    length = UInt64(passed.length)
    endsInProof = passed.ends_with_marker
  }
}
