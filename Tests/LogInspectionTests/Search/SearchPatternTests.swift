import LogFiles
import LogInspection
import Testing

@Suite struct `A search pattern` {
  private func place(of pattern: SearchPattern, in text: [UInt8]) -> Int? {
    pattern.firstMatch(in: text.rawBytes)
  }

  @Test(arguments: [
    ("ada", "xxADAxx", true), ("Ada", "xxADAxx", false), ("Ada", "xxAdaxx", true),
    ("x:00 ff", "a\u{0}\u{ff}", false), ("aab", "aaab", true), ("abab", "ababab", true),
    ("ß", "Straße", true), ("longer than that", "short", false), ("t:x:00", "ax:00b", true),
    ("t:k:a", "k:a", true),
  ])
  func `fits what it should and nothing else`(
    _ pattern: String, _ text: String, _ isFound: Bool
  ) throws {
    let pattern = try SearchPattern(pattern)
    #expect(pattern.occurs(in: Array(text.utf8)) == isFound)
  }

  @Test func `agrees with a plain search on every small text`() throws {
    let letters: [UInt8] = [0x61, 0x62]
    func words(_ length: Int) -> [[UInt8]] {
      length == 0 ? [[]] : words(length - 1).flatMap { word in letters.map { word + [$0] } }
    }
    for length in 1...4 {
      for wanted in words(length) {
        let pattern = try SearchPattern(String(decoding: wanted, as: UTF8.self))
        for text in words(7) {
          let plain = (0...7 - length).first { Array(text[$0..<$0 + length]) == wanted }
          #expect(place(of: pattern, in: text) == plain)
        }
      }
    }
  }

  @Test func `is found wherever it stands in a long text, in either case`() throws {
    let wanted = Array("needle-17".utf8)
    let pattern = try SearchPattern("needle-17")
    for size in [9, 63, 64, 65, 72, 200] {
      for start in 0...size - wanted.count {
        var text = [UInt8](repeating: UInt8(ascii: "n"), count: size)
        text.replaceSubrange(start..<start + wanted.count, with: Array("NEEDLE-17".utf8))
        #expect(place(of: pattern, in: text) == start)
        text[start + 4] = UInt8(ascii: "m")
        #expect(place(of: pattern, in: text) == nil)
      }
    }
  }

  @Test func `costs no more on a text that almost fits everywhere`() throws {
    // Each place fits for thousands of bytes: compared one by one that is 10 to the 10th steps.
    let count = 4 << 20
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: count)
    let half = String(repeating: "a", count: 8_000)
    let clock = ContinuousClock()
    let plain = try clock.measure {
      let pattern = try SearchPattern("x:" + String(repeating: "62", count: 16_001))
      #expect(place(of: pattern, in: text) == nil)
    }
    let hostile = try clock.measure {
      let pattern = try SearchPattern(half + "b" + half)
      #expect(place(of: pattern, in: text) == nil)
      let there = text + Array((half + "b" + half).utf8)
      #expect(place(of: pattern, in: there) == text.count)
    }
    #expect(hostile < max(plain, .milliseconds(10)) * 100)
  }

  @Test func `takes bytes as hexadecimal digits and says what is wrong with them`() throws {
    #expect(try SearchPattern("x:DE ad be").bytes == [0xde, 0xad, 0xbe])
    #expect(try SearchPattern("k:x:de").wantsKey)
    for (mistake, word) in [
      ("x:", "nothing"), ("x:dea", "two"), ("x:zz", "hexadecimal"), ("", "nothing"),
      ("k:", "nothing"),
    ] {
      let error = #expect(throws: SearchPattern.Mistake.self) { try SearchPattern(mistake) }
      #expect(error?.message.contains(word) == true)
    }
    #expect(throws: SearchPattern.Mistake.self) {
      try SearchPattern(String(repeating: "a", count: SearchPattern.lengthLimit + 1))
    }
  }
}
