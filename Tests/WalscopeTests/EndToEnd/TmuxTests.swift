import Glibc
import TestSupport
import Testing

/// Whole runs in tmux, a terminal that many people use and that none of our code imitates.
@Suite(.serialized)
struct TmuxTests {
  static let isInstalled = (try? ChildProcess.run(["tmux", "-V"]))?.status == 0

  @Test(.enabled(if: isInstalled, "tmux is not installed"))
  func `From the logs to one record and back, with a resize between`() throws {
    let tmux = try Tmux(columns: 80, rows: 24, "SampleData", in: SampleDataTests.root)
    try tmux.wait(for: "nori-wal/damaged-inside")
    tmux.type("/", "damaged-inside", "Enter")
    try tmux.wait(for: "nori-wal/damaged-inside:")
    tmux.type("Enter")
    try tmux.wait(for: "log ends at")
    // The damaged segment is not the first one, and may be scanned later.
    try tmux.wait(for: "damaged inside")
    tmux.type("e", "Enter")
    try tmux.wait(for: "222 records valid")
    tmux.type("e")
    try tmux.wait(for: "damage 0x")
    tmux.run(["resize-window", "-x", "140", "-y", "40"])
    try tmux.wait(for: "checksum differs")
    tmux.type("i")
    try tmux.wait(for: "Who has it open")
    tmux.type("Q")
    try tmux.wait(for: "ended with 0")
  }

  @Test(.enabled(if: isInstalled, "tmux is not installed"))
  func `Hostile contents change nothing but the text of the screen`() throws {
    let tmux = try Tmux(
      columns: 80, rows: 24, "SampleData/nori-wal/hostile-contents", in: SampleDataTests.root)
    try tmux.wait(for: "120")
    tmux.type("Enter")
    try tmux.wait(for: #"\x1b"#)
    #expect(tmux.run(["display-message", "-p", "#{pane_title}"]) == tmux.title)
    tmux.type("Q")
    try tmux.wait(for: "ended with 0")
  }
}

/// A tmux server of its own with one window, in which the program runs in a shell.
private final class Tmux {
  private let directory: TemporaryDirectory
  /// The window's title before the program started.
  private(set) var title = ""

  init(columns: Int, rows: Int, _ path: String, in root: String) throws {
    directory = try TemporaryDirectory()
    let parent = root.split(separator: "/").dropLast().joined(separator: "/")
    run([
      "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c",
      "/\(parent)", "env", "PS1=ready> ", "LC_ALL=C.UTF-8", "sh",
    ])
    try wait(for: "ready>")
    title = run(["display-message", "-p", "#{pane_title}"])
    let program = try TerminalSession.builtProgram("walscope")
    type("\(program) \(path); echo ended with $?", "Enter")
  }

  deinit { run(["kill-server"]) }

  /// Runs a tmux command and answers what it prints.
  @discardableResult
  func run(_ arguments: [String]) -> String {
    let command = ["tmux", "-u", "-S", directory.path("socket")] + arguments
    return (try? ChildProcess.run(command))?.output ?? ""
  }

  /// Types keys, by tmux's names where they have one.
  func type(_ keys: String...) { run(["send-keys"] + keys) }

  /// Waits until the screen shows a text.
  func wait(for text: String, seconds: Int = 20) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var screen = ""
    while ContinuousClock.now < deadline {
      screen = run(["capture-pane", "-p"])
      if screen.contains(text) { return }
      usleep(20_000)
    }
    throw TmuxFailure(description: "the screen never showed \"\(text)\":\n\(screen)")
  }
}

private struct TmuxFailure: Error, CustomStringConvertible {
  var description: String
}
