import LogFiles
import Testing

@testable import LogFormats

struct `Fingerprints of keys` {
  /// Where many keys have the same place in a table, each search goes through all of them.
  @Test(arguments: ["", "k", "user:", "a/longer/prefix/of/keys/", "exactly"])
  func `spread over a table whatever the keys have in common`(prefix: String) {
    let fingerprints = KeyFingerprints()
    var places: Set<Int> = []
    for number in 100_000..<104_096 {
      let key = Array((prefix + String(number)).utf8)
      let (first, second) = fingerprints.of(key.rawBytes)
      places.insert(KeyFingerprints.place(first) & 4095)
      #expect(first < 1 << 61 && second < 1 << 61)
    }
    // Of so many places as keys, chance leaves a third empty.
    #expect(places.count > 2_000)
  }

  @Test func `differ for keys of every length that differ in one byte, or in their length`() {
    let fingerprints = KeyFingerprints()
    var found: Set<[UInt64]> = []
    var keys = 0
    for length in 0...40 {
      var key = [UInt8](repeating: 0, count: length)
      for place in 0...length {
        if place < length { key[place] = 0x80 }
        let (first, second) = fingerprints.of(key.rawBytes)
        found.insert([first, second])
        keys += 1
        if place < length { key[place] = 0 }
      }
    }
    #expect(found.count == keys)
  }
}
