import Glibc
import TestSupport
import Testing

@testable import walscope

/// The real program on a terminal of its own.
@Suite("The inspector on a terminal")
struct InspectorTerminalTests {
  private func start(_ arguments: [String], rows: Int = 24, columns: Int = 80) throws
    -> TerminalSession
  {
    try TerminalSession(
      try TerminalSession.builtProgram("walscope"), arguments, rows: rows, columns: columns)
  }

  private func expectRestored(_ session: TerminalSession) throws {
    #expect(try session.modes() == session.modesBefore)
    #expect(!session.isAlternateScreen && session.cursorIsVisible && !session.wantsMouse)
  }

  /// A log whose scan outlasts any wait of a test: one file under a thousand names.
  private func largeLog() throws -> SegmentDirectory {
    let log = try SegmentDirectory()
    var bytes = try SegmentDirectory.records(200)
    while bytes.count < 12 << 20 { bytes += bytes }
    try log.add("000000.wal", bytes)
    for number in 1..<1_000 {
      let name = "\("000000".dropLast("\(number)".utf8.count))\(number).wal"
      try #require(link("\(log.path)/000000.wal", "\(log.path)/\(name)") == 0)
    }
    return log
  }

  @Test("Keys go from segments to help and back, and q leaves the terminal as it was")
  func keys() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = try start([log.path])
    try session.wait(for: "4 findings")
    session.press(.down)
    try session.wait(for: "109 valid records follow it")
    session.send("?")
    try session.wait(for: "walscope only reads until you confirm a plan.")
    session.press(.escape)
    session.send("q")
    try session.wait(for: "4 findings")
    session.click(row: 2, column: 5)
    try session.wait(for: "200 records, all valid")
    session.send("q")
    #expect(try session.waitForExit() == .status(0))
    try expectRestored(session)
  }

  @Test("A resize during a scan is drawn at once, Escape stops the scan and keeps what it has")
  func resizeWhileScanning() throws {
    let log = try largeLog()
    let session = try start(["--threads", "1", log.path])
    try session.wait(for: "scanning")
    session.resize(rows: 40, columns: 140)
    try session.wait { $0.count == 40 && $0[1].contains("extents") && $0[1].contains("age") }
    session.press(.escape)
    try session.wait(for: "The scan was stopped")
    try session.waitUntilGone("scanning")
    session.press(.down)
    try session.wait(for: "000001.wal")
    session.send("q")
    #expect(try session.waitForExit() == .status(0))
    try expectRestored(session)
  }

  @Test(
    "Signals end it while it scans, and the terminal is as it was", arguments: [SIGTERM, SIGHUP])
  func signals(number: Int32) throws {
    let log = try largeLog()
    let session = try start([log.path])
    try session.wait(for: "000000.wal")
    session.signal(number)
    #expect(try session.waitForExit() == .signal(number))
    try expectRestored(session)
  }

  @Test("Ctrl-Z gives the terminal to the shell, fg takes it back with the same row selected")
  func suspending() throws {
    let log = try SegmentDirectory.ofEverything()
    let session = try TerminalSession("/bin/bash", ["--norc", "--noprofile", "-i"])
    session.send("PS1='prompt: '\r")
    try session.wait { $0.contains { $0.hasPrefix("prompt:") } }
    session.send("\(try TerminalSession.builtProgram("walscope")) \(log.path)\r")
    try session.wait(for: "4 findings")
    session.press(.down)
    try session.wait(for: "109 valid records follow it")
    session.press(.controlZ)
    try session.wait(for: "Stopped")
    #expect(!session.isAlternateScreen)
    session.send("clear; fg\r")
    try session.wait(for: "109 valid records follow it")
    #expect(session.isAlternateScreen)
    session.send("Q")
    // What is typed before the shell has the terminal again is thrown away, as mouse reports are.
    try session.wait { $0.last { !$0.isEmpty }?.hasPrefix("prompt:") ?? false }
    session.send("echo status $?\r")
    try session.wait { $0.contains("status 0") }
    session.send("exit\r")
    try session.waitForExit()
  }

  @Test("A hostile name, path or record reaches the terminal only escaped")
  func hostile() throws {
    let evil = "e\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}l"
    let tree = try SegmentDirectory()
    let record = try LogStory().write(
      key: Array(evil.utf8) + [0xFF, 0x9B], value: Array(evil.utf8))
    try tree.add("\(evil)/000000.wal", record.bytes)
    try tree.add("\(evil)/000000.wal.\u{1b}c.wal.tmp", record.bytes)
    try tree.add("good/000000.wal", record.bytes)
    let session = try start([tree.path], rows: 40, columns: 140)
    try session.wait(for: #"\x1b]0;owned\x07"#)
    try session.wait(for: "0 damaged")
    session.press(.enter)
    try session.wait(for: "1 segment")
    for key in ["!", "q", "f", "q", "i", "q", "/\u{202e}\r", "x", "q", "\r", "\r", "q", "q"] {
      session.send(key)
    }
    session.send("?")
    try session.wait(for: "Open what is selected")
    session.send("Q")
    #expect(try session.waitForExit() == .status(0))
    #expect(!session.titleOrBell)
    let sent = String(decoding: session.output, as: UTF8.self).unicodeScalars
    #expect(!sent.contains { $0.value == 0x9B || $0.value == 0x202E || $0.value == 7 })
    let commands: [[UInt8]] = [Array("\u{1b}]".utf8), Array("\u{1b}P".utf8), Array("\u{1b}c".utf8)]
    for command in commands {
      #expect(!session.output.indices.contains { session.output[$0...].starts(with: command) })
    }
    try expectRestored(session)
  }

  @Test("A torn tail is cut after its name was typed, and undo brings the bytes back")
  func recoverAndUndo() throws {
    let directory = try TemporaryDirectory()
    let program = try TerminalSession.builtProgram("walscope")
    let log = directory.path("log")
    try ChildProcess.require([program, "make", "nori-wal", log, "--damage", "torn-tail"])
    let segment = "\(log)/000000.wal"
    let before = try ChildProcess.require(["sha256sum", segment])
    let session = try start([log])
    // The records screen has the file open when the plan is applied.
    session.press(.enter)
    try session.wait(for: "then damage")
    session.send("d")
    try session.wait(for: "loses 0 records")
    session.press(.enter)
    try session.wait(for: "[ Cancel ]")
    session.send("000000.wal")
    session.press(.enter)
    try session.wait(for: "it is as it was promised")
    #expect(try ChildProcess.require(["sha256sum", segment]) != before)
    session.send("u")
    try session.wait(for: "time (UTC)")
    session.press(.enter)
    try session.wait(for: "gets its old bytes back")
    session.send("\t\r")
    try session.wait(for: "the log's verdict is now attention")
    #expect(try ChildProcess.require(["sha256sum", segment]) == before)
    session.send("Q")
    #expect(try session.waitForExit() == .status(0))
    try expectRestored(session)
  }

  @Test("What was scanned is kept in the cache of the user, or not at all where that is asked for")
  func cache() throws {
    // It has lain there for a while: what has just changed may change again, and is not kept.
    let log = SampleDataTests.root + "/nori-wal/damaged-inside"
    let home = try TemporaryDirectory()
    func kept() throws -> String { try ChildProcess.require(["find", home.path, "-type", "f"]) }
    func open(_ options: [String], until condition: () throws -> Bool) throws {
      let session = try TerminalSession(
        try TerminalSession.builtProgram("walscope"), options + [log],
        environment: ["HOME": home.path, "XDG_CACHE_HOME": nil])
      try session.wait(for: "damaged")
      try session.wait { _ in try condition() }
      session.send("q")
      #expect(try session.waitForExit() == .status(0))
    }
    let before = try ChildProcess.require(["find", log])
    try open(["--no-cache"]) { true }
    #expect(try kept() == "")
    try open([]) { try kept().contains("/.cache/walscope/") }
    try open([]) { true }
    #expect(try ChildProcess.require(["find", log]) == before)
  }

  @Test("What is not there is told on a screen, and q leaves it")
  func notThere() throws {
    let session = try start(["/nonexistent/log"])
    try session.wait(for: "No such file or directory")
    session.send("q")
    #expect(try session.waitForExit() == .status(0))
    try expectRestored(session)
  }
}
