import Foundation
import Glibc
import LogFormats
import TestSupport
import Testing

/// What holds for every call: exit codes, where output goes, what happens when the reader leaves.
@Suite struct CallTests {
  @Test func `Help and version need no path`() throws {
    #expect(try RunningProgram.walscope(["--version"]).text == "walscope 0.1.0\n")
    let help = try RunningProgram.walscope(["--help"])
    #expect(help.status == 0)
    #expect(help.text.contains("Exit status:"))
    #expect(try RunningProgram.walscope(["help", "dump"]).text.contains("--grep"))
    #expect(try RunningProgram.walscope(["dump", "--help"]).text.contains("--grep"))
  }

  @Test func `The words of the call are known where /proc is not mounted`() throws {
    guard getuid() == 0 else {
      print("not root: nothing is mounted over /proc")
      return
    }
    guard try ChildProcess.run(["unshare", "--mount", "true"]).status == 0 else {
      print("no mounts of its own can be given to a process here: /proc is left as it is")
      return
    }
    let program = try TerminalSession.builtProgram("walscope")
    let output = try ChildProcess.require([
      "unshare", "--mount", "sh", "-c",
      "mount -t tmpfs none /proc && exec '\(program)' --version",
    ])
    #expect(output == "walscope 0.1.0\n")
  }

  @Test(arguments: [
    ["chekc"], ["check"], ["check", "--nope", "x"], ["dump", "x", "y"], ["show", "x"],
    ["check", "--format", "nori", "x"], ["check", "--assume", "x=1", "y"], ["completions", "csh"],
    ["make", "raw", "/tmp/never-made"], ["dump", "--grep", "x:z", "/tmp"],
  ])
  func `A call that is not understood exits with 64 and says what to write`(words: [String]) throws
  {
    let outcome = try RunningProgram.walscope(words)
    #expect(outcome.status == 64 || words[0] == "dump")
    #expect(outcome.output.isEmpty)
    #expect(outcome.messageText.hasPrefix("walscope: "))
    #expect(outcome.messageText.contains("("))
    #expect(outcome.messageText.filter { $0 == "\n" }.count == 1)
  }

  @Test func `A mistyped verb names the right one`() throws {
    #expect(try RunningProgram.walscope(["chekc"]).messageText.contains("walscope check"))
  }

  @Test func `Without a terminal a path prints what ls prints`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let opened = try RunningProgram.walscope([log])
    #expect(opened.status == 0)
    #expect(opened.text == (try RunningProgram.walscope(["ls", log]).text))
    #expect(try RunningProgram.walscope([], in: log).text.contains("000000.wal"))
  }

  @Test func `A path without a log says what to do and exits with 2`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array("hello".utf8), to: "note.txt")
    let empty = directory.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    for (path, part) in [
      (directory.path, "nothing here is a log of a known format"),
      (empty, "the directory is empty"),
      (directory.path("note.txt"), "nothing here is a log"), ("/no/where", "No such file"),
    ] {
      let outcome = try RunningProgram.walscope(["check", path])
      #expect(outcome.status == 2)
      #expect(outcome.messageText.contains("walscope: \(path): "))
      #expect(outcome.messageText.contains(part))
    }
    let forced = try RunningProgram.walscope(["check", "--format", "nori-wal", directory.path])
    #expect(forced.status == 2)
    #expect(forced.messageText.contains("no file in it is named like a segment of nori-wal"))
  }

  @Test func `No permission is exit 2 with advice`() throws {
    guard getuid() != 0 else {
      print("running as root, who may read everything: skipped")
      return
    }
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    chmod("\(log)/000000.wal", 0)
    let outcome = try RunningProgram.walscope(["check", log])
    #expect(outcome.status == 2)
    #expect(outcome.text.contains("may read it"))
  }

  @Test func `A reader that goes away is no error`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) { $0.records = 20_000 }
    let program = try RunningProgram(walscope: ["dump", log].map { Array($0.utf8) })
    #expect(program.read(limit: 10) != nil)
    let outcome = program.stopReading()
    #expect(outcome.status == 0)
    #expect(outcome.messages.isEmpty)
  }

  @Test func `A full disk is an error`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let program = try TerminalSession.builtProgram("walscope")
    let (status, output) = try ChildProcess.run([
      "sh", "-c", "'\(program)' dump '\(log)' 2>&1 >/dev/full",
    ])
    #expect(status == 2)
    #expect(output.contains("No space left"))
  }

  @Test func `No file takes the number of a standard descriptor that is closed`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let program = try TerminalSession.builtProgram("walscope")
    let child = try ChildProcess(["sh", "-c", "exec '\(program)' follow '\(log)' <&- 2>&-"])
    let line = try #require(child.readLine())
    #expect(line.hasPrefix("-- following \(log) (nori-wal)"))
    for number in [0, 2] {
      let target = try FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/\(child.pid)/fd/\(number)")
      #expect(!target.hasPrefix(log))
      #expect(!target.contains("inotify"))
    }
  }

  @Test func `Output that is closed is an error`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let program = try TerminalSession.builtProgram("walscope")
    let (status, output) = try ChildProcess.run([
      "sh", "-c", "'\(program)' check '\(log)' 2>&1 >&-",
    ])
    #expect(status == 2)
    #expect(output.contains("writing the output failed: Bad file descriptor"))
  }

  @Test func `Ctrl-C ends a dump with 130 and says that it is not whole`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.records = 40_000
      $0.segmentSize = 1 << 20
    }
    let program = try RunningProgram(walscope: ["dump", log].map { Array($0.utf8) })
    // It now waits for us to read on.
    #expect(program.read(limit: 10) != nil)
    program.signal(SIGINT)
    let outcome = program.finish()
    #expect(outcome.status == 130)
    #expect(outcome.messageText.contains("interrupted"))
    #expect(outcome.lines.count < 40_000)
  }

  @Test func `Ctrl-C ends a check with 130 and tells what is known`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    // Random bytes behind a record take long: a record could start at each of them.
    var generator = SeededGenerator(seed: 7)
    let noise = (0..<(48 << 17)).flatMap { _ in
      withUnsafeBytes(of: generator.next()) { Array($0) }
    }
    let segment = FileWriterAtEnd(path: "\(log)/000001.wal")
    try segment.append(noise)
    try MadeLogs.age("\(log)/000001.wal")
    let program = try RunningProgram(walscope: ["check", log].map { Array($0.utf8) })
    try program.waitUntilItHasOpen("000001.wal")
    program.signal(SIGINT)
    let outcome = program.finish()
    #expect(outcome.status == 130)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messageText.contains("interrupted after"))
    #expect(outcome.messageText.contains("so far"))
  }

  @Test func `Colours are only for those who want them`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    #expect(!(try RunningProgram.walscope(["check", log]).output.contains(0x1B)))
    let always = try RunningProgram.walscope(["check", "--color", "always", log])
    #expect(always.text.hasPrefix("\u{1B}[32mclean\u{1B}[0m"))
    let never = try RunningProgram.walscope(["check", "--color=never", log])
    #expect(!never.output.contains(0x1B))
  }

  @Test func `On a terminal NO_COLOR keeps the output plain`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let program = try TerminalSession.builtProgram("walscope")
    for (noColor, hasColor) in [(nil, true), ("1", false)] as [(String?, Bool)] {
      let session = try TerminalSession(
        program, ["check", log], environment: ["NO_COLOR": noColor])
      _ = try session.waitForExit()
      #expect(session.output.contains(0x1B) == hasColor)
    }
  }
}

/// Appends to a file that is there.
struct FileWriterAtEnd {
  let path: String

  func append(_ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: bytes)
    try handle.close()
  }
}

extension RunningProgram {
  /// Waits until the program has a file of this name open.
  func waitUntilItHasOpen(_ name: String) throws {
    let folder = "/proc/\(pid)/fd"
    for _ in 0..<10_000 {
      for entry in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "\(folder)/\(entry)")
        if target?.hasSuffix(name) == true { return }
      }
      usleep(200)
    }
    throw SetupFailure("the program never opened \(name)")
  }
}
