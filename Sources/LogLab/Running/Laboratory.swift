import Glibc
public import LogFiles
import Quantities
import Synchronization

/// The directory in which an experiment works: made for it, below the one that was named, and
/// removed with everything in it at its end, whatever that end is.
public final class Laboratory: Sendable {
  /// The directory. Nobody else has any business in it.
  public let directory: OpenDirectory
  /// Its name below the one that was named.
  public let name: FileName
  /// The path by which the named directory was opened, and the name.
  public var path: FileName { FileName(parent.path).appending(name) }
  private let parent: OpenDirectory
  private let room: LabRoom
  private let isOpen = Mutex(true)

  /// What the names of these directories begin with.
  public static let prefix = "walscope-lab-"

  /// Makes the directory, after there is room for files of `bytes`.
  ///
  /// - Throws: `LabFailure`; one that refuses when there is no room.
  public static func make(below parent: OpenDirectory, for bytes: UInt64, room: LabRoom = .standard)
    throws(LabFailure) -> Laboratory
  {
    try room.require(bytes, on: try inLab(parent.fileSystem))
    for attempt in 0..<1_000 {
      let name = FileName("\(prefix)\(getpid())-\(attempt)")
      do throws(FileError) {
        return Laboratory(try parent.makePrivateDirectory(name), name, parent, room)
      } catch {
        guard error.isExisting else { throw LabFailure(error) }
      }
    }
    throw LabFailure(
      .failed, "a thousand directories of earlier experiments are there",
      advice: "remove what is named \(prefix)*")
  }

  /// Directories of experiments whose process was killed and could not remove them.
  ///
  /// - Throws: `FileError` when the directory cannot be listed.
  public static func abandoned(below parent: OpenDirectory) throws(FileError) -> [FileName] {
    try parent.entries().filter { entry in
      guard entry.kind == .directory, let name = entry.name.utf8, name.hasPrefix(prefix),
        let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" })
      else { return false }
      return process > 0 && kill(process, 0) != 0 && errno == ESRCH
    }.map(\.name)
  }

  private init(
    _ directory: OpenDirectory, _ name: FileName, _ parent: OpenDirectory, _ room: LabRoom
  ) {
    self.directory = directory
    self.name = name
    self.parent = parent
    self.room = room
  }

  deinit { _ = close() }

  /// Removes the directory and everything in it. Only the first call does something.
  ///
  /// - Returns: why something of it is still there; nil when nothing is.
  public func close() -> FileError? {
    let isFirst = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    guard isFirst else { return nil }
    do throws(FileError) {
      try Self.empty(directory)
      try parent.removeDirectory(name)
      return nil
    } catch {
      return error
    }
  }

  /// Removes a file or directory of the laboratory, when it is there.
  ///
  /// - Throws: `LabFailure` of a call.
  public func remove(_ name: FileName) throws(LabFailure) {
    try inLab { () throws(FileError) in try Self.remove(name, from: directory) }
  }

  /// Says whether files of `bytes` may still be made, by what is free now.
  ///
  /// - Throws: `LabFailure` that refuses.
  public func requireRoom(for bytes: UInt64) throws(LabFailure) {
    try room.require(bytes, on: try inLab(directory.fileSystem))
  }

  private static func empty(_ directory: OpenDirectory) throws(FileError) {
    for entry in try directory.entries() { try remove(entry.name, from: directory) }
  }

  private static func remove(_ name: FileName, from directory: OpenDirectory) throws(FileError) {
    do throws(FileError) {
      let status = try directory.status(of: name)
      if status.kind == .directory {
        try empty(directory.openDirectory(name))
        try directory.removeDirectory(name)
      } else {
        try directory.remove(name, identity: status.identity)
      }
    } catch {
      guard error.isVanished else { throw error }
    }
  }
}
