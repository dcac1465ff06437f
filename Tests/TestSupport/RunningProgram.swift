public import Glibc

/// A program of this package as a real process, with its output and its messages apart.
public final class RunningProgram: @unchecked Sendable {
  /// How a program ended.
  public struct Outcome: Sendable {
    /// The exit status, or 128 and the signal as a shell does.
    public let status: Int32
    public let output: [UInt8]
    public let messages: [UInt8]
    /// The most memory that it had resident, in bytes, as far as it was seen.
    public let peakMemory: UInt64

    public var text: String { String(decoding: output, as: UTF8.self) }
    public var messageText: String { String(decoding: messages, as: UTF8.self) }
    /// The lines of the output.
    public var lines: [Substring] { text.split(separator: "\n") }
  }

  public let pid: pid_t
  private var output: Int32
  private let messagesPath: String
  private let scratch: TemporaryDirectory
  private var isReaped = false
  private var peakMemory: UInt64 = 0

  /// Starts `walscope` as it was built beside these tests.
  ///
  /// - Parameters:
  ///   - arguments: as bytes, since a path need not be UTF-8.
  ///   - directory: where it runs, nil for here.
  ///   - environment: added to ours.
  /// - Throws: `SetupFailure` when it could not be started.
  public init(
    walscope arguments: [[UInt8]], in directory: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    scratch = try TemporaryDirectory()
    messagesPath = scratch.path("messages")
    let ends = try ProcessStart.pipe()
    output = ends.read
    defer { close(ends.write) }
    let program = try TerminalSession.builtProgram("walscope")
    // `env -C` changes the directory and becomes the program.
    let start = (directory.map { ["/usr/bin/env", "-C", $0] } ?? []) + [program]
    do {
      pid = try ProcessStart(
        arguments: start.map { Array($0.utf8) } + arguments,
        environment: Self.environment(environment), input: .nothing,
        output: .end(ends.write, O_WRONLY), messages: .writing(messagesPath)
      ).run()
    } catch {
      close(ends.read)
      throw error
    }
  }

  deinit {
    if output >= 0 { close(output) }
    if !isReaped {
      kill(pid, SIGKILL)
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
  }

  /// Runs `walscope` to its end.
  public static func walscope(
    _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    try RunningProgram(
      walscope: arguments.map { Array($0.utf8) }, in: directory, environment: environment
    ).finish()
  }

  /// Reads the rest of its output and waits for its end.
  public func finish() -> Outcome {
    var bytes: [UInt8] = []
    while true {
      var event = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let count = poll(&event, 1, 10)
      notePeakMemory()
      if count == 0 { continue }
      guard let piece = read(limit: 1 << 20) else { return reap(output: bytes) }
      bytes += piece
    }
  }

  /// Goes away as a reader of the output, as `head` does, and waits for its end.
  public func stopReading() -> Outcome {
    close(output)
    output = -1
    return reap(output: [])
  }

  /// The next bytes of the output, nil at its end. Blocks.
  public func read(limit: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: limit)
    var count = Glibc.read(output, &buffer, limit)
    while count < 0, errno == EINTR { count = Glibc.read(output, &buffer, limit) }
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  public func signal(_ signal: Int32) { kill(pid, signal) }

  private func reap(output bytes: [UInt8]) -> Outcome {
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
    isReaped = true
    return Outcome(
      status: raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F,
      output: bytes, messages: Self.contents(of: messagesPath),
      peakMemory: peakMemory)
  }

  /// Looks how much memory it has had so far. (What `wait4` tells includes the memory of the
  /// process that started it.)
  private func notePeakMemory() {
    let status = String(decoding: Self.contents(of: "/proc/\(pid)/status"), as: UTF8.self)
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
      peakMemory = max(peakMemory, (kilobytes.flatMap { UInt64($0) } ?? 0) * 1024)
    }
  }

  private static func environment(_ added: [String: String]) -> [String] {
    let variables = ProcessStart.inheritedEnvironment().filter { entry in
      let name = String(entry.prefix { $0 != "=" })
      return added[name] == nil && name != "NO_COLOR"
    }
    return variables + added.map { "\($0.key)=\($0.value)" }
  }

  private static func contents(of path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count <= 0 { return bytes }
      bytes += buffer.prefix(count)
    }
  }
}
