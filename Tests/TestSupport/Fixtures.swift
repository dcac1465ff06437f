import Glibc
import LogFiles
public import Testing

/// Real files of real engines, which are not part of the repository.
public enum Fixtures {
  /// The directory that holds them, nil where it is not there.
  ///
  /// `WALSCOPE_FIXTURES` names it; else it is looked for beside the package.
  public static let root: String? = {
    let candidates: [String]
    if let named = getenv("WALSCOPE_FIXTURES") {
      candidates = [String(cString: named)]
    } else {
      let package = #filePath.split(separator: "/").dropLast(3).map(String.init)
      let above = package.indices.reversed().map { "/" + package[..<$0].joined(separator: "/") }
      candidates = above.prefix(3).map { $0 + "/shared/fixtures" }
    }
    return candidates.first { access($0, R_OK) == 0 }
  }()

  /// Why tests that need fixtures are skipped.
  public static let absence = Comment("no fixtures here; set WALSCOPE_FIXTURES")

  /// The cases of one format: the names of its directories, sorted.
  public static func cases(_ format: String) -> [String] {
    guard let root, let directory = try? OpenDirectory.open("\(root)/\(format)") else { return [] }
    let entries = (try? directory.entries()) ?? []
    return entries.filter { $0.kind == .directory }.compactMap(\.name.utf8)
  }

  /// The bytes of a file of a case.
  public static func bytes(_ path: String) throws -> [UInt8] {
    guard let root else { throw SetupFailure("no fixtures") }
    let (directory, name) = try OpenDirectory.openParent(ofFile: "\(root)/\(path)")
    let file = try directory.openFile(name)
    var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
    var span = bytes.mutableSpan
    var room = span.mutableBytes
    _ = try file.read(into: &room, at: 0)
    return bytes
  }
}
