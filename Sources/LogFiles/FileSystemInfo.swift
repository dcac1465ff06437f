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
  /// The bytes that an ordinary user can still fill.
  public let free: UInt64
  /// The size in bytes.
  public let total: UInt64
  /// Whether it is mounted read-only.
  public let isReadOnly: Bool
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
      free: found.available, total: found.total, isReadOnly: found.is_read_only != 0)
  }
}

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
private struct MountEntry {
  let mount: UInt64
  let device: FileName
  let mountPoint: FileName
  let typeName: String
  let major: UInt64
  let minor: UInt64

  init?(_ line: ArraySlice<UInt8>) {
    var scanner = FieldScanner(line)
    guard let mount = scanner.number(radix: 10), scanner.number(radix: 10) != nil,
      let major = scanner.number(radix: 10), let minor = scanner.number(radix: 10)
    else { return nil }
    _ = scanner.field()  // the root of the mount within the file system
    mountPoint = FileName(procField: scanner.field())
    // Optional fields, whose number varies, end with a dash.
    while true {
      let field = scanner.field()
      if field.isEmpty { return nil }
      if field == [0x2D] { break }
    }
    typeName = String(decoding: scanner.field(), as: UTF8.self)
    device = FileName(procField: scanner.field())
    self.mount = mount
    self.major = major
    self.minor = minor
  }

  /// The mount a file was reached through: by the kernel's number, else by device.
  static func find(_ status: FileStatus, calls: SystemCalls) throws(FileError) -> MountEntry? {
    let table = try OpenDirectory.open("/proc/self", calls: calls)
      .openFile(FileName("mountinfo"))
    var found: MountEntry?
    try table.forEachLine { line in
      guard let entry = MountEntry(line) else { return }
      if let mount = status.mount {
        if entry.mount == mount { found = entry }
      } else if wl_device(entry.major, entry.minor) == status.device {
        found = entry
      }
    }
    return found
  }
}
