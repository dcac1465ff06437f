import LogFiles
import LogFormats
import LogInspection
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("The screen of records")
final class RecordsScreenTests {
  /// Their files live as long as the test.
  private var stories: [LogStory] = []

  /// A segment with damage in the middle, which one flipped bit explains, and records behind it.
  static func damagedStory() throws -> LogStory {
    let story = try LogStory()
    for number in 0..<40 {
      story.write(
        "user:\(1_000 + number)",
        "{\"name\":\"ada \(number)\",\"tags\":[\"a\",\"b\"],\"n\":\(number)}")
    }
    story.flip(bit: 3, at: story.records[20].lowerBound + 20)
    try story.save()
    return story
  }

  private func open(
    _ story: LogStory, rows: Int = 24, columns: Int = 80,
    options: InspectorOptions = InspectorOptions()
  ) -> InspectorSession {
    stories.append(story)
    let session = InspectorSession(
      story.directory.path(story.fileName), rows: rows, columns: columns, options: options)
    session.press(.enter)
    return session
  }

  private func expect(
    _ session: InspectorSession, shows texts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for text in texts where !session.text.contains(text) {
      Issue.record("no \(text) in\n\(session.text)", sourceLocation: sourceLocation)
    }
  }

  @Test("looks as it was approved, on a small and on a large screen, in Unicode and in ASCII")
  func golden() throws {
    let story = try Self.damagedStory()
    for ascii in [false, true] {
      var options = InspectorOptions()
      options.ascii = ascii
      let kind = ascii ? "-ascii" : ""
      let small = open(story, options: options)
      expect(small, shows: "then damage", "user:1018")
      try expectGolden(small.stage.draw(), "screens/records\(kind)-80x24.txt")
      small.press(.character("e"))
      expect(small, shows: "explains it", "user:1025")
      try expectGolden(small.stage.draw(), "screens/records-damage\(kind)-80x24.txt")
      small.press(.enter)
      expect(small, shows: "computed")
      small.press(.down, .down, .down)
      expect(small, shows: "computed", "00000460")
      try expectGolden(small.stage.draw(), "screens/record\(kind)-80x24.txt")
      let large = open(story, rows: 40, columns: 140, options: options)
      expect(large, shows: "then damage", "user:1030", "agree", "\"name\"")
      large.press(.character("e"), .tab)
      expect(large, shows: "differ")
      large.press(.down, .down)
      expect(large, shows: "differ", "00000460", "\"tags\"")
      try expectGolden(large.stage.draw(), "screens/records\(kind)-140x40.txt")
    }
  }

  @Test("goes into a record, its bytes and back, one level at a time")
  func levels() throws {
    let session = open(try Self.damagedStory())
    expect(session, shows: "then damage", "user:1000")
    session.press(.down, .enter)
    expect(session, shows: "record 2", "checksum", "agree")
    session.press(.character("J"))
    expect(session, shows: "record 3", "agree")
    session.press(.character("K"), .character("K"))
    expect(session, shows: "record 1 ", "agree")
    session.press(.character("q"))
    expect(session, shows: "kind", "Record 1 of 39: put")
    session.press(.character("q"))
    expect(session, shows: "verdict")
  }

  @Test("keeps the selected record when the screen changes its size")
  func resize() throws {
    let session = open(try Self.damagedStory())
    expect(session, shows: "then damage", "user:1000")
    session.press(.end)
    expect(session, shows: "Record 39 of 39")
    for (rows, columns) in [(10, 40), (50, 200), (24, 80)] {
      session.handle(.resize(rows: rows, columns: columns))
      #expect(session.lines[0].contains("40/40"))
      #expect(session.lines.contains { $0.contains("39 of 39") })
    }
  }

  @Test("finds texts and bytes in keys and values, forwards and backwards, and says what it did")
  func search() throws {
    let session = open(try Self.damagedStory())
    expect(session, shows: "then damage", "user:1000")
    session.type("/ADA 3")
    session.press(.enter)
    expect(session, shows: "No key or value holds ADA 3.")
    session.type("/ada 3")
    session.press(.enter)
    expect(session, shows: "Record 4 of 39")
    session.press(.character("n"))
    // The damaged record is not counted.
    expect(session, shows: "Record 30 of 39")
    session.press(.character("N"))
    expect(session, shows: "Record 4 of 39")
    session.press(.character("N"))
    expect(session, shows: "The search went on from the end.", "40/40")
    session.type("/x:75 73 65 72 3a 31 30 30 30")
    session.press(.enter)
    expect(session, shows: "The search went on from the start.", "  1/40")
    session.type("/x:7")
    session.press(.enter)
    expect(session, shows: "Behind x: stand two hexadecimal digits")
    session.type("/k:ada")
    session.press(.enter)
    expect(session, shows: "No key holds k:ada.")
  }

  /// The runs of underlined cells of a role.
  private static func underlined(_ buffer: CellBuffer, _ role: Role) -> [String] {
    var runs: [String] = []
    for row in 0..<buffer.rows {
      var run = ""
      for column in 0..<buffer.columns {
        let cell = buffer[row, column]
        if cell.style.role == role, cell.style.attributes.contains(.underline) {
          run += cell.text
        } else if !run.isEmpty {
          runs.append(run)
          run = ""
        }
      }
    }
    return runs
  }

  @Test("marks what was searched for in the rows and in the bytes of a record, and finds it there")
  func marks() throws {
    let session = open(try Self.damagedStory(), rows: 40, columns: 140)
    expect(session, shows: "then damage", "user:1000")
    session.type("/user:1007")
    session.press(.enter)
    expect(session, shows: "Record 8 of 39", "75 73 65 72  3a 31 30 30 37")
    #expect(Self.underlined(session.stage.draw(), .selected).contains("user:1007"))
    #expect(Self.underlined(session.stage.draw(), .found).contains("75"))
    session.press(.tab)
    session.type("/tags")
    session.press(.enter)
    expect(session, shows: "value: 39 bytes", "22 2c 22 74 61", "67 73 22")
    #expect(Self.underlined(session.stage.draw(), .found).contains("74"))
    session.press(.character("n"))
    expect(session, shows: "The search went on from the record's start.")
    session.type("/nowhere")
    session.press(.enter)
    expect(session, shows: "Nothing in this record's bytes is nowhere.")
  }

  @Test("goes to an offset, a record number and a key, and says what is not there")
  func goTo() throws {
    let session = open(try Self.damagedStory())
    expect(session, shows: "then damage", "user:1000")
    for (typed, shown) in [
      ("0x80", "Record 3 of 39"), ("30", "Record 30 of 39"), ("user:1007", "Record 8 of 39"),
      ("40", "There is no record 40"), ("0xffffff", "behind the end of the file"),
      ("nobody", "No record has the key nobody."),
    ] {
      session.type(":\(typed)")
      session.press(.enter)
      expect(session, shows: shown)
    }
  }

  @Test("goes to a key as it is typed for --key, so that each key can be typed")
  func goToTypedKey() throws {
    let story = try LogStory()
    let keys = ["first", "1", "0x1f40", "t:1", "x:31", "next match"].map { Array($0.utf8) }
    for key in keys + [[0xff, 0x20]] { story.write(key: key, value: [1]) }
    try story.save()
    let session = open(story)
    expect(session, shows: "7 records")
    for (typed, shown) in [
      ("t:first", "Record 1 of 7"), ("t:1", "Record 2 of 7"), ("t:0x1f40", "Record 3 of 7"),
      ("t:t:1", "Record 4 of 7"), ("t:x:31", "Record 5 of 7"), ("x:31", "Record 2 of 7"),
      ("t:next match", "Record 6 of 7"), ("x:ff 20", "Record 7 of 7"),
      ("x:f", "two hexadecimal digits for each byte"),
    ] {
      session.type(":\(typed)")
      session.press(.enter)
      expect(session, shows: shown)
    }
  }

  @Test("hides what keys and values hold when that is asked for")
  func redaction() throws {
    var options = InspectorOptions()
    options.redact = true
    let session = open(try Self.damagedStory(), rows: 40, columns: 140, options: options)
    expect(session, shows: "then damage", "hidden", "agree", "00000000")
    session.press(.character("e"))
    expect(session, shows: "differ")
    let screen = session.lines.joined(separator: "\n")
    #expect(!screen.contains("user"))
    #expect(!screen.contains("ada"))
    #expect(!screen.contains("75 73"))
  }

  @Test("lets no hostile key or value reach the terminal or move its neighbours")
  func hostileContents() throws {
    let story = try LogStory()
    let hostile: [[UInt8]] = [
      Array("\u{1b}]52;c;cm0gLXJmIC8=\u{7}".utf8), Array("\u{202e}drowkcab".utf8),
      Array("a\tb\r\nc".utf8), [0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80],
      Array("e".utf8) + Array(String(repeating: "\u{301}", count: 500).utf8),
      Array("\u{9b}31m\u{85}\u{200d}\u{feff}".utf8), Array("漢字漢字漢字漢字漢字漢字".utf8),
    ]
    for bytes in hostile { story.write(key: bytes, value: bytes + bytes) }
    story.write("plain", "plain")
    try story.save()
    for (rows, columns) in [(24, 80), (40, 140)] {
      let session = open(story, rows: rows, columns: columns)
      expect(session, shows: "8 records", "plain")
      let list = session.stage.draw()
      // The rows start below the title and the headings.
      let ends = (2..<10).map { row in list.lines[row].contains("put") }
      #expect(ends == Array(repeating: true, count: 8))
      let places = (2..<10).map { row in (0..<columns).first { list[row, $0].text == "p" } }
      #expect(Set(places.prefix(7)) == Set([places[7]]))
      session.press(.enter)
      for _ in hostile {
        expect(session, shows: "agree")
        session.press(.tab, .tab, .character(" "), .backTab, .backTab)
        expectSafe(session.stage.draw())
        session.press(.character("J"))
      }
    }
  }

  @Test("the title of a record says so in whole or not at all, whatever the facts beside it take")
  func title() throws {
    let story = try LogStory().write(records: 120).damage(record: 100)
    try story.save()
    for columns in 30...90 {
      let session = open(story, columns: columns)
      session.press(.end, .enter)
      let title = session.stage.draw().lines[0]
      #expect(!title.contains("\u{2026}"), "\(title)")
      #expect(columns < 40 || title.contains("000000.wal  record  "), "\(title)")
    }
  }

  private func expectSafe(_ buffer: CellBuffer) {
    for row in 0..<buffer.rows {
      for column in 0..<buffer.columns {
        for scalar in buffer[row, column].text.unicodeScalars {
          let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
          let isBidi = (0x202A...0x202E).contains(scalar.value)
          #expect(!isControl && !isBidi)
        }
      }
    }
  }
}
