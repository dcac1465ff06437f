import Glibc
import LogFiles
import LogInspection

/// Remembers which directories other than `.walscope` hold backups of a log, so that history and
/// undo find them without being told: one file for each directory of logs, with a path a line, in
/// `$XDG_STATE_HOME/walscope/stores` (else `~/.local/state/walscope/stores`).
///
/// It is best effort: where it cannot be kept, `--save-to` names the directory again.
enum StoreList {
  /// The file's name is the digest of the path of the directory of logs.
  private static func fileName(of log: Log) -> FileName? {
    guard let path = try? log.directory.realPath() else { return nil }
    return FileName(ContentDigest(of: path.bytes).hexadecimal)
  }

  private static let steps = [FileName("walscope"), FileName("stores")]

  private static var base: FileName? {
    func variable(_ name: String) -> String? {
      // Sound: the text is copied before anything can change the environment.
      unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    // A path that is not absolute is to be ignored (XDG Base Directory Specification).
    if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") { return FileName(state) }
    return variable("HOME").map { FileName($0 + "/.local/state") }
  }

  /// The paths that are known for a log.
  static func paths(of log: Log) -> [FileName] {
    guard let base, let name = fileName(of: log),
      var directory = try? log.directory.openElsewhere(base)
    else { return [] }
    for step in steps {
      guard let next = try? directory.openDirectory(step) else { return [] }
      directory = next
    }
    guard let file = try? directory.openFile(name), let bytes = try? file.bytes(in: 0..<65_536)
    else { return [] }
    return bytes.split(separator: 0x0A).map { FileName(Array($0)) }
      .filter { $0.bytes.first == UInt8(ascii: "/") }
  }

  /// Notes a store that does not lie beside the log.
  static func note(_ store: RepairStore, of log: Log) {
    if store.parent != nil || paths(of: log).contains(store.path) { return }
    write(paths(of: log) + [store.path], of: log)
  }

  /// Forgets a store that holds nothing of a log any more.
  static func forget(_ store: RepairStore, of log: Log) {
    let known = paths(of: log)
    if known.contains(store.path) { write(known.filter { $0 != store.path }, of: log) }
  }

  private static func write(_ paths: [FileName], of log: Log) {
    guard let name = fileName(of: log), let directory = makeDirectory(like: log.directory) else {
      return
    }
    if let old = try? directory.status(of: name).identity {
      try? directory.remove(name, identity: old)
    }
    if paths.isEmpty { return }
    let bytes = paths.reduce(into: [UInt8]()) { $0 += $1.bytes + [0x0A] }
    try? directory.makePrivateFile(name).write(bytes.rawBytes, at: 0)
  }

  private static func makeDirectory(like any: OpenDirectory) -> OpenDirectory? {
    guard let base else { return nil }
    var missing: [FileName] = steps
    var path = base.bytes
    var opened = try? any.openElsewhere(base)
    while opened == nil, let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 {
      missing.insert(FileName(path).lastComponent, at: 0)
      path.removeSubrange(slash...)
      opened = try? any.openElsewhere(FileName(path))
    }
    for name in missing {
      guard let directory = opened else { return nil }
      opened = (try? directory.openDirectory(name)) ?? (try? directory.makePrivateDirectory(name))
    }
    return opened
  }
}
