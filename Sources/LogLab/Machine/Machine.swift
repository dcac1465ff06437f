import Glibc
public import LogFiles

/// The machine and the file system that figures come from, as far as the system tells.
public struct Machine: Sendable, Equatable {
  /// The file system of the directory that was measured in.
  public var fileSystem: FileSystemInfo
  /// The block device below it, nil where none is visible (tmpfs, network, containers).
  public var device: BlockDevice?
  /// The release of the kernel.
  public var kernel: String
  /// The processor's name, nil where the system does not tell.
  public var processor: String?
  /// Processors that are online.
  public var processors: Int
  /// Main memory in bytes.
  public var memory: UInt64?
  /// Threads that wanted a processor or the disk, on average over the minute before.
  public var load: Double?

  /// Whether other programs kept the processors busy, so that latencies hold the time until a
  /// thread had its turn.
  public var isBusy: Bool { (load ?? 0) > Double(processors) * 0.75 }

  /// Looks at the machine, and at the file system of a directory.
  ///
  /// - Throws: `FileError` when the directory's file system cannot be asked.
  public static func describe(_ directory: OpenDirectory) throws(FileError) -> Machine {
    let fileSystem = try directory.fileSystem()
    return Machine(
      fileSystem: fileSystem, device: BlockDevice.below(fileSystem),
      kernel: SystemText.read("/proc/sys/kernel/osrelease") ?? "unknown",
      processor: SystemText.read("/proc/cpuinfo").flatMap {
        SystemText.value(of: "model name", in: $0)
      },
      processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      memory: SystemText.read("/proc/meminfo").flatMap {
        SystemText.value(of: "MemTotal", in: $0)
      }.flatMap { UInt64($0.prefix { $0 != " " }) }.map { $0 * 1024 },
      load: SystemText.read("/proc/loadavg").flatMap { Double($0.prefix { $0 != " " }) })
  }
}

/// Small text files of /proc and /sys.
enum SystemText {
  /// What a file holds, at most 64 KiB, without the newline at its end; nil when it cannot be read.
  static func read(_ path: String) -> String? {
    guard let slash = path.lastIndex(of: "/"),
      let directory = try? OpenDirectory.open(String(path[..<slash])),
      let file = try? directory.openFile(FileName(String(path[path.index(after: slash)...]))),
      let bytes = try? file.bytes(in: 0..<65_536)
    else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.last == "\n" ? String(text.dropLast()) : text
  }

  /// What stands behind `name:` in the first line that begins so.
  static func value(of name: String, in text: String) -> String? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, trimmed(parts[0]) == name else { continue }
      let value = trimmed(parts[1])
      return value.isEmpty ? nil : value
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    var rest = text.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}
