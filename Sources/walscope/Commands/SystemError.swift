import Glibc

/// What the system calls an error.
enum SystemError {
  static func text(_ code: Int32) -> String {
    // Sound: strerror answers a zero-terminated string, which is copied at once.
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
  }
}
