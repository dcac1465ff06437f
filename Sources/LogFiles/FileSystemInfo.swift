internal import CLinux

/// The file system that a file or directory is on.
public struct FileSystemInfo: Sendable, Equatable {
  /// Its type as the kernel names it: `ext4`, `xfs`, `btrfs`, `tmpfs`, `overlay`; the magic number
  /// in hex when no mount table tells.
  public let typeName: String
  /// What is mounted, often a device path. Foreign bytes: escape them before they are shown.
  public let device: FileName?
  /// Where it is mounted. Foreign bytes, too.
  public let mountPoint: FileName?
  /// How it is mounted, those of the mount before those of the file system, each once.
  public let mountOptions: [String]
  /// The number of its device, as /sys/dev/block names it; `0:N` where there is none.
  public let deviceNumber: String?
  /// The bytes that an ordinary user can still fill.
  public let free: UInt64
  /// The size in bytes.
  public let total: UInt64
  /// Whether it is mounted read-only.
  public let isReadOnly: Bool

  /// Whether inotify tells every change of a file here: not what another machine writes, and not
  /// what changes below the layers of an overlay.
  public var tellsChanges: Bool {
    let deaf = [
      "nfs", "cifs", "smb", "9p", "fuse", "overlay", "virtiofs", "ceph", "afs", "gpfs",
      "lustre", "glusterfs", "vboxsf", "0x",
    ]
    return !deaf.contains { typeName.hasPrefix($0) }
  }

  /// Whether a file has one time of birth as long as it has its number. Where layers are, it is copied
  /// to the upper one when it is first written, and born again.
  public var keepsBirths: Bool { !["overlay", "fuse"].contains { typeName.hasPrefix($0) } }
}

extension OpenDirectory {
  /// The file system the directory is on.
  ///
  /// - Throws: `FileError` of `fstatfs`.
  public func fileSystem() throws(FileError) -> FileSystemInfo {
    try calls.fileSystem(of: descriptor, status: status(), name: nil)
  }
}

extension OpenFile {
  /// The file system the file is on.
  ///
  /// - Throws: `FileError` of `fstatfs`.
  public func fileSystem() throws(FileError) -> FileSystemInfo {
    try calls.fileSystem(of: descriptor, status: status(), name: name)
  }
}

extension SystemCalls {
  fileprivate func fileSystem(
    of descriptor: Int32, status: FileStatus, name: FileName?
  ) throws(FileError) -> FileSystemInfo {
    var found = wl_file_system()
    // Sound: the call fills one structure that outlives it.
    try perform(.fileSystem, on: name) { _ in unsafe Int64(wl_file_system_of(descriptor, &found)) }
    // Without a readable mount table the rest is still worth showing.
    let mount = try? MountEntry.find(status, calls: self)
    return FileSystemInfo(
      typeName: mount?.typeName ?? "0x" + String(found.magic, radix: 16),
      device: mount?.device, mountPoint: mount?.mountPoint,
      mountOptions: mount?.options ?? [], deviceNumber: mount.map { "\($0.major):\($0.minor)" },
      free: found.available, total: found.total, isReadOnly: found.is_read_only != 0)
  }
}
