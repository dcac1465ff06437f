import Glibc

/// Text that is compared with a file in Tests/Golden, which a reviewer reads.
///
/// `WALSCOPE_UPDATE_GOLDEN=1 swift test` writes the files anew instead of comparing.
public enum Golden {
  private static var directory: String {
    let package = #filePath.split(separator: "/").dropLast(3)
    return "/" + package.joined(separator: "/") + "/Tests/Golden"
  }

  /// What is different between `text` and the file `name`, nil when they are the same.
  public static func difference(_ text: String, from name: String) throws -> String? {
    let path = "\(directory)/\(name)"
    let wanted = text.last == "\n" ? text : text + "\n"
    if getenv("WALSCOPE_UPDATE_GOLDEN").map({ String(cString: $0) }) == "1" {
      try write(wanted, to: path)
      return nil
    }
    guard let found = read(path) else {
      return "\(path) is not there; run once with WALSCOPE_UPDATE_GOLDEN=1"
    }
    guard found != wanted else { return nil }
    let old = found.split(separator: "\n", omittingEmptySubsequences: false)
    let new = wanted.split(separator: "\n", omittingEmptySubsequences: false)
    let row = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    return """
      \(name) differs from line \(row + 1) on (WALSCOPE_UPDATE_GOLDEN=1 writes it anew)
      was: \(row < old.count ? String(old[row]) : "nothing")
      is:  \(row < new.count ? String(new[row]) : "nothing")
      all of it:
      \(wanted)
      """
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ text: String, to path: String) throws {
    for slash in path.indices where path[slash] == "/" && slash != path.startIndex {
      mkdir(String(path[..<slash]), 0o755)
    }
    guard let file = fopen(path, "w") else { throw SetupFailure("open \(path)", errno) }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw SetupFailure("write \(path)", errno)
    }
  }
}
