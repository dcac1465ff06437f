import TerminalUI
import Testing
import SafeText

/// What a terminal must never be sent, whatever the text was.
func isSafe(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator: false
  default: !scalar.properties.isVariationSelector && !scalar.properties.isDefaultIgnorableCodePoint
  }
}

@Suite("Foreign bytes as text")
struct DisplayTextTests {
  @Test(
    "Sequences that act on a terminal are shown as text",
    arguments: [
      ("\u{1b}]52;c;QUJD\u{07}", #"\x1b]52;c;QUJD\x07"#),
      ("\u{1b}]0;owned\u{1b}\\", #"\x1b]0;owned\x1b\"#),
      ("\u{1b}[2J\u{1b}[31m", #"\x1b[2J\x1b[31m"#),
      ("\u{1b}P$qm\u{1b}\\", #"\x1bP$qm\x1b\"#),
      ("\u{9b}31m", #"\u{9b}31m"#),
      ("\u{9d}0;t\u{9c}", #"\u{9d}0;t\u{9c}"#),
      ("a\tb\nc\rd\u{0}e\u{7f}", #"a\tb\nc\rd\x00e\x7f"#),
      ("\u{202e}gpj.exe\u{2066}\u{61c}\u{200e}", #"\u{202e}gpj.exe\u{2066}\u{61c}\u{200e}"#),
      ("a\u{2028}b\u{2029}c", #"a\u{2028}b\u{2029}c"#),
      ("a\u{200b}b\u{200d}c\u{feff}", #"a\u{200b}b\u{200d}c\u{feff}"#),
      ("\u{fff9}a\u{fffa}b\u{fffb}", #"\u{fff9}a\u{fffa}b\u{fffb}"#),
      ("\u{e0041}\u{e007f}", #"\u{e0041}\u{e007f}"#),
      ("\u{2764}\u{fe0f}\u{fe0f}", "\u{2764}" + #"\u{fe0f}\u{fe0f}"#),
      ("\u{e000}\u{378}\u{10ffff}", #"\u{e000}\u{378}\u{10ffff}"#),
      (#"C:\n stays"#, #"C:\n stays"#),
      ("naïve 漢字 🙂", "naïve 漢字 🙂"),
    ])
  func corpus(text: String, shown: String) {
    #expect(DisplayText.escape(text) == shown)
    var appended: [UInt8] = []
    DisplayText.append(Array(text.utf8).span.bytes, to: &appended)
    #expect(String(decoding: appended, as: UTF8.self) == shown)
  }

  @Test(
    "Bytes that are no UTF-8 are shown one by one",
    arguments: [
      ([0xFF, 0xFE], #"\xff\xfe"#), ([0x9B, 0x41], #"\x9bA"#),
      ([0xC0, 0xAF], #"\xc0\xaf"#), ([0xE0, 0x80, 0xAF], #"\xe0\x80\xaf"#),
      ([0xED, 0xA0, 0x80], #"\xed\xa0\x80"#), ([0xF4, 0x90, 0x80, 0x80], #"\xf4\x90\x80\x80"#),
      ([0xF0, 0x80, 0x80, 0x80], #"\xf0\x80\x80\x80"#), ([0xE2, 0x82], #"\xe2\x82"#),
      ([0xE2, 0x82, 0x41], #"\xe2\x82A"#), ([0xC3, 0xA9, 0xA9], "é" + #"\xa9"#),
    ] as [([UInt8], String)])
  func invalid(bytes: [UInt8], shown: String) {
    #expect(DisplayText.escape(bytes) == shown)
  }

  @Test("No scalar at all gets an unsafe one through, and ASCII output is ASCII")
  func everyScalar() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array("a".utf8) + Array(String(Character(scalar)).utf8)
      let shown = DisplayText.escape(bytes)
      if !shown.unicodeScalars.allSatisfy(isSafe) { Issue.record("U+\(String(value, radix: 16))") }
      if value % 7 == 0, !DisplayText.escape(bytes, ascii: true).utf8.allSatisfy({ $0 < 0x7F }) {
        Issue.record("not ASCII for U+\(String(value, radix: 16))")
      }
    }
  }

  @Test("Random bytes become safe text of exactly the columns that are told")
  func randomBytes() {
    var random = SplitMix(state: 1)
    for _ in 0..<3_000 {
      let bytes = random.foreignBytes(count: Int.random(in: 0...40, using: &random))
      let columns = Int.random(in: 0...30, using: &random)
      let line = DisplayText.line(bytes, columns: columns)
      #expect(line.columns <= columns)
      #expect(line.text.unicodeScalars.allSatisfy(isSafe))
      let counted = line.text.unicodeScalars.reduce(0) { $0 + CharacterWidth($1).columns }
      #expect(counted == line.columns)
      #expect(line.isCut == (DisplayText.columns(of: DisplayText.escape(bytes)) > columns))
      #expect(DisplayText.escape(bytes, columns: columns) == line.text)
    }
  }

  @Test("A base keeps three marks of a flood; marks without a base are shown by number")
  func combiningFlood() {
    let mark = "\u{301}"
    let shown = DisplayText.escape("e" + String(repeating: mark, count: 6) + "x")
    #expect(shown == "e\u{301}\u{301}\u{301}" + #"\u{301}\u{301}\u{301}x"#)
    #expect(DisplayText.escape(mark + "a") == #"\u{301}a"#)
    #expect(DisplayText.escape("\u{1b}" + mark) == #"\x1b\u{301}"#)
  }

  @Test("A cut line ends in an ellipsis and never in half an escape")
  func cutting() {
    #expect(DisplayText.escape("abcdef", columns: 6) == "abcdef")
    #expect(DisplayText.escape("abcdefg", columns: 6) == "abcde…")
    #expect(DisplayText.escape("abcdefg", columns: 6, ascii: true) == "abc...")
    #expect(DisplayText.escape("ab\u{1b}cd", columns: 5) == "ab…")
    #expect(DisplayText.escape("漢字漢", columns: 5) == "漢字…")
    #expect(DisplayText.escape("漢字漢", columns: 4) == "漢…")
    #expect(DisplayText.escape("abc", columns: 1) == "…")
    #expect(DisplayText.escape("abc", columns: 0) == "")
    #expect(DisplayText.escape("abc", columns: 2, ascii: true) == "..")
  }

  @Test("Lines are wrapped at blanks, and long words where they must be")
  func wrapping() {
    func wrap(_ text: String, _ columns: Int) -> [String] {
      DisplayText.wrap(text, columns: columns).map(\.text)
    }
    #expect(wrap("the log ends here", 9) == ["the log", "ends here"])
    #expect(wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"])
    #expect(wrap("  keys: open it", 10) == ["  keys:", "  open it"])
    #expect(wrap("a\n\nb", 5) == ["a", "", "b"])
    #expect(wrap("", 5) == [""])
    #expect(wrap("漢字漢字", 5) == ["漢字", "漢字"])
    #expect(wrap("ab cd", 0).joined().contains("a"))
  }

  @Test("Every wrapped line fits, and nothing but blanks is lost")
  func wrappingLosesNothing() {
    var random = SplitMix(state: 2)
    for _ in 0..<500 {
      let text = String((0..<30).map { _ in "ab c漢 \u{1b}".randomElement(using: &random) ?? "a" })
      let columns = Int.random(in: 4...14, using: &random)
      let lines = DisplayText.wrap(text, columns: columns)
      #expect(lines.allSatisfy { $0.columns <= columns })
      #expect(
        lines.map(\.text).joined().filter { $0 != " " }
          == DisplayText.escape(text).filter { $0 != " " })
    }
  }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// Bytes that hold much of what is hard to show.
  mutating func foreignBytes(count: Int) -> [UInt8] {
    let pieces: [[UInt8]] = [
      [0x1B], [0x9B], [0x0A], [0xFF], [0xE2, 0x82], Array("漢".utf8), Array("e\u{301}".utf8),
      Array("\u{301}".utf8), Array("🙂".utf8), Array("\u{202E}".utf8), Array("abc ".utf8),
      Array("\u{1F1E9}\u{1F1EA}".utf8), Array("\u{1F44D}\u{1F3FD}".utf8), Array("한".utf8),
    ]
    return (0..<count).flatMap { _ in
      Bool.random(using: &self)
        ? [UInt8.random(in: 0...255, using: &self)] : pieces.randomElement(using: &self) ?? []
    }
  }
}
