import Foundation
import LogFormats
import TerminalUI
import TestSupport
import Testing

@testable import walscope

/// What formats beside nori-wal put on the screens that all of them share.
@Suite("The screens of other formats")
final class FormatScreenTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func open(_ name: String) throws -> InspectorSession {
    try FormatLogs.make(name, in: directory)
    return InspectorSession(directory.path(name))
  }

  /// The sentence without its line breaks.
  private func sentence(_ session: InspectorSession) -> String {
    session.sentence.split(separator: " ").joined(separator: " ")
  }

  /// An okaywal segment with one entry of its own, and one of its earlier life behind it.
  private func openRecycled() throws -> InspectorSession {
    let own = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 300, chunks: [[1, 2, 3]])
    let old = OkayWALEncoder.entry(id: 12, chunks: [Array("old data".utf8)])
    let path = try directory.write(own + old, to: "wal-300")
    try MadeLogs.age(path)
    let session = InspectorSession(path)
    session.press(.enter)
    return session
  }

  @Test("Remains of an earlier life are called that, and nothing about them is valid")
  func earlierLife() throws {
    let session = try openRecycled()
    #expect(session.text.contains("1 record of an earlier life"))
    session.press(.end, .enter)
    #expect(session.text.contains("earlier life"), "\(session.text)")
    #expect(!session.lines[1...2].joined().contains("valid"), "\(session.text)")
  }

  @Test("The next finding is not in remains where nothing is wrong")
  func nothingWrong() throws {
    let session = try openRecycled()
    session.press(.character("e"))
    #expect(sentence(session).contains("Nothing is wrong in this segment."), "\(session.text)")
    #expect(session.selectedLine?.contains("header") == true)
  }

  @Test("A sentence that follows a message starts like one")
  func wholeSentences() throws {
    let session = try openRecycled()
    session.press(.down, .character("e"))
    #expect(sentence(session).contains("this segment. Record 1 of 1: entry"), "\(session.text)")
  }

  @Test("Records that the owner undoes carry a sign, and a word beside it")
  func undone() throws {
    let session = try open("tegdb-special")
    session.press(.enter, .end)
    let undone = session.lines.filter { $0.hasPrefix("-") }
    #expect(!undone.isEmpty, "\(session.text)")
    #expect(!undone.contains { $0.contains("commit") })
    session.press(.up)
    #expect(sentence(session).contains("its owner undoes it when it opens the log"))
    session.press(.enter)
    #expect(session.text.contains("- undone on open"), "\(session.text)")
    #expect(!session.text.contains("undone; undone"), "\(session.text)")
  }

  @Test("What a state means follows it, and is not cut off beside room that is free")
  func stateIsExplained() throws {
    let session = try open("tegdb-special")
    session.press(.enter, .end, .up, .enter)
    #expect(
      session.text.contains("undone  when the owner opens the file, in memory only"),
      "\(session.text)")
  }

  @Test("Findings name files by the end of their path")
  func pathsInFindings() throws {
    let set = SampleDataTests.root + "/tgstream/missing-segment"
    let session = InspectorSession(set)
    session.press(.character("!"))
    for name in ["…/18674-19805.seg", "…/latest.json"] {
      #expect(session.lines.contains { $0.contains(name) }, "\(session.text)")
    }
  }

  @Test("Segments are named by the end of their path, and logs are")
  func pathsInLists() throws {
    let segments = InspectorSession(SampleDataTests.root + "/tgstream/sound-set")
    for name in ["…/10344-14549.seg", "…/14549-18674.seg"] {
      #expect(segments.lines.contains { $0.contains(name) }, "\(segments.text)")
    }
    let directory = try TemporaryDirectory()
    let long = String(repeating: "a-long-name/", count: 8)
    for name in ["first", "second"] {
      let above = directory.path(name + "/" + long)
      try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
      try MadeLogs.make(name + "/" + long + "log-" + name, in: directory)
    }
    let logs = InspectorSession(directory.path)
    for name in ["/log-first ", "/log-second "] {
      #expect(logs.lines.contains { $0.contains(name) }, "\(logs.text)")
    }
  }

  @Test("Data behind the cursor are left over, not of an earlier life")
  func behindCursor() throws {
    let session = try open("mmlog-special")
    session.press(.enter, .end)
    #expect(session.text.contains("left over"), "\(session.text)")
    #expect(!session.text.contains("earlier life"))
    session.press(.home, .character("e"))
    #expect(sentence(session).contains("stand behind the cursor"), "\(session.text)")
  }

  @Test("The forecast ends with a trim after which nobody can open the log")
  func unopenable() throws {
    let session = try open("mmlog-sound")
    session.press(.character("f"))
    #expect(
      sentence(session).contains(
        "No well-formed record would be lost, but the log could not be opened again after it (trim)."
      ),
      "\(sentence(session))")
  }

  @Test("The forecast ends with an insert that is lost although no record is")
  func lostInsert() throws {
    let session = try open("mmlog-damaged")
    session.press(.character("f"))
    #expect(sentence(session).contains("but what is written next would be (insert)."))
  }

  @Test("A gap in binary data is damage to the segment, to the log and among the findings")
  func binaryGap() throws {
    let session = try open("mmlog-binary")
    #expect(
      session.lines.contains { $0.contains("!  app.log") && $0.contains("damaged inside") },
      "\(session.text)")
    session.press(.character("!"))
    #expect(session.lines.contains { $0.contains("!  app.log") && $0.contains("a gap, or data") })
    #expect(session.lines[0].contains("1 error"), "\(session.text)")
  }

  @Test("The help names each key once")
  func help() throws {
    let session = InspectorSession(directory.path, rows: 60, columns: 140)
    session.press(.character("?"))
    #expect(session.lines.count { $0.contains(" Enter, ") } == 1, "\(session.text)")
  }
}
