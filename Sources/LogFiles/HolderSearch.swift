internal import CLinux
import Glibc

/// One pass over the descriptors and mappings of every process.
struct HolderSearch {
  /// How one process uses one file.
  private struct Use {
    var isWriting = false
    var isMapped = false
    var isLocked = false

    mutating func add(_ other: Use) {
      isWriting = isWriting || other.isWriting
      isMapped = isMapped || other.isMapped
      isLocked = isLocked || other.isLocked
    }
  }

  /// By inode, then by device: a log may have 100,000 of them, and tables would take more room.
  private let files: [FileIdentity]
  private let calls: SystemCalls
  private var holders: [FileIdentity: [Holder]] = [:]
  private var isComplete = true

  init(files: some Sequence<FileIdentity>, calls: SystemCalls) {
    self.files = files.sorted { ($0.inode, $0.device) < ($1.inode, $1.device) }
    self.calls = calls
  }

  /// What `run` found.
  var found: HeldFiles {
    HeldFiles(
      holders: holders.mapValues { $0.sorted { $0.pid < $1.pid } }, isComplete: isComplete)
  }

  private func isWanted(_ file: FileIdentity) -> Bool {
    let place = place { ($0.inode, $0.device) < (file.inode, file.device) }
    return place < files.count && files[place] == file
  }

  private func isWanted(inode: UInt64) -> Bool {
    let place = place { $0.inode < inode }
    return place < files.count && files[place].inode == inode
  }

  /// The first place that does not belong before what is looked for.
  private func place(_ isBefore: (FileIdentity) -> Bool) -> Int {
    var low = 0
    var high = files.count
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(files[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Looks into every process but our own.
  mutating func run() {
    guard !files.isEmpty else { return }
    do {
      let processes = try OpenDirectory.open("/proc", calls: calls)
      isComplete = seesAllProcesses(processes)
      for entry in try processes.entries() where entry.kind == .directory {
        guard let pid = entry.name.utf8.flatMap({ Int32($0) }), pid != getpid() else { continue }
        look(into: entry.name, pid, below: processes)
      }
    } catch {
      isComplete = false
    }
  }

  /// Whether /proc lists every process of the machine: not so in a container's process namespace
  /// (the first one's number is fixed, `PROC_PID_INIT_INO`) and with the mount option `hidepid`.
  private func seesAllProcesses(_ processes: OpenDirectory) -> Bool {
    guard (try? processes.status(of: FileName("1"))) != nil,
      let namespaces = try? OpenDirectory.open("/proc/self/ns", calls: calls)
    else { return false }
    return (try? namespaces.linkTarget(of: FileName("pid"))) == FileName("pid:[4026531836]")
  }

  private mutating func look(into name: FileName, _ pid: Int32, below processes: OpenDirectory) {
    var uses: [FileIdentity: Use] = [:]
    do {
      let process = try processes.openDirectory(name)
      // The mappings are looked at even when the descriptors are hidden, and the other way round.
      do { try collectDescriptors(of: process, &uses) } catch { note(error) }
      do { try collectMappings(of: process, &uses) } catch { note(error) }
      guard !uses.isEmpty else { return }
      let program = programName(of: process)
      for (file, use) in uses {
        holders[file, default: []].append(
          Holder(
            pid: pid, program: program, isWriting: use.isWriting, isMapped: use.isMapped,
            isLocked: use.isLocked))
      }
    } catch {
      note(error)
    }
  }

  /// A process that ended meanwhile holds nothing; any other error means that it was not seen.
  private mutating func note(_ error: FileError) {
    if !error.isVanished { isComplete = false }
  }

  private func programName(of process: OpenDirectory) -> FileName {
    var name: [UInt8] = []
    if let file = try? process.openFile(FileName("comm")) {
      try? file.forEachLine { name += (name.isEmpty ? [] : [0x0A]) + $0 }
    }
    return FileName(name)
  }

  // MARK: Descriptors

  private mutating func collectDescriptors(
    of process: OpenDirectory, _ uses: inout [FileIdentity: Use]
  ) throws(FileError) {
    let descriptors = try process.openDirectory(FileName("fd"))
    var names: [FileName] = []
    try calls.forEachEntry(of: descriptors.descriptor) { name, _ in
      names.append(FileName(copying: name))
    }
    for name in names {
      do {
        let file = try followed(name, in: descriptors)
        guard isWanted(file), let use = try descriptorUse(name, process) else { continue }
        uses[file, default: Use()].add(use)
      } catch {
        note(error)
      }
    }
  }

  /// The file that the link `name` leads to; `name` is a path when there is no directory.
  func followed(
    _ name: FileName, in directory: OpenDirectory?
  ) throws(FileError) -> FileIdentity {
    var found = wl_status()
    try calls.perform(.status, on: name) { _ in
      // Sound: the call fills one structure that outlives it.
      unsafe name.withCString {
        unsafe Int64(wl_status_followed(directory?.descriptor ?? AT_FDCWD, $0, &found))
      }
    }
    return FileIdentity(device: found.device, inode: found.inode)
  }

  /// What /proc/PID/fdinfo/FD tells (proc_pid_fdinfo(5)); nil for a descriptor that only names a
  /// place in the tree and can neither read nor write.
  private func descriptorUse(
    _ name: FileName, _ process: OpenDirectory
  ) throws(FileError) -> Use? {
    var use = Use()
    var flags: UInt64 = 0
    try process.openDirectory(FileName("fdinfo")).openFile(name).forEachLine { line in
      var scanner = FieldScanner(line)
      let key = scanner.field()
      if key.elementsEqual("flags:".utf8) { flags = scanner.number(radix: 8) ?? 0 }
      if key.elementsEqual("lock:".utf8) { use.isLocked = true }
    }
    if flags & wl_path_only_flag() != 0 { return nil }
    use.isWriting = flags & UInt64(O_ACCMODE) != UInt64(O_RDONLY)
    return use
  }

  // MARK: Mappings

  private func collectMappings(
    of process: OpenDirectory, _ uses: inout [FileIdentity: Use]
  ) throws(FileError) {
    var mappings: [Mapping] = []
    try process.openFile(FileName("maps")).forEachLine { line in
      if let mapping = Mapping(line, where: isWanted(inode:)) { mappings.append(mapping) }
    }
    guard !mappings.isEmpty else { return }
    let links = try? process.openDirectory(FileName("map_files"))
    for mapping in mappings {
      if let file = identity(of: mapping, links) {
        uses[file, default: Use()].add(Use(isWriting: mapping.isWriting, isMapped: true))
      }
    }
  }

  /// The mapped file, if it is one of those looked for.
  ///
  /// The device number in `maps` is not always that of `stat` (btrfs, overlay), so the link to the
  /// mapped file decides, and where we may not follow that, the path.
  func identity(of mapping: Mapping, _ links: OpenDirectory?) -> FileIdentity? {
    if let links, let file = try? followed(mapping.range, in: links) {
      return isWanted(file) ? file : nil
    }
    let file = FileIdentity(device: mapping.device, inode: mapping.inode)
    if isWanted(file) { return file }
    guard let file = try? followed(mapping.path, in: nil), isWanted(file) else { return nil }
    return file
  }
}

/// One line of /proc/PID/maps (proc_pid_maps(5)) that belongs to a file.
struct Mapping {
  /// The name of the mapping's link in /proc/PID/map_files.
  let range: FileName
  let isWriting: Bool
  let device: UInt64
  let inode: UInt64
  let path: FileName

  /// Nil also where the inode number is not one that `isWanted`: then the rest is not looked at.
  init?(_ line: ArraySlice<UInt8>, where isWanted: (UInt64) -> Bool = { _ in true }) {
    var scanner = FieldScanner(line)
    guard let start = scanner.number(radix: 16), let end = scanner.number(radix: 16) else {
      return nil
    }
    let rights = scanner.field()
    guard scanner.number(radix: 16) != nil, let major = scanner.number(radix: 16),
      let minor = scanner.number(radix: 16), let inode = scanner.number(radix: 10), inode != 0,
      isWanted(inode)
    else { return nil }
    range = FileName(String(start, radix: 16) + "-" + String(end, radix: 16))
    isWriting = rights.contains(UInt8(ascii: "w")) && rights.contains(UInt8(ascii: "s"))
    device = wl_device(major, minor)
    self.inode = inode
    path = FileName(procField: scanner.remainder())
  }
}

/// How many descriptors of this process lead to a file.
public func ownDescriptors(of file: FileIdentity, calls: SystemCalls = .linux) -> Int {
  let search = HolderSearch(files: [file], calls: calls)
  guard let descriptors = try? OpenDirectory.open("/proc/self/fd", calls: calls),
    let entries = try? descriptors.entries()
  else { return 0 }
  return entries.count { (try? search.followed($0.name, in: descriptors)) == file }
}
