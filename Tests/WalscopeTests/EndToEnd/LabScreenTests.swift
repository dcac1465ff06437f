import Foundation
import Glibc
import LogFiles
import TestSupport
import Testing

/// The screens of the lab on a real terminal: they start processes and write real files.
@Suite("The lab on a terminal")
struct LabScreenTests {
  private func start(_ arguments: [String]) throws -> TerminalSession {
    try TerminalSession(
      try TerminalSession.builtProgram("walscope"), arguments, rows: 24, columns: 80)
  }

  private static let patience = Duration.seconds(30)

  @Test("The demonstration goes step by step, tears a record, mends the log, and cleans up")
  func demo() throws {
    let directory = try TemporaryDirectory()
    let session = try start(["lab", "demo", directory.path])
    try session.wait(for: "1/6", within: Self.patience)
    #expect(try directory.open().entries().count == 1)
    let seen = [
      2: "It is a preallocated tail", 3: "3,000 records end at", 4: "of the next one are torn",
      5: "are kept", 6: "went back to the file system",
    ]
    for step in 2...6 {
      session.press(.enter)
      try session.wait(for: "\(step)/6", within: Self.patience)
      try session.wait(for: seen[step] ?? "", within: Self.patience)
      if step == 4 { try session.wait(for: "torn tail") }
    }
    try session.wait(for: "That was all")
    session.send("q")
    #expect(try session.waitForExit() == .status(0))
    #expect(try directory.open().entries().isEmpty)
  }

  @Test("Whoever leaves the demonstration leaves no writer and no file", arguments: [1, 3])
  func leavingTheDemo(step: Int) throws {
    let directory = try TemporaryDirectory()
    let session = try start(["lab", "demo", directory.path])
    try session.wait(for: "1/6", within: Self.patience)
    for next in 2..<(step + 1) where step > 1 {
      session.press(.enter)
      try session.wait(for: "\(next)/6", within: Self.patience)
    }
    session.signal(SIGTERM)
    #expect(try session.waitForExit(within: Self.patience) == .signal(SIGTERM))
    #expect(try directory.open().entries().isEmpty)
  }

  @Test("An experiment is chosen, watched, paused, stopped and saved")
  func experiment() throws {
    let directory = try TemporaryDirectory()
    let scratch = try TemporaryDirectory()
    let session = try start(["--no-mouse", "SampleData"])
    try session.wait(for: "logs")
    session.send("L")
    try session.wait(for: "preallocation in six steps")
    session.press(.down, .down, .down, .down, .down, .enter)
    try session.wait(for: "Where the files")
    session.send("\u{15}\(directory.path)\r")
    try session.wait(for: "lab  \(directory.path.prefix(20))")
    session.press(.up, .up, .up, .up, .enter)
    try session.wait(for: "round 1 of", within: Self.patience)
    try session.wait(for: "written zeros")
    session.send("p")
    try session.wait(for: "Paused")
    session.send("p")
    try session.waitUntilGone("Paused")
    session.press(.escape)
    try session.wait(for: "Stopped: these are the rounds", within: Self.patience)
    #expect(try directory.open().entries().isEmpty)
    session.send("w")
    try session.wait(for: "save as JSON ")
    session.send("\u{15}\(scratch.path("run.json"))\r")
    try session.wait(for: "Saved as")
    let data = try Data(contentsOf: URL(fileURLWithPath: scratch.path("run.json")))
    let report = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(report["experiment"] as? String == "prepare")
    #expect(report["interrupted"] as? Bool == true)
    session.send("qqq")
    #expect(try session.waitForExit() == .status(0))
  }
}
