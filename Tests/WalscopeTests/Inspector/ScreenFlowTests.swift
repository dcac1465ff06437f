import TerminalUI
import Testing
import TestSupport

@testable import walscope

@Suite("Going from screen to screen")
struct ScreenFlowTests {
  /// Two sound logs and a damaged one, in directories below one another.
  private func tree() throws -> SegmentDirectory {
    let tree = try SegmentDirectory()
    try tree.add("alpha/000000.wal", SegmentDirectory.records(20))
    try tree.add("beta/000000.wal", SegmentDirectory.records(30))
    try tree.add(
      "beta/000001.wal", LogStory().write(records: 30, valueSize: 100).damage(record: 9).bytes)
    try tree.add("gamma/deep/000000.wal", SegmentDirectory.records(5))
    return tree
  }

  @Test("A directory of logs opens as a list whose verdicts arrive one by one")
  func listOfLogs() throws {
    let tree = try tree()
    let session = InspectorSession(tree.path, settling: false)
    session.doNext()
    #expect(session.lines[0].contains("3 logs"))
    #expect(session.lines[2].contains("alpha") && session.lines[2].contains("…"))
    #expect(session.text.contains("3 still to be checked"))
    session.settle()
    #expect(session.lines[3].hasPrefix(" !  beta"))
    #expect(session.text.contains("1 damaged"))
    #expect(!session.text.contains("…"))
    #expect(session.sentence.contains("Recognised: certain."))
  }

  @Test("Enter opens a log, q and Left go back, at the top only q quits")
  func enterAndBack() throws {
    let tree = try tree()
    let session = InspectorSession(tree.path)
    session.press(.character("e"), .enter)
    #expect(session.lines[0].contains("/srv/wal/beta"))
    session.press(.character("!"))
    #expect(session.lines[0].contains("findings"))
    session.press(.left)
    #expect(session.lines[0].contains("2 segments"))
    session.press(.character("q"))
    #expect(session.lines[0].contains("3 logs"))
    #expect(session.selectedLine?.contains("beta") == true)
    #expect(session.stage.ending == nil)
    session.press(.escape, .left, .character("h"), .backspace)
    #expect(session.stage.ending == nil)
    session.press(.character("q"))
    #expect(session.stage.ending == .quit(0))
  }

  @Test("The findings screen explains the selected one and goes to its place")
  func findings() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, rows: 30)
    session.press(.character("!"))
    #expect(session.text.contains("What to do:"))
    #expect(session.selectedLine?.hasPrefix(" !  000001.wal") == true)
    session.type("/cut off")
    session.press(.enter)
    #expect(session.selectedLine?.contains("000005.wal") == true)
    session.press(.character("E"))
    #expect(session.selectedLine?.contains("000001.wal") == true)
    session.press(.enter)
    #expect(session.lines[0].contains("000001.wal"))
    session.press(.character("q"))
    #expect(session.lines[0].contains("findings"))
  }

  @Test("A sound log says why its list of findings is empty")
  func noFindings() throws {
    let log = try SegmentDirectory()
    try log.add("000000.wal", SegmentDirectory.records(20))
    let session = InspectorSession(log.path)
    session.press(.character("!"))
    #expect(session.text.contains("Nothing is wrong"))
    session.press(.enter)
    #expect(session.stage.ending == nil)
  }

  @Test("The forecast tells in numbers what would be lost")
  func forecast() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, rows: 40)
    session.press(.character("f"))
    #expect(session.text.contains("loses 109 records"))
    #expect(session.text.contains("sizes after it"))
    #expect(session.sentence.contains("Copy the log before"))
  }

  @Test("Info tells path, format, identity and that nobody was seen")
  func info() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, rows: 50)
    session.press(.character("i"))
    for word in [
      "/srv/wal", log.path, "nori-wal", "certain", "inode", "rw-r--r-- (0644)", "No holder seen",
      "2026-09-21 13:13:20 UTC, 1 h ago",
    ] { #expect(session.text.contains(word), "\(word) in\n\(session.text)") }
  }

  @Test("Help is made of the key table and goes away as it came")
  func help() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path, rows: 90)
    session.press(.function(1))
    #expect(session.text.contains("Go to the next place where something is wrong."))
    #expect(session.text.contains("torn tail: the last record is not whole"))
    session.press(.character("?"))
    #expect(session.lines[0].contains("segments"))
  }

  @Test("A path that is not there is a screen that says why and what to press")
  func missingPath() throws {
    let session = InspectorSession("/nonexistent/log", shownAs: "/nonexistent/log")
    #expect(session.text.contains("No such file or directory"))
    #expect(session.text.contains("r to try again"))
    session.press(.enter, .character("e"), .character("/"), .escape, .character("x"))
    #expect(session.stage.ending == nil)
    session.press(.character("r"))
    #expect(session.text.contains("No such file or directory"))
    session.press(.character("q"))
    #expect(session.stage.ending == .quit(0))
  }

  @Test("A file of no format is shown as bytes, and nothing is wrong with it")
  func rawFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array("just a text\n".utf8), to: "notes.txt")
    let session = InspectorSession(path)
    #expect(session.text.contains("raw bytes"))
    #expect(session.text.contains("nothing wrong"))
    #expect(session.sentence.contains("of no known format"))
  }

  @Test("A log that vanished is told as unreadable, not as a crash")
  func vanished() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = InspectorSession(log.path)
    try ChildProcess.require(["rm", "-r", log.path])
    session.press(.character("r"))
    #expect(session.text.contains("could not be opened again"))
    session.press(.enter)
    session.press(.character("q"))
    #expect(session.lines[0].contains("segments"))
  }
}
