internal import CLinux
import Glibc

/// One line of a directory listing.
public struct DirectoryEntry: Sendable, Equatable {
  public let name: FileName
  /// The kind when it was listed; a link is a link, whatever it points to.
  public let kind: FileKind

  /// An entry.
  public init(name: FileName, kind: FileKind) {
    self.name = name
    self.kind = kind
  }
}

extension Array<DirectoryEntry> {
  /// The entry of this name in a listing, which is sorted by name: there a table of all names would
  /// cost more than the few questions that a format has.
  public func entry(named name: FileName) -> DirectoryEntry? {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].name == name ? self[low] : nil
  }

  /// Whether a regular file of this name is in a listing.
  public func holdsFile(named name: FileName) -> Bool { entry(named: name)?.kind == .regular }
}

/// A directory held by its descriptor, so that everything below is reached from it and never
/// through a path that may have been changed. The descriptor is closed with the last reference.
public final class OpenDirectory: Sendable {
  /// The path it was opened by, for showing. Nothing is opened by it again.
  public let path: String
  let calls: SystemCalls
  let descriptor: Int32
  /// Changes that are taken for made, and the directory that they are thought of for.
  let overlay: DirectoryOverlay?
  let base: OpenDirectory?

  private init(path: String, calls: SystemCalls, descriptor: Int32) {
    self.path = path
    self.calls = calls
    self.descriptor = descriptor
    overlay = nil
    base = nil
  }

  /// The directory `base` as it reads with the changes of `overlay`.
  init(of base: OpenDirectory, overlay: DirectoryOverlay) {
    path = base.path
    calls = base.calls
    descriptor = base.descriptor
    self.overlay = overlay
    self.base = base
  }

  deinit {
    guard base == nil else { return }
    calls.attempt(.close) { _ in Int64(wl_close(descriptor)) }
  }

  /// Opens the directory that the user named, links followed here and nowhere else.
  ///
  /// - Throws: `FileError` of the open.
  public static func open(
    _ path: String, calls: SystemCalls = .linux
  ) throws(FileError) -> OpenDirectory {
    try open(FileName(path), calls: calls)
  }

  /// Opens the directory at a path that need not be UTF-8.
  ///
  /// - Throws: `FileError` of the open.
  public static func open(
    _ path: FileName, calls: SystemCalls = .linux
  ) throws(FileError) -> OpenDirectory {
    guard !path.bytes.contains(0) else {
      throw FileError(call: .open, code: Errno.badArgument, name: path)
    }
    let descriptor = try calls.perform(.open, on: path) { _ in
      unsafe path.withCString { unsafe Int64(wl_open_directory($0)) }
    }
    return OpenDirectory(
      path: String(decoding: path.bytes, as: UTF8.self), calls: calls, descriptor: Int32(descriptor)
    )
  }

  /// Opens the directory that holds the file the user named, and tells the file's name in it.
  ///
  /// Links in the path, the last one included, are followed once, here.
  ///
  /// - Throws: `FileError` when the path leads nowhere or its directory cannot be opened.
  public static func openParent(
    ofFile path: String, calls: SystemCalls = .linux
  ) throws(FileError) -> (directory: OpenDirectory, name: FileName) {
    try openParent(ofFile: FileName(path), calls: calls)
  }

  /// Opens the directory of a file at a path that need not be UTF-8.
  ///
  /// - Throws: `FileError` when the path leads nowhere or its directory cannot be opened.
  public static func openParent(
    ofFile path: FileName, calls: SystemCalls = .linux
  ) throws(FileError) -> (directory: OpenDirectory, name: FileName) {
    guard !path.bytes.contains(0) else {
      throw FileError(call: .resolvePath, code: Errno.badArgument, name: path)
    }
    var resolved = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try calls.perform(.resolvePath, on: path) { _ in
      unsafe path.withCString { path in
        // Sound: realpath writes at most the buffer's size.
        unsafe resolved.withUnsafeMutableBytes {
          unsafe wl_resolve_path(path, $0.baseAddress, $0.count)
        }
      }
    }
    resolved.removeSubrange(Int(count)...)
    let slash = resolved.lastIndex(of: 0x2F) ?? 0
    let name = FileName(Array(resolved[(slash + 1)...]))
    guard name.isEntryName else {
      throw FileError(
        call: .openAt, code: EISDIR, name: path, refused: .directory)
    }
    let parent = FileName(Array(resolved[..<max(slash, 1)]))
    return (try open(parent, calls: calls), name)
  }

  /// What the directory itself is.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus {
    try calls.status(of: descriptor, name: nil)
  }

  /// What `name` is; a link is not followed.
  ///
  /// The name may lead through directories below this one, each opened from the one above it
  /// without following a link: nothing outside of this directory is reached.
  ///
  /// - Throws: `FileError`, `isVanished` when there is no such entry.
  public func status(of name: FileName) throws(FileError) -> FileStatus {
    switch overlay?.fates[name] {
    case .removed: throw FileError(call: .status, code: ENOENT, name: name)
    case .edited(let changed): return try storedStatus(of: name).resized(to: changed.size)
    case .created(let bytes, let changed): return try openCreated(name, bytes, changed).status()
    case .found(let directory, let source): return try directory.status(of: source)
    case nil: return try storedStatus(of: name)
    }
  }

  private func storedStatus(of name: FileName) throws(FileError) -> FileStatus {
    let place = try entry(name, for: .status)
    var found = wl_status()
    try calls.perform(.status, on: name) { _ in
      // Sound: the call fills one structure that outlives it.
      unsafe place.name.withCString {
        unsafe Int64(wl_status_at(place.directory.descriptor, $0, &found))
      }
    }
    return FileStatus(found)
  }

  /// Opens a regular file for reading, without following a link and without blocking on a FIFO.
  ///
  /// The access time stays as it is where we may ask for that (the owner and root). The name may
  /// lead through directories below this one, as that of `status(of:)`.
  ///
  /// - Throws: `FileError`; with `refused` when it is not a regular file.
  public func openFile(_ name: FileName) throws(FileError) -> OpenFile {
    // Looked at first: the mere opening of a device can do something (rewind a tape).
    try Self.requireRegular(status(of: name).kind, name)
    var edited: FileOverlay?
    switch overlay?.fates[name] {
    case .created(let bytes, let changed): return try openCreated(name, bytes, changed)
    case .edited(let changed): edited = changed
    case .found(let directory, let source): return try directory.openFile(source)
    case .removed, nil: break
    }
    let place = try entry(name, for: .openAt)
    let descriptor = try place.directory.openForReading(place.name)
    let file = OpenFile(name: name, calls: calls, descriptor: descriptor, overlay: edited)
    try Self.requireRegular(file.status().kind, name)
    return file
  }

  /// Opens a directory below this one; a link is refused.
  ///
  /// - Throws: `FileError`; with `refused` when it is not a directory.
  public func openDirectory(_ name: FileName) throws(FileError) -> OpenDirectory {
    try check(name, for: .openAt)
    let kind = try status(of: name).kind
    guard kind == .directory else {
      throw FileError(call: .openAt, code: ENOTDIR, name: name, refused: kind)
    }
    let descriptor = try calls.perform(.openAt, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_open_directory_at(self.descriptor, $0)) }
    }
    let separator = path.hasSuffix("/") ? "" : "/"
    let below = path + separator + String(decoding: name.bytes, as: UTF8.self)
    return OpenDirectory(path: below, calls: calls, descriptor: Int32(descriptor))
  }

  /// Where a symbolic link points, as its bytes.
  ///
  /// - Throws: `FileError` when it is not a link.
  public func linkTarget(of name: FileName) throws(FileError) -> FileName {
    try check(name, for: .readLink)
    return try calls.linkTarget(of: name, in: descriptor)
  }

  private func openForReading(_ name: FileName) throws(FileError) -> Int32 {
    do {
      return try openForReading(name, keepAccessTime: true)
    } catch {
      guard error.code == Errno.notPermitted else { throw error }
      return try openForReading(name, keepAccessTime: false)
    }
  }

  private func openForReading(
    _ name: FileName, keepAccessTime: Bool
  ) throws(FileError) -> Int32 {
    let descriptor = try calls.perform(.openAt, on: name) { _ in
      unsafe name.withCString {
        unsafe Int64(wl_open_file_at(self.descriptor, $0, keepAccessTime ? 1 : 0))
      }
    }
    return Int32(descriptor)
  }

  /// The directory that holds the last part of a name, and that part.
  func entry(
    _ name: FileName, for call: SystemCalls.Name
  ) throws(FileError) -> (directory: OpenDirectory, name: FileName) {
    let parts = name.parts
    guard let last = parts.last, parts.allSatisfy(\.isEntryName) else {
      throw FileError(call: call, code: Errno.badArgument, name: name)
    }
    var directory = self
    for part in parts.dropLast() { directory = try directory.openDirectory(part) }
    return (directory, last)
  }

  private func check(_ name: FileName, for call: SystemCalls.Name) throws(FileError) {
    guard name.isEntryName else {
      throw FileError(call: call, code: Errno.badArgument, name: name)
    }
  }

  private static func requireRegular(_ kind: FileKind, _ name: FileName) throws(FileError) {
    let code: Int32 =
      switch kind {
      case .regular: 0
      case .symbolicLink: ELOOP
      case .directory: EISDIR
      default: Errno.badArgument
      }
    if code != 0 { throw FileError(call: .openAt, code: code, name: name, refused: kind) }
  }
}

extension SystemCalls {
  /// What an open descriptor is.
  func status(of descriptor: Int32, name: FileName?) throws(FileError) -> FileStatus {
    var found = wl_status()
    // Sound: the call fills one structure that outlives it.
    try perform(.status, on: name) { _ in unsafe Int64(wl_status_of(descriptor, &found)) }
    return FileStatus(found)
  }

  /// Where the link `name` below `directory` points.
  func linkTarget(of name: FileName, in directory: Int32) throws(FileError) -> FileName {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try perform(.readLink, on: name) { _ in
      unsafe name.withCString { name in
        // Sound: readlinkat writes at most the buffer's size.
        unsafe target.withUnsafeMutableBytes {
          unsafe wl_read_link(directory, name, $0.baseAddress, $0.count)
        }
      }
    }
    return FileName(Array(target[..<Int(count)]))
  }
}
