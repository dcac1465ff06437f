import TerminalUI
import Testing
import TestSupport

@testable import walscope

/// Whole screens as text in Tests/Golden; `WALSCOPE_UPDATE_GOLDEN=1` writes them anew.
@Suite("Screens as they are meant to look")
struct GoldenScreenTests {
  struct Screen: CustomTestStringConvertible, Sendable {
    let name: String
    let keys: [Key]
    var testDescription: String { name }
  }

  static let screens = [
    Screen(name: "segments", keys: []),
    Screen(name: "segments-damaged", keys: [.down]),
    Screen(name: "segments-gap", keys: [.down, .down]),
    Screen(name: "segments-preallocated", keys: [.end, .up]),
    Screen(name: "findings", keys: [.character("!")]),
    Screen(name: "forecast", keys: [.character("f")]),
    Screen(name: "help", keys: [.character("?")]),
    Screen(name: "search", keys: [.character("/"), .character("w"), .character("a")]),
  ]

  @Test("At 80x24 and 140x40", arguments: screens)
  func golden(screen: Screen) throws {
    let log = try SegmentDirectory.ofEverything()
    for (rows, columns) in [(24, 80), (40, 140)] {
      let session = InspectorSession(log.path, rows: rows, columns: columns)
      for key in screen.keys { session.press(key) }
      let name = "screens/\(screen.name)-\(columns)x\(rows).txt"
      let difference = try Golden.difference(session.goldenText, from: name)
      #expect(difference == nil, "\(difference ?? "")")
    }
  }

  @Test("In pure ASCII")
  func ascii() throws {
    let log = try SegmentDirectory.ofEverything()
    var options = InspectorOptions()
    options.ascii = true
    for screen in Self.screens {
      let session = InspectorSession(log.path, options: options)
      for key in screen.keys { session.press(key) }
      #expect(session.text.utf8.allSatisfy { $0 < 0x80 }, "\(screen.name)")
    }
    let session = InspectorSession(log.path, options: options)
    session.press(.down)
    let difference = try Golden.difference(
      session.goldenText, from: "screens/segments-damaged-ascii.txt")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test("A list of logs")
  func logs() throws {
    let tree = try SegmentDirectory()
    try tree.add("orders/000000.wal", SegmentDirectory.records(200))
    try tree.add("orders/000001.wal", SegmentDirectory.records(100))
    try tree.add("users/000000.wal", LogStory().write(records: 80).damage(record: 3).bytes)
    try tree.add("users/archive/000007.wal", SegmentDirectory.records(1))
    for (rows, columns) in [(24, 80), (40, 140)] {
      let session = InspectorSession(tree.path, rows: rows, columns: columns)
      let name = "screens/logs-\(columns)x\(rows).txt"
      let difference = try Golden.difference(session.goldenText, from: name)
      #expect(difference == nil, "\(difference ?? "")")
    }
  }
}
