internal import CLinux

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct MountEntry {
  let mount: UInt64
  let device: FileName
  let mountPoint: FileName
  let typeName: String
  /// The options of the mount and of the file system, each once.
  let options: [String]
  let major: UInt64
  let minor: UInt64

  init?(_ line: ArraySlice<UInt8>) {
    var scanner = FieldScanner(line)
    guard let mount = scanner.number(radix: 10), scanner.number(radix: 10) != nil,
      let major = scanner.number(radix: 10), let minor = scanner.number(radix: 10)
    else { return nil }
    _ = scanner.field()  // the root of the mount within the file system
    mountPoint = FileName(procField: scanner.field())
    let ofMount = scanner.field()
    // Optional fields, whose number varies, end with a dash.
    while true {
      let field = scanner.field()
      if field.isEmpty { return nil }
      if field == [0x2D] { break }
    }
    typeName = String(decoding: scanner.field(), as: UTF8.self)
    device = FileName(procField: scanner.field())
    options = Self.options(ofMount, scanner.field())
    self.mount = mount
    self.major = major
    self.minor = minor
  }

  private static func options(_ fields: ArraySlice<UInt8>...) -> [String] {
    var options: [String] = []
    for field in fields {
      for part in field.split(separator: UInt8(ascii: ",")) {
        let option = String(decoding: FileName(procField: part).bytes, as: UTF8.self)
        if !options.contains(option) { options.append(option) }
      }
    }
    return options
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
