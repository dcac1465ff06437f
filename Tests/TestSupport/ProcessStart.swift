import CProcessStart
import Glibc

/// A program that a test starts, with all signals as they are by default.
struct ProcessStart {
  /// What it reads or writes.
  struct Stream {
    let path: String?
    let flags: Int32

    /// The same as the stream before.
    static let sameAsBefore = Stream(path: nil, flags: 0)
    static let nothing = Stream(path: "/dev/null", flags: O_RDONLY)

    /// A file that is made where it is missing.
    static func writing(_ path: String) -> Stream { Stream(path: path, flags: O_WRONLY | O_CREAT) }
    static func terminal(_ path: String) -> Stream { Stream(path: path, flags: O_RDWR) }

    /// An end of a pipe of ours, which is open until the program has started.
    static func end(_ descriptor: Int32, _ flags: Int32) -> Stream {
      Stream(path: "/proc/\(getpid())/fd/\(descriptor)", flags: flags)
    }
  }

  /// The program, found in PATH unless it is a path, and its arguments: as bytes, since a path need
  /// not be UTF-8.
  let arguments: [[UInt8]]
  /// `NAME=value`.
  let environment: [String]
  let input: Stream
  let output: Stream
  let messages: Stream
  /// Whether it leads a session of its own, which keeps our terminal's signals from it.
  var leadsSession = false

  /// Our environment.
  static func inheritedEnvironment() -> [String] {
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      variables.append(String(cString: entry))
      next += 1
    }
    return variables
  }

  /// Starts it, and answers its process identifier.
  func run() throws -> pid_t {
    var words = arguments.map { strdup($0.map { CChar(bitPattern: $0) } + [0]) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    let paths = [input, output, messages].map { $0.path.map { strdup($0) } ?? nil }
    defer { for text in words + variables + paths { free(text) } }
    let pid = words.withUnsafeMutableBufferPointer { words in
      variables.withUnsafeMutableBufferPointer { variables in
        var start = wl_process_start()
        start.arguments = UnsafePointer(words.baseAddress)
        start.environment = UnsafePointer(variables.baseAddress)
        start.streams = (
          wl_stream(path: paths[0], flags: input.flags),
          wl_stream(path: paths[1], flags: output.flags),
          wl_stream(path: paths[2], flags: messages.flags)
        )
        start.leads_session = leadsSession
        return wl_start_process(&start)
      }
    }
    guard pid > 0 else {
      throw SetupFailure("starting \(String(decoding: arguments[0], as: UTF8.self))", -pid)
    }
    return pid
  }

  /// A pipe whose ends no program inherits.
  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    let code = wl_make_pipe(&ends)
    guard code == 0 else { throw SetupFailure("a pipe", -code) }
    return (ends[0], ends[1])
  }
}
