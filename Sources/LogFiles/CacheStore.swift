/// Files of a cache in a directory that only its owner may enter. It is best effort: what cannot be
/// read or written is not kept, and nobody is told.
public struct CacheStore: Sendable {
  private let path: FileName
  private let calls: SystemCalls
  private let limit: UInt64

  /// A cache of at most `limit` bytes in the directory at `path`, which is made when something is
  /// to be kept and its parent is there, or can be made.
  public init(_ path: FileName, limit: UInt64 = 256 << 20, calls: SystemCalls = .linux) {
    self.path = path
    self.limit = limit
    self.calls = calls
  }

  /// A file larger than this is not one of ours.
  private static let largest: UInt64 = 64 << 20
  private static let temporarySuffix = Array(".new".utf8)

  /// The bytes of an entry, nil where there is none.
  public func bytes(of name: FileName) -> [UInt8]? {
    guard let directory = try? OpenDirectory.open(path, calls: calls),
      let file = try? directory.openFile(name), let size = try? file.status().size,
      size > 0, size <= Self.largest
    else { return nil }
    return try? file.bytes(in: 0..<size)
  }

  /// Keeps an entry in the place of an older one; the oldest entries go when there are too many.
  public func keep(_ bytes: [UInt8], as name: FileName) {
    guard UInt64(bytes.count) <= Swift.min(Self.largest, limit), let directory = made() else {
      return
    }
    makeRoom(in: directory, for: UInt64(bytes.count))
    let temporary = FileName(name.bytes + Self.temporarySuffix)
    remove(temporary, in: directory)
    do throws(FileError) {
      let file = try directory.makePrivateFile(temporary)
      try file.write(bytes.rawBytes, at: 0)
      // Nothing is ever replaced by a rename here: for a moment there is no entry, never half of
      // one.
      remove(name, in: directory)
      try directory.rename(temporary, to: name, in: directory)
    } catch {
      remove(temporary, in: directory)
    }
  }

  private func remove(_ name: FileName, in directory: OpenDirectory) {
    guard let identity = try? directory.status(of: name).identity else { return }
    try? directory.remove(name, identity: identity)
  }

  /// Removes the oldest entries until there is room for one of `size` bytes.
  private func makeRoom(in directory: OpenDirectory, for size: UInt64) {
    let entries = (try? directory.entries()) ?? []
    var files = entries.compactMap { entry -> (name: FileName, status: FileStatus)? in
      guard entry.kind == .regular, Self.isOurs(entry.name),
        let status = try? directory.status(of: entry.name)
      else {
        return nil
      }
      return (entry.name, status)
    }
    files.sort { $0.status.modified < $1.status.modified }
    var total = files.reduce(size) { $0 + Swift.min($1.status.size, .max / 1_000_000) }
    for file in files where total > limit {
      remove(file.name, in: directory)
      total -= Swift.min(file.status.size, total)
    }
  }

  /// Whether a file has a name like those that are given here: hexadecimal digits.
  private static func isOurs(_ name: FileName) -> Bool {
    let stem = name.bytes.prefix { $0 != UInt8(ascii: ".") }
    return stem.count == 64
      && stem.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// The directory, made with those above it that are missing.
  private func made() -> OpenDirectory? {
    var missing: [FileName] = []
    var rest = path.bytes
    var opened = try? OpenDirectory.open(path, calls: calls)
    while opened == nil, let slash = rest.lastIndex(of: 0x2F), slash > 0 {
      missing.append(FileName(rest).lastComponent)
      rest.removeSubrange(slash...)
      opened = try? OpenDirectory.open(FileName(rest), calls: calls)
    }
    for name in missing.reversed() {
      guard let directory = opened else { return nil }
      opened = (try? directory.makePrivateDirectory(name)) ?? (try? directory.openDirectory(name))
    }
    return opened
  }
}
