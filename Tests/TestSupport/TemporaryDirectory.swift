import Glibc
public import LogFiles

/// A directory of its own for one test, removed with everything in it at the end of its life.
public final class TemporaryDirectory: Sendable {
  /// The absolute path.
  public let path: String

  /// Makes the directory below `base`, or else below `TMPDIR`, or below /tmp.
  public init(below base: String? = nil) throws {
    let base = base ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/walscope-test.XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
    guard let made else { throw SetupFailure("mkdtemp below \(base)", errno) }
    path = String(cString: made)
  }

  deinit {
    Self.removeTree(Array(path.utf8))
  }

  /// Removes by bytes, because tests make names that are not UTF-8; links are not followed.
  private static func removeTree(_ path: [UInt8]) {
    if let directory = try? OpenDirectory.open(FileName(path)) {
      for entry in (try? directory.entries()) ?? [] {
        let below = path + [UInt8(ascii: "/")] + entry.name.bytes
        if entry.kind == .directory {
          removeTree(below)
        } else {
          unlink(below.map { CChar(bitPattern: $0) } + [0])
        }
      }
    }
    rmdir(path.map { CChar(bitPattern: $0) } + [0])
  }

  /// The path of `name` in this directory.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file of these bytes and answers its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = path(name)
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SetupFailure("open \(path)", errno) }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      guard count > 0 else { throw SetupFailure("write \(path)", errno) }
      done += count
    }
    return path
  }

  /// Opens the directory for reading through `calls`.
  public func open(calls: SystemCalls = .linux) throws -> OpenDirectory {
    try OpenDirectory.open(path, calls: calls)
  }
}

/// Something a test needed from the system and did not get.
public struct SetupFailure: Error, CustomStringConvertible {
  /// What was tried and why it failed.
  public let description: String

  /// A failure of `action`, with the `errno` where there is one.
  public init(_ action: String, _ code: Int32? = nil) {
    description = code.map { "\(action): \(String(cString: strerror($0)))" } ?? action
  }
}
