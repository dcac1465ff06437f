public import Glibc

/// Another process, for tests that need one: its standard input and output are pipes to us, its
/// standard error joins the output. It is ended and reaped at the end of its life here.
public final class ChildProcess: @unchecked Sendable {
  /// The process identifier.
  public let pid: pid_t
  private var input: Int32
  private let output: Int32
  private var status: Int32?
  private var unread: ArraySlice<UInt8> = []

  /// Starts a program found in PATH. `ownSession` keeps the terminal's signals from it.
  public init(_ arguments: [String], ownSession: Bool = false) throws {
    let toChild = try ProcessStart.pipe()
    let fromChild = try ProcessStart.pipe()
    defer {
      close(toChild.read)
      close(fromChild.write)
    }
    do {
      pid = try ProcessStart(
        arguments: arguments.map { Array($0.utf8) },
        environment: ProcessStart.inheritedEnvironment(), input: .end(toChild.read, O_RDONLY),
        output: .end(fromChild.write, O_WRONLY), messages: .sameAsBefore,
        leadsSession: ownSession
      ).run()
    } catch {
      close(toChild.write)
      close(fromChild.read)
      throw error
    }
    input = toChild.write
    output = fromChild.read
  }

  deinit {
    closeInput()
    close(output)
    if status == nil {
      kill(pid, SIGKILL)
      _ = wait()
    }
  }

  /// Runs a program to its end and answers its exit status and all it printed.
  public static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let child = try ChildProcess(arguments)
    child.closeInput()
    var bytes: [UInt8] = []
    while let byte = child.readByte() { bytes.append(byte) }
    return (child.wait(), String(decoding: bytes, as: UTF8.self))
  }

  /// Runs a program and throws, with what it printed, unless it exits with 0.
  @discardableResult
  public static func require(_ arguments: [String]) throws -> String {
    let (status, output) = try run(arguments)
    guard status == 0 else {
      throw SetupFailure("\(arguments.joined(separator: " ")): status \(status): \(output)")
    }
    return output
  }

  /// The next line it prints, without the newline; nil at the end. Blocks.
  public func readLine() -> String? {
    var bytes: [UInt8] = []
    while let byte = readByte() {
      if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Gives it the end of its input.
  public func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Waits for its end and answers the exit status, or 128 and the signal as a shell does.
  @discardableResult
  public func wait() -> Int32 {
    if let status { return status }
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
    let ended = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
    status = ended
    return ended
  }

  private func readByte() -> UInt8? {
    if unread.isEmpty {
      var buffer = [UInt8](repeating: 0, count: 1 << 12)
      var count = read(output, &buffer, buffer.count)
      while count < 0, errno == EINTR { count = read(output, &buffer, buffer.count) }
      unread = buffer.prefix(max(0, count))
    }
    return unread.popFirst()
  }
}
