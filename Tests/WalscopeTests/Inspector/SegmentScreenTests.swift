import LogFiles
import LogFormats
import LogInspection
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("The list of segments")
struct SegmentScreenTests {
  @Test("Each segment has its sign and its verdict, and the gap a row of its own")
  func signs() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    let rows = session.lines
    func row(_ start: String) throws -> String {
      try #require(rows.first { $0.hasPrefix(start) }, "no row \(start) in\n\(session.text)")
    }
    #expect(try row("    000000.wal").contains("clean"))
    #expect(try row(" !  000001.wal").contains("damaged inside"))
    #expect(try row(" =  000002.wal").contains("gap in the sequence"))
    #expect(try row("    000004.wal").contains("empty"))
    #expect(try row(" ~  000005.wal").contains("torn tail"))
    #expect(try row(" 0  000006.wal").contains("preallocated tail"))
    #expect(try row("    000006.wal.tmp").contains("not a segment"))
  }

  @Test("Names and sizes are seen before anything was scanned, and figures to come as dots")
  func firstScreen() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, settling: false)
    #expect(session.text.contains("Opening"))
    session.doNext()
    #expect(session.text.contains("000005.wal"))
    while !session.text.contains("60.0 kB"), !session.waiting.isEmpty,
      case .look? = session.waiting.first
    { session.doNext() }
    #expect(session.lines[3].contains("000001.wal") && session.lines[3].contains("…"))
    #expect(session.lines[0].contains("scanning"))
    session.settle()
    #expect(!session.lines[3].contains("…"))
    #expect(!session.lines[0].contains("scanning"))
  }

  @Test("The sentence tells what is the matter with the selected row")
  func sentences() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    #expect(session.sentence.contains("200 records, all valid"))
    session.press(.down)
    #expect(
      session.sentence.contains(
        "000001.wal: damage of 113 B at 0x27b0; 109 valid records follow it"))
    session.press(.down)
    #expect(session.sentence.contains("000002.wal: the sequence has no such segment."))
    session.press(.end, .up)
    #expect(session.sentence.contains("60.0 kB of preallocated zeros. Nothing is wrong."))
  }

  @Test("e goes from one finding to the next, E back, and each says where there is no other")
  func findings() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    var visited: [String] = []
    for _ in 0..<8 {
      session.press(.character("e"))
      visited.append(String(session.selectedLine?.prefix(18).dropFirst(4) ?? ""))
      if session.text.contains("No finding below this row.") { break }
    }
    #expect(visited.prefix(3) == ["000001.wal    ", "000002.wal    ", "000005.wal    "])
    #expect(session.text.contains("No finding below this row."))
    session.press(.home, .character("E"))
    #expect(session.text.contains("No finding above this row."))
  }

  @Test("e in the only damaged segment says how to get to what is wrong in it")
  func findingInTheRow() throws {
    let log = try SegmentDirectory()
    try log.add(
      "000000.wal", LogStory().write(records: 200, valueSize: 100).damage(record: 90).bytes)
    let session = InspectorSession(log.path)
    session.press(.character("e"))
    #expect(session.sentence.contains("Enter opens this one; there e goes to what is wrong"))
  }

  @Test("A log of one file is named by that file, also where the path names the directory")
  func fileOfLog() throws {
    let log = try SegmentDirectory()
    var recipe = LogRecipe()
    recipe.records = 20
    let place = log.path + "/made"
    _ = try TegDB().make(recipe, in: try OpenDirectory.make(FileName(place))) { _ in true }
    let session = InspectorSession(place)
    #expect(session.lines[0].contains("/srv/wal/db.teg"))
    let file = InspectorSession(place + "/db.teg", shownAs: "/srv/wal/db.teg", rows: 60)
    #expect(file.lines[0].contains(" /srv/wal/db.teg "))
    file.press(.character("i"))
    #expect(file.text.contains("What only tegdb has"))
    #expect(file.text.contains("valid data end"))
  }

  @Test("On the narrowest screen the list of findings still tells what they are")
  func narrowFindings() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, rows: 10, columns: 40)
    session.press(.character("!"))
    #expect(session.lines[2].hasPrefix(" !  damage of 113 B"))
  }

  @Test("Sorting keeps the selected segment selected, and puts the worst first")
  func sorting() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    session.press(.down, .down, .down)
    #expect(session.selectedLine?.contains("000003.wal") == true)
    session.press(.character("s"))
    #expect(session.selectedLine?.contains("000003.wal") == true)
    #expect(session.lines[2].contains("damaged inside"))
    #expect(session.text.contains("worst verdict first"))
  }

  @Test("A search finds names, goes on with n, and around the end")
  func searching() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    session.type("/00005")
    session.press(.enter)
    #expect(session.selectedLine?.contains("000005.wal") == true)
    session.type("/000006")
    session.press(.enter)
    #expect(session.selectedLine?.contains("000006.wal ") == true)
    session.press(.character("n"))
    #expect(session.selectedLine?.contains("000006.wal.tmp") == true)
    session.press(.character("n"))
    #expect(session.selectedLine?.contains("000006.wal ") == true)
    #expect(session.text.contains("went on at the other end"))
    session.type("/nothing like it")
    session.press(.enter)
    #expect(session.text.contains("No segment's name and no record holds"))
  }

  @Test("A search that fits no name goes through the records of all segments and opens the match")
  func searchingRecords() throws {
    let directory = try TemporaryDirectory()
    let segments = [
      ["one": "first", "two": "second"], ["three": "needle A", "four": "\u{1b}[31mred"],
      ["five": "fifth"], ["six": "needle B", "seven": "needle C"],
    ]
    for (number, records) in segments.enumerated() {
      let bytes = records.sorted { $0.key < $1.key }.flatMap {
        LogStory.record(key: Array($0.key.utf8), value: Array($0.value.utf8))
      }
      _ = try directory.write(bytes, to: "00000\(number).wal")
    }
    let session = InspectorSession(directory.path)
    session.type("/needle")
    session.press(.enter)
    #expect(session.text.contains("Record 2 of 2: put"))
    #expect(session.selectedLine?.contains("three") == true)
    session.press(.character("q"), .character("n"))
    #expect(session.selectedLine?.contains("seven") == true)
    session.press(.character("q"), .character("n"))
    #expect(session.selectedLine?.contains("six") == true)
    // Around, to the first one again; then back the way it came.
    session.press(.character("q"), .character("n"))
    #expect(session.selectedLine?.contains("three") == true)
    session.press(.character("q"), .character("N"))
    #expect(session.selectedLine?.contains("six") == true)
    session.press(.character("q"))
    // What looks like a name is looked for in the records when it says so.
    session.type("/t:1")
    session.press(.enter)
    #expect(session.selectedLine?.contains("four") == true)
    #expect(!session.text.contains("\u{1b}"))
    session.press(.character("q"))
    session.type("/x:6e 6f")
    session.press(.enter)
    #expect(session.text.contains("No segment's name and no record holds"))
    session.type("/x:6")
    session.press(.enter)
    #expect(session.text.contains("two hexadecimal digits"))
  }

  @Test("The prompt goes to a segment's number and does what a key does")
  func prompt() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    session.type(":5")
    session.press(.enter)
    #expect(session.selectedLine?.contains("000005.wal") == true)
    session.type(":2")
    session.press(.enter)
    #expect(session.selectedLine?.contains("gap in the sequence") == true)
    session.type(":findings")
    session.press(.enter)
    #expect(session.lines[0].contains("findings"))
  }

  @Test("Escape before the scan has ended keeps what there is and says so; r scans anew")
  func stopping() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, settling: false)
    session.doNext()
    session.press(.escape)
    #expect(session.text.contains("000003.wal"))
    session.press(.end, .up)
    #expect(session.sentence.contains("scan was stopped"))
    session.press(.character("r"))
    #expect(session.text.contains("preallocated tail"))
    #expect(!session.text.contains("not scanned"))
  }

  @Test("A rescan sees files that came, and the selected row stays")
  func rescanning() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    session.press(.down)
    try log.add("000002.wal", SegmentDirectory.records(10))
    session.press(.character("r"))
    #expect(session.selectedLine?.contains("000001.wal") == true)
    #expect(!session.text.contains("gap in the sequence"))
  }

  @Test("A resize keeps the selected row on screen")
  func resizing() throws {
    let log = try SegmentDirectory()
    for number in 100..<160 { try log.add("000\(number).wal", SegmentDirectory.records(1)) }
    let session = InspectorSession(log.path)
    session.type(":157")
    session.press(.enter)
    for (rows, columns) in [(12, 60), (40, 140), (10, 40), (24, 80)] {
      session.handle(.resize(rows: rows, columns: columns))
      #expect(session.selectedLine?.contains("000157.wal") == true, "\(rows)x\(columns)")
    }
  }

  @Test("A click selects, a double click opens the records")
  func mouse() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    #expect(session.lines[3].contains("000001.wal"))
    session.handle(.mouse(.click, row: 3, column: 10))
    #expect(session.selectedLine?.contains("000001.wal") == true)
    session.handle(.mouse(.double, row: 3, column: 10))
    #expect(session.lines[0].contains("000001.wal"))
  }

  @Test("a shows what is allocated in the place of the size")
  func allocated() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    #expect(session.lines[1].contains("  file"))
    session.press(.character("a"))
    #expect(session.lines[1].contains("on disk"))
  }

  @Test("Nothing of a segment can be opened where there is none")
  func gapsAndStrays() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    session.press(.down, .down, .enter)
    #expect(session.sentence.contains("not there: there is nothing to open"))
    session.press(.end, .character("x"))
    #expect(session.sentence.contains("not part of the log"))
  }
}
