import LogFiles

/// A block device as /sys shows it.
public struct BlockDevice: Sendable, Equatable {
  /// Its name: `vda1`, `nvme0n1`, `loop3`.
  public var name: String
  /// The whole device, where it is a partition.
  public var parent: String?
  /// Whether the kernel takes it for a rotating disk.
  public var isRotational: Bool?
  /// The scheduler of its queue that is in use: `none`, `mq-deadline` ...
  public var scheduler: String?
  /// How the kernel takes its cache: `write back` needs a flush for durability.
  public var cache: String?

  /// The device below a file system; nil where /sys shows none.
  static func below(_ fileSystem: FileSystemInfo) -> BlockDevice? {
    var places: [String] = []
    if let number = fileSystem.deviceNumber { places.append("/sys/dev/block/\(number)") }
    // btrfs gives its files device numbers of its own: there the name of what is mounted tells.
    if let source = fileSystem.device?.lastComponent.utf8, !source.isEmpty {
      places.append("/sys/class/block/\(source)")
    }
    return places.lazy.compactMap(at).first
  }

  private static func at(_ place: String) -> BlockDevice? {
    guard let name = directoryName(place) else { return nil }
    let isPartition = SystemText.read("\(place)/partition") != nil
    let whole = isPartition ? "\(place)/.." : place
    return BlockDevice(
      name: name, parent: isPartition ? directoryName(whole) : nil,
      isRotational: SystemText.read("\(whole)/queue/rotational").map { $0 == "1" },
      scheduler: SystemText.read("\(whole)/queue/scheduler").flatMap(chosen),
      cache: SystemText.read("\(whole)/queue/write_cache"))
  }

  /// The name of the device whose directory this is.
  private static func directoryName(_ place: String) -> String? {
    SystemText.read("\(place)/uevent").flatMap { text in
      text.split(separator: "\n").first { $0.hasPrefix("DEVNAME=") }.map { String($0.dropFirst(8)) }
    }
  }

  /// The word in brackets: `[none] mq-deadline`.
  static func chosen(_ text: String) -> String? {
    guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close
    else { return text.isEmpty ? nil : text }
    return String(text[text.index(after: open)..<close])
  }
}
