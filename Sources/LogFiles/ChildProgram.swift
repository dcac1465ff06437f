internal import CLinux
import Glibc
import Synchronization

/// Another process of this program, which does what its arguments say, reads lines from us and
/// writes lines to us. Ends at the latest with this value.
///
/// For what only a process of its own can show: several that write one log, or one that is killed.
public final class ChildProgram: Sendable {
  public let pid: Int32
  private let calls: SystemCalls
  private let input: Int32
  private let output: Int32
  private let state = Mutex(State())

  private struct State {
    var unread: [UInt8] = []
    var status: Int32?
  }

  /// Starts the program that this process runs.
  ///
  /// - Throws: `FileError` of the call.
  public init(arguments: [FileName], calls: SystemCalls = .linux) throws(FileError) {
    var started = wl_process()
    let words = [FileName("walscope")] + arguments
    // Sound: the copies live until after the call, and the list ends with a null.
    let copies = unsafe words.map { word in unsafe word.withCString { unsafe strdup($0) } }
    defer { unsafe copies.forEach { unsafe free($0) } }
    var list = unsafe copies
    unsafe list.append(nil)
    try calls.perform(.startProcess) { _ in Int64(unsafe wl_process_start(&list, &started)) }
    self.calls = calls
    pid = started.pid
    input = started.input
    output = started.output
  }

  deinit {
    _ = end(by: SIGKILL)
    calls.attempt(.close) { _ in Int64(wl_close(input)) }
    calls.attempt(.close) { _ in Int64(wl_close(output)) }
  }

  /// Sends a line, to which the newline is added.
  ///
  /// - Throws: `FileError`, also when the process has ended.
  public func send(_ line: String) throws(FileError) {
    let bytes = Array(line.utf8) + [0x0a]
    var done = 0
    while done < bytes.count {
      let rest = Array(bytes[done...])
      done += Int(
        try calls.perform(.talk) { _ in
          // Sound: the call reads the array's bytes only.
          unsafe rest.withUnsafeBytes {
            unsafe wl_pipe_write(input, $0.baseAddress, UInt64($0.count))
          }
        })
    }
  }

  /// The next line it writes, without the newline; nil when it has ended. Waits for it.
  ///
  /// - Throws: `FileError` of a read.
  public func nextLine() throws(FileError) -> String? {
    while true {
      if let line = takeLine() { return line }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = try calls.perform(.talk) { _ in
        // Sound: the call writes at most the array's bytes.
        unsafe buffer.withUnsafeMutableBytes {
          unsafe wl_pipe_read(output, $0.baseAddress, UInt64($0.count))
        }
      }
      if count == 0 { return nil }
      let came = buffer[..<Int(count)]
      state.withLock { $0.unread += came }
    }
  }

  private func takeLine() -> String? {
    state.withLock { state in
      guard let end = state.unread.firstIndex(of: 0x0a) else { return nil }
      let line = String(decoding: state.unread[..<end], as: UTF8.self)
      state.unread.removeSubrange(...end)
      return line
    }
  }

  /// For the process itself: of what it writes to a file from now on, nothing comes behind the first `size`
  /// bytes. When it tries to, it writes `line` to us and does nothing more.
  ///
  /// - Throws: `FileError` of a call.
  public static func stop(behind size: UInt64, saying line: String) throws(FileError) {
    try SystemCalls.linux.perform(.limitFileSize) { _ in
      // Sound: nobody frees the copy, so that it is there as long as the process.
      Int64(unsafe wl_process_stop_behind(size, unsafe strdup(line + "\n")))
    }
  }

  /// Kills it as a crash does, at whatever it is doing, and waits for its end.
  ///
  /// - Returns: its exit status, or 128 and the signal as a shell says it.
  @discardableResult
  public func kill() -> Int32 { end(by: SIGKILL) }

  /// Waits for its end.
  ///
  /// - Returns: its exit status, or 128 and the signal as a shell says it.
  @discardableResult
  public func wait() -> Int32 { end(by: nil) }

  private func end(by signal: Int32?) -> Int32 {
    state.withLock { state in
      // A number that was waited for may belong to another process by now.
      if let status = state.status { return status }
      if let signal { calls.attempt(.signal) { _ in Int64(wl_process_signal(pid, signal)) } }
      let status = wl_process_wait(pid)
      state.status = status
      return status
    }
  }
}
