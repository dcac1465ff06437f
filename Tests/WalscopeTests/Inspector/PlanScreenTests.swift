import Foundation
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("Planning, applying and undoing on the screen")
struct PlanScreenTests {
  /// A log of two segments; seven bytes are missing at the end of the second one.
  private func torn() throws -> SegmentDirectory {
    let log = try SegmentDirectory()
    try log.add("000000.wal", SegmentDirectory.records(80))
    try log.add("000001.wal", SegmentDirectory.records(50).dropLast(7) + [])
    return log
  }

  private func bytes(_ log: SegmentDirectory, _ name: String) throws -> [UInt8] {
    let file = try OpenDirectory.open(FileName(log.path)).openFile(FileName(name))
    return try file.bytes(in: 0..<file.status().size)
  }

  private func row(_ title: String, _ session: InspectorSession) -> String {
    session.lines.first { $0.hasPrefix(" \(title)") } ?? ""
  }

  @Test("Each choice tells its consequence in numbers, and what is not possible why")
  func consequences() throws {
    let log = try torn()
    let session = InspectorSession(log.path)
    session.press(.character("d"))
    #expect(session.lines[0].contains("plan"))
    let recover = row("recover", session)
    #expect(recover.contains("of 000001.wal; loses 0 records"), "\(session.text)")
    #expect(recover.contains("saved first"))
    #expect(row("salvage", session).contains("copies 129 valid records to a new log"))
    #expect(row("repair bit", session).contains("not now: "))
    #expect(session.text.contains("before") && session.text.contains("after"))
    session.press(.character("d"))
    #expect(session.lines[0].contains("2 segments"))
  }

  @Test("What cannot be done is not asked for, and the reason is told")
  func refused() throws {
    let log = try torn()
    let session = InspectorSession(log.path)
    session.press(.character("d"), .down)
    #expect(session.selectedLine?.contains("repair bit") == true)
    session.press(.enter)
    #expect(!session.text.contains("Cancel"))
    #expect(session.sentence.contains("bit"))
  }

  @Test("Enter alone, a wrong name and Escape change nothing")
  func confirmation() throws {
    let log = try torn()
    let before = try bytes(log, "000001.wal")
    let session = InspectorSession(log.path, rows: 30)
    session.press(.character("d"), .enter, .enter)
    #expect(session.sentence.contains("nothing was done"))
    session.press(.enter)
    session.type("000000.wal")
    session.press(.tab)
    #expect(session.text.contains("Type 000001.wal"))
    session.press(.enter)
    #expect(!session.text.contains("Type 000001.wal"))
    session.press(.enter)
    session.type("000001.wal")
    session.press(.escape)
    #expect(try bytes(log, "000001.wal") == before)
    #expect(session.lines[0].contains("plan"))
  }

  @Test("The typed name applies the plan, u undoes it, and the bytes are as before")
  func applyAndUndo() throws {
    let log = try torn()
    let before = try bytes(log, "000001.wal")
    let session = InspectorSession(log.path)
    session.press(.character("d"), .enter)
    session.type("000001.wal")
    session.press(.enter)
    #expect(session.text.contains("scanned again, and it is as it was promised"), "\(session.text)")
    #expect(session.text.contains("walscope undo /srv/wal --id "))
    #expect(try bytes(log, "000001.wal").count < before.count)
    session.press(.enter)
    #expect(row("recover", session).contains("nothing to do"))
    session.press(.character("u"))
    #expect(session.selectedLine?.contains("recover") == true)
    session.press(.enter)
    #expect(session.text.contains("gets its old bytes back"))
    session.press(.enter)
    #expect(try bytes(log, "000001.wal").count < before.count)
    session.press(.enter, .tab, .enter)
    #expect(session.text.contains("undo") && session.text.contains("1 step made"))
    #expect(try bytes(log, "000001.wal") == before)
    session.press(.enter)
    #expect(session.selectedLine?.contains("undone") == true)
    session.press(.character("P"))
    #expect(session.text.contains("It cannot be undone any more."))
    session.press(.tab, .enter)
    #expect(session.text.contains("given back"))
  }

  @Test("The records screen below lets go of the file and shows it anew afterwards")
  func openRecords() throws {
    let log = try torn()
    let session = InspectorSession(log.path)
    session.press(.down, .enter)
    #expect(session.lines[0].contains("000001.wal"))
    session.press(.character("d"), .enter)
    session.type("000001.wal")
    session.press(.enter)
    #expect(session.text.contains("as it was promised"), "\(session.text)")
    session.press(.enter, .character("q"))
    #expect(session.lines[0].contains("49 records valid"), "\(session.text)")
    #expect(!session.lines[0].contains("then damage"))
  }

  @Test("Records that would be lost are asked for by their number first")
  func losing() throws {
    let log = try SegmentDirectory()
    try log.add(
      "000000.wal", LogStory().write(records: 60, valueSize: 100).damage(record: 20).bytes)
    let session = InspectorSession(log.path)
    session.press(.character("d"), .down, .down)
    #expect(session.selectedLine?.contains("loses 39 records") == true, "\(session.text)")
    session.press(.enter)
    #expect(session.text.contains("39 records will be lost"))
    #expect(session.text.contains("Type 39 to go on"))
    session.type("39")
    session.press(.enter)
    #expect(session.text.contains("Type 000000.wal to go on"))
    session.type("000000.wal")
    session.press(.enter)
    #expect(session.text.contains("as it was promised"), "\(session.text)")
  }

  @Test("A plan is saved to a file that applies, and never into the log")
  func saving() throws {
    let log = try torn()
    let directory = try TemporaryDirectory()
    let session = InspectorSession(log.path, columns: 140)
    session.press(.character("d"), .character("w"))
    session.type("\(log.path)/plan.json")
    session.press(.enter)
    #expect(session.text.contains("not written into a directory that holds the log"))
    session.press(.enter, .character("w"))
    session.type(directory.path("plan.json"))
    session.press(.enter)
    #expect(session.text.contains("plan saved"))
    let plan = try Plan(json: Array(MadeLogs.text(directory.path("plan.json")).utf8))
    #expect(plan.action == .recover(droppingUncommitted: false))
  }

  @Test("Salvage and copy ask where to, refuse what exists, and make a new log")
  func newLogs() throws {
    let log = try torn()
    let directory = try TemporaryDirectory()
    let session = InspectorSession(log.path, columns: 140)
    session.press(.character("d"), .end, .enter)
    session.type(directory.path)
    session.press(.enter)
    #expect(session.text.contains("nothing that exists is overwritten"))
    session.press(.enter, .enter)
    session.type(directory.path("copy"))
    session.press(.enter)
    #expect(session.text.contains("copied"), "\(session.text)")
    session.press(.enter, .up, .enter)
    session.type(directory.path("saved"))
    session.press(.enter)
    #expect(session.text.contains("salvaged 129 valid records"), "\(session.text)")
    let saved = InspectorSession(directory.path("saved"))
    #expect(saved.text.contains("nothing wrong"))
  }

  @Test("Space has what a cut gives back preallocated again, and the plan says so")
  func reallocating() throws {
    let log = try SegmentDirectory()
    try log.add(
      "000000.wal", SegmentDirectory.records(60) + [UInt8](repeating: 0, count: 60_000))
    let session = InspectorSession(log.path, rows: 50)
    session.press(.character("d"), .down, .down, .down)
    #expect(session.text.contains("are given back; Space takes them again"), "\(session.text)")
    session.press(.character(" "))
    #expect(session.text.contains("preallocate up to"))
  }

  @Test("A repair that was interrupted is told when the log is opened")
  func interrupted() throws {
    let log = try torn()
    var plan: Plan?
    var session = InspectorSession(log.path)
    session.press(.character("d"), .enter)
    session.type("000001.wal")
    session.press(.enter)
    let opened = try #require(try LogTree.open(FileName(log.path)).logs.first)
    plan = try RepairHistory(of: opened).entries().first?.plan
    #expect(plan != nil)
    // A journal without its last lines is what a kill leaves.
    let journal = "\(log.path)/.walscope/journal.jsonl"
    let lines = try MadeLogs.text(journal).split(separator: "\n")
    let cut = lines.firstIndex {
      $0.contains(#""event":"done""#) || $0.contains(#""event": "done""#)
    }
    let kept = lines[..<(try #require(cut, "\(lines)"))].joined(separator: "\n") + "\n"
    try Array(kept.utf8).write(over: journal)
    session = InspectorSession(log.path)
    #expect(session.lines[0].contains("repair interrupted: u"), "\(session.text)")
    #expect(session.sentence.contains("u finishes or undoes"))
    session.press(.character("u"), .enter)
    #expect(session.text.contains("[ Undo ]  [ Finish ]"), "\(session.text)")
    session.press(.tab, .tab, .enter)
    #expect(session.text.contains("finish"), "\(session.text)")
    session.press(.enter)
    #expect(!session.lines[0].contains("interrupted"), "\(session.text)")
  }

  @Test("Plan and history look as they are meant to")
  func golden() throws {
    let log = try SegmentDirectory.ofEverything()
    for (rows, columns) in [(24, 80), (40, 140)] {
      for (name, keys): (String, [Key]) in [
        ("plan", [.character("d")]),
        ("plan-salvage", [.character("d"), .end, .up]),
        ("plan-confirm", [.character("d"), .down, .down, .enter]),
        ("history", [.character("u")]),
      ] {
        let session = InspectorSession(log.path, rows: rows, columns: columns)
        for key in [.end, .up, .up] + keys { session.press(key) }
        let file = "screens/\(name)-\(columns)x\(rows).txt"
        let difference = try Golden.difference(session.goldenText, from: file)
        #expect(difference == nil, "\(difference ?? "")")
      }
    }
  }
}

extension [UInt8] {
  /// Replaces the contents of a file.
  fileprivate func write(over path: String) throws {
    try String(decoding: self, as: UTF8.self)
      .write(toFile: path, atomically: false, encoding: .utf8)
  }
}
