import Foundation
import LogFormats
import TestSupport
import Testing

/// Applying and undoing a plan touches the plan's files and `.walscope`, and nothing else: shown by
/// what the kernel was asked for, and by the bytes of everything else.
struct ChangeTraceTests {
  /// Calls that can change a file, a directory or their properties.
  private static let changing = [
    "ftruncate", "truncate", "pwrite64", "write", "pwritev", "writev", "fallocate", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat",
    "symlinkat", "chmod", "fchmod", "fchmodat", "fchown", "fchownat", "utimensat", "fsetxattr",
    "copy_file_range", "ioctl", "mknodat",
  ]

  private let directory: TemporaryDirectory
  private let log: String
  private let plan: String

  init() throws {
    directory = try TemporaryDirectory()
    log = try MadeLogs.make(in: directory, damage: [.tornTail])
    plan = directory.path("plan.json")
  }

  private func traced(_ words: [String]) throws -> (status: Int32, calls: [String]) {
    let trace = directory.path("trace")
    let program = try TerminalSession.builtProgram("walscope")
    let outcome = try ChildProcess.run(
      [
        "env", "XDG_STATE_HOME=\(directory.path("state"))", "strace", "-f", "-qq", "-y", "-s",
        "4096", "-o", trace,
        "-e", "trace=openat,open,creat," + Self.changing.joined(separator: ","), program,
      ] + words)
    let text = String(
      decoding: FileManager.default.contents(atPath: trace) ?? Data(), as: UTF8.self)
    return (outcome.status, text.split(separator: "\n").map(String.init))
  }

  /// The calls that could have changed something below the directory of the log.
  private func changes(_ calls: [String]) -> [String] {
    calls.filter { call in
      // The second half of a call that another thread's call stands in the middle of.
      if call.contains(" resumed>") { return false }
      // What is written may speak of the log; where it is written to stands before it.
      let isWrite = call.contains("write64(") || call.contains("write(")
      let place = isWrite ? String(call.prefix { $0 != "\"" }) : call
      guard place.contains(log) else { return false }
      if call.contains("open(") || call.contains("openat(") || call.contains("creat(") {
        return ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].contains { call.contains($0) }
      }
      // What asks a file for something, and changes nothing.
      return !call.contains("FS_IOC_FIEMAP") && !call.contains("TCGETS")
    }
  }

  private func contents() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: log) where name != ".walscope" {
      files[name] = FileManager.default.contents(atPath: "\(log)/\(name)")
    }
    return files
  }

  @Test(.enabled(if: ReadOnlyTests.hasTracer, "strace is not installed"))
  func `Only the file of the plan and what is kept for it are changed`() throws {
    let before = try contents()
    let torn = try #require(before.keys.max())
    let planned = try traced(["recover", log, "--save-plan", plan])
    #expect(planned.status == 1)
    #expect(changes(planned.calls) == [])
    for words in [["apply", plan, "--yes"], ["undo", log, "--yes"], ["purge", log, "--yes"]] {
      let (status, calls) = try traced(words)
      #expect(status == 0)
      let changes = changes(calls)
      #expect(!changes.isEmpty)
      for call in changes {
        #expect(
          call.contains("\(log)/\(torn)>") || call.contains("\"\(torn)\"")
            || call.contains(".walscope") || call.contains("fsync"), "\(words[0]): \(call)")
      }
      if words[0] == "apply" {
        var others = try contents()
        #expect(others[torn] != before[torn])
        others[torn] = before[torn]
        #expect(others == before)
      }
    }
    #expect(try contents() == before)
  }
}
