import Glibc
import LogFiles
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("A log that is followed on the screen")
struct FollowScreenTests {
  private static let record = LogStory.record(
    key: Array("key".utf8), value: Array("a value of a record".utf8))

  private static func records(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { _ in record }
  }

  private func append(_ count: Int, to log: SegmentDirectory, _ name: String) throws {
    try append(Self.records(count), to: log, name)
  }

  private func append(_ bytes: [UInt8], to log: SegmentDirectory, _ name: String) throws {
    let descriptor = open(log.directory.path(name), O_WRONLY | O_APPEND)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  @Test("New records are marked, and the selection and the part that is seen stay")
  func records() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(100))
    let session = InspectorSession(log.path)
    session.press(.enter, .character("F"))
    session.follow { session.text.contains("the log ends at") }
    for _ in 0..<40 { session.press(.down) }
    let (selected, top) = (session.selectedLine, session.lines[2])
    try append(3, to: log, "000000.wal")
    session.follow { session.text.contains("41/103") }
    #expect(session.selectedLine == selected)
    #expect(session.lines[2] == top)
    #expect(!session.lines.contains { $0.hasPrefix("+") })
    session.press(.end)
    #expect(session.lines.count { $0.hasPrefix("+") } == 3)
    #expect(session.text.contains("3 new"))
    // The last row goes along with the end.
    try append(1, to: log, "000000.wal")
    session.follow { session.text.contains("104/104") }
    #expect(session.lines.count { $0.hasPrefix("+") } == 4)
    session.press(.character("F"))
    #expect(!session.text.contains("records/s"))
  }

  @Test("A pause keeps the screen as it is, and what came meanwhile is shown after it")
  func pausing() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(10))
    let session = InspectorSession(log.path)
    session.press(.enter, .character("F"))
    session.follow { session.text.contains("the log ends at") }
    session.press(.character("p"))
    #expect(session.text.contains("following, paused"))
    try append(2, to: log, "000000.wal")
    var taken = 0
    session.follow {
      taken += 1
      return taken > 3
    }
    #expect(session.text.contains("1/10"))
    session.press(.character("p"))
    session.follow { session.text.contains("1/12") }
  }

  @Test("Segments that come and go are announced, and the same one stays selected")
  func segments() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(5))
    try log.add("000001.wal", Self.records(6))
    let session = InspectorSession(log.path)
    session.press(.character("F"), .down)
    #expect(session.selectedLine?.contains("000001.wal") == true)
    session.follow { session.text.contains("records/s") }
    try append(1, to: log, "000001.wal")
    session.follow { session.selectedLine?.contains("+  000001.wal") == true }
    #expect(session.selectedLine?.contains(" 7 ") == true)
    try log.add("000002.wal", Self.records(2))
    session.follow { session.sentence.contains("000002.wal is new") }
    try #require(unlink(log.directory.path("000000.wal")) == 0)
    session.follow { session.sentence.contains("000000.wal was deleted") }
    #expect(session.selectedLine?.contains("000001.wal") == true)
    #expect(session.text.contains("000002.wal") && !session.lines[2].contains("000000.wal"))
    try #require(unlink(log.directory.path("000001.wal")) == 0)
    try #require(unlink(log.directory.path("000002.wal")) == 0)
    session.follow { session.sentence.contains("The log was deleted") }
    #expect(!session.text.contains("records/s"))
  }

  @Test("In how many extents a segment lies is told of one that is new, and again when it grows")
  func extents() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(5))
    let session = InspectorSession(log.path, columns: 140)
    session.press(.character("F"))
    session.follow { session.text.contains("records/s") }
    try log.add("000001.wal", Self.records(2))
    let file = try log.directory.open().openFile(FileName("000001.wal"))
    guard case .mapped(let one, _) = file.extents() else {
      print("no extents on this file system: skipped")
      return
    }
    func count(_ name: String) -> String? {
      let line = session.lines.first { $0.contains(name) }
      // The last column is the age, in one word.
      return line?.split(separator: " ").dropLast().last.map(String.init)
    }
    session.follow { count("000001.wal") == "\(one.count)" }
    // A hole between two pieces.
    let path = log.directory.path("000001.wal")
    let descriptor = open(path, O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    #expect(pwrite(descriptor, [1], 1, 1 << 20) == 1)
    guard case .mapped(let more, _) = file.extents() else { return }
    try #require(more.count > one.count)
    session.follow { count("000001.wal") == "\(more.count)" }
  }

  @Test(
    "What is wrong is found anew when the log has changed, and said to be of the last scan till then"
  )
  func judgements() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(5))
    try log.add("000002.wal", Self.records(6))
    let session = InspectorSession(log.path)
    session.press(.character("F"))
    session.follow { session.text.contains("records/s") }
    #expect(session.text.contains("what is wrong, worst first"))
    #expect(session.reminders.isEmpty)
    try append(1, to: log, "000002.wal")
    session.follow { session.text.contains("12 records") }
    #expect(session.text.contains("what was wrong at the last scan"))
    #expect(session.text.contains("had opened it at the last scan"))
    session.press(.character("!"))
    #expect(session.lines[1].contains("finding of the last scan"))
    session.press(.character("q"), .character("f"))
    #expect(session.text.contains("had opened this log at the last scan"))
    session.press(.character("q"))
    try log.add("000001.wal", Self.records(4))
    session.follow { session.sentence.contains("000001.wal is new") }
    #expect(session.reminders.count == 1)
    session.remind()
    #expect(session.text.contains("nothing wrong") && !session.text.contains("last scan"))
    #expect(session.text.contains("opens it now"))
    #expect(session.reminders.isEmpty)
  }

  @Test("A scan that the user has stopped is not begun again by what comes in")
  func stopped() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(5))
    let session = InspectorSession(log.path, settling: false)
    session.doNext()
    session.press(.escape)
    #expect(session.text.contains("r scans anew"))
    session.press(.character("F"))
    session.follow { session.text.contains("records/s") }
    try append(1, to: log, "000000.wal")
    session.follow { session.text.contains("6 records") }
    #expect(session.reminders.isEmpty)
  }

  @Test("The same finding stays selected when another one comes before it")
  func findings() throws {
    let log = try SegmentDirectory().add("000001.wal", Self.records(5))
    try log.add("000003.wal", Self.records(6))
    let session = InspectorSession(log.path)
    session.press(.character("F"), .character("!"))
    #expect(session.selectedLine?.contains("000002.wal is missing") == true)
    try log.directory.write(Self.records(2) + [0xff] + Self.records(2), to: "000001.wal")
    session.follow { !session.reminders.isEmpty }
    session.remind()
    #expect(session.lines[2].contains("000001.wal"))
    #expect(session.selectedLine?.contains("000002.wal is missing") == true)
  }

  @Test("Half a record that stays is told as what it is, not as space that is free")
  func torn() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(5))
    let session = InspectorSession(log.path, columns: 100)
    session.press(.character("F"))
    session.follow { session.text.contains("records/s") }
    try append(Array(Self.record[..<20]), to: log, "000000.wal")
    session.follow { session.sentence.contains("holds no record at") }
    session.remind()
    #expect(session.selectedLine?.contains("torn tail") == true)
    #expect(session.text.contains("1 finding") && session.text.contains("what is wrong"))
    #expect(!session.text.contains("written zeros"))
    // The next news leave it so.
    session.press(.character("p"))
    session.press(.character("p"))
    #expect(session.selectedLine?.contains("torn tail") == true)
    // A writer that goes on behind its record makes it a sound log again.
    try append(Array(Self.record[20...]) + Self.record, to: log, "000000.wal")
    session.follow { session.text.contains("7 records") }
    session.remind()
    #expect(session.selectedLine?.contains("clean") == true)
    #expect(session.text.contains("nothing wrong"))
  }

  @Test("On a terminal the rows appear by themselves, and the keys go on working")
  func terminal() throws {
    let log = try SegmentDirectory().add("000000.wal", Self.records(30))
    let session = try TerminalSession(
      try TerminalSession.builtProgram("walscope"), [log.path], rows: 24, columns: 80)
    try session.wait(for: "000000.wal")
    session.press(.enter)
    try session.wait(for: "1/30")
    session.send("F")
    try session.wait(for: "the log ends at")
    session.send("G")
    try session.wait(for: "30/30")
    for count in 31...35 {
      try append(1, to: log, "000000.wal")
      try session.wait(for: "\(count)/\(count)")
    }
    try session.wait { lines in lines.count { $0.hasPrefix("+") } == 5 }
    session.send("q")
    try session.wait(for: "35")
    session.send("q")
    #expect(try session.waitForExit() == .status(0))
  }
}
