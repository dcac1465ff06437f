import Glibc
import LogFiles
import TestSupport
import Testing

/// Browsing changes nothing: shown by what the kernel was asked for, not by what the code intends.
struct ReadOnlyTests {
  static let hasTracer = (try? ChildProcess.run(["strace", "-V"]))?.status == 0

  /// Verbs that read, with `PATH` for the log's place.
  static let verbs: [[String]] = [
    ["ls", "PATH"], ["check", "--json", "PATH"], ["dump", "--json", "PATH"],
    ["show", "PATH/000000.wal@0"], ["extents", "PATH"], ["forecast", "PATH"],
  ]

  /// A copy of a sample, whose access times lie in the past.
  static func copy(of sample: String) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    let source = "\(SampleDataTests.root)/nori-wal/\(sample)"
    for name in try Tree.names(in: source) {
      let path = try directory.write(Tree.bytes(of: "\(source)/\(name)"), to: name)
      var times = [
        timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0),
      ]
      utimensat(AT_FDCWD, path, &times, 0)
    }
    return directory
  }

  @Test(.enabled(if: hasTracer, "strace is not installed"), arguments: verbs)
  func `No call could have changed anything under the path`(verb: [String]) throws {
    let directory = try Self.copy(of: "damaged-inside")
    let program = try TerminalSession.builtProgram("walscope")
    let arguments = verb.map { word in
      word.replacing("PATH", with: directory.path)
    }
    let trace = try ChildProcess.run(
      ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file,%desc", program] + arguments
    ).output
    let calls = trace.split(separator: "\n").map(String.init)
    #expect(calls.contains { $0.contains("000000.wal") }, "the trace shows the log being opened")
    let changing = [
      "rename", "unlink", "link(", "linkat", "truncate", "mkdir", "rmdir", "chmod", "chown",
      "utime", "setxattr", "fallocate", "mknod", "symlink", "copy_file_range",
    ]
    for call in calls where call.contains(directory.path) || call.contains(".wal") {
      let call = call.replacing("readlinkat(", with: "readlink-at(")
      #expect(
        !changing.contains { call.contains($0 + "(") || call.contains($0 + "at(") }, "\(call)")
      #expect(!call.contains("O_WRONLY") && !call.contains("O_RDWR"), "\(call)")
      #expect(!call.contains("O_CREAT") && !call.contains("O_TRUNC"), "\(call)")
    }
    for call in calls
    where call.contains(".wal\"") && call.contains("openat(") && !call.contains("O_DIRECTORY") {
      #expect(call.contains("O_NOFOLLOW") && call.contains("O_CLOEXEC"), "\(call)")
    }
  }

  @Test(.enabled(if: hasTracer, "strace is not installed"))
  func `Preallocated space that nobody wrote is not read`() throws {
    let directory = try TemporaryDirectory()
    let sample = "\(SampleDataTests.root)/nori-wal/clean-rotated/000000.wal"
    let records = try Tree.bytes(of: sample)
    let path = try directory.write(records, to: "000000.wal")
    let size = 64 << 20
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    guard posix_fallocate(descriptor, 0, size) == 0 else { return }
    let program = try TerminalSession.builtProgram("walscope")
    let (status, output) = try ChildProcess.run(
      ["strace", "-f", "-qq", "-e", "trace=pread64", program, "check", directory.path])
    #expect(output.contains("preallocated tail"))
    #expect(output.contains("nothing is wrong"))
    #expect(status == 0)
    let read = output.split(separator: "\n").filter { $0.contains("pread64(") }
      .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    #expect(read >= records.count)
    #expect(read < 8 * records.count, "\(read) bytes were read of a file of \(size)")
  }

  @Test
  func `Access times stay as they were`() throws {
    let directory = try Self.copy(of: "torn-tail")
    let before = try Self.accessTimes(in: directory.path)
    let program = try TerminalSession.builtProgram("walscope")
    for verb in Self.verbs {
      _ = try ChildProcess.run([program] + verb.map { $0.replacing("PATH", with: directory.path) })
    }
    #expect(try Self.accessTimes(in: directory.path) == before)
  }

  private static func accessTimes(in path: String) throws -> [Int] {
    try Tree.names(in: path).map { name in
      var status = stat()
      stat("\(path)/\(name)", &status)
      return status.st_atim.tv_sec
    }
  }
}

extension String {
  fileprivate func replacing(_ word: String, with other: String) -> String {
    split(separator: word, omittingEmptySubsequences: false).joined(separator: other)
  }
}
