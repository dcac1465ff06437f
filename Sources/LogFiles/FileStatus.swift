internal import CLinux
import Glibc

/// What sort of thing a directory entry is.
public enum FileKind: String, Sendable {
  case regular
  case directory
  case symbolicLink = "symbolic-link"
  case fifo
  case socket
  case characterDevice = "character-device"
  case blockDevice = "block-device"
  case unknown

  /// The kind as words of a sentence.
  public var words: String {
    switch self {
    case .regular: "regular file"
    case .directory: "directory"
    case .symbolicLink: "symbolic link"
    case .fifo: "FIFO"
    case .socket: "socket"
    case .characterDevice: "character device"
    case .blockDevice: "block device"
    case .unknown: "file of unknown kind"
    }
  }

  /// The kind in a `st_mode`.
  init(mode: UInt32) {
    // d_type is the format part of the mode, shifted down (dirent.h, DTTOIF).
    self.init(directoryType: UInt8(truncatingIfNeeded: (mode & 0o170000) >> 12))
  }

  /// The kind in the `d_type` of a directory entry.
  init(directoryType: UInt8) {
    self =
      switch directoryType {
      case 1: .fifo
      case 2: .characterDevice
      case 4: .directory
      case 6: .blockDevice
      case 8: .regular
      case 10: .symbolicLink
      case 12: .socket
      default: .unknown
      }
  }
}

/// A point in time as the file system keeps it.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01 00:00 UTC.
  public let seconds: Int64
  /// 0 to 999,999,999.
  public let nanoseconds: Int32

  /// A point in time.
  public init(seconds: Int64, nanoseconds: Int32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Earlier first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// Which file, whatever its name: device and inode number.
public struct FileIdentity: Hashable, Sendable {
  /// The device number, as `st_dev`.
  public let device: UInt64
  /// The inode number on that device.
  public let inode: UInt64

  /// The identity of the file with these numbers.
  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

/// Which bytes a scan judges: one state of one file. Bytes beyond `size` are not looked at.
public struct Horizon: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64
  /// The size in bytes when the scan began.
  public let size: UInt64
  public let modified: Timestamp
  public let changed: Timestamp

  /// The horizon with these values.
  public init(
    device: UInt64, inode: UInt64, size: UInt64, modified: Timestamp, changed: Timestamp
  ) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }
}

/// What `statx` tells about a file.
public struct FileStatus: Sendable, Equatable {
  public let device: UInt64
  public private(set) var inode: UInt64
  public let kind: FileKind
  /// The size in bytes.
  public private(set) var size: UInt64
  /// The bytes allocated on disk, which preallocation makes larger and holes make smaller.
  public private(set) var allocated: UInt64
  /// The number of hard links.
  public let links: UInt64
  /// The permission bits and kind, as `st_mode`.
  public let mode: UInt32
  public let owner: UInt32
  public let group: UInt32
  /// When the contents last changed.
  public private(set) var modified: Timestamp
  /// When contents or properties last changed.
  public private(set) var changed: Timestamp
  /// When the file was made, where the file system keeps it.
  public private(set) var created: Timestamp?
  /// The preferred block size for I/O, in bytes.
  public let blockSize: UInt32
  /// The kernel's number for the mount the file was reached through, where it tells.
  let mount: UInt64?

  /// Device and inode number.
  public var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

  /// The horizon of a scan that begins at this status.
  public var horizon: Horizon {
    Horizon(device: device, inode: inode, size: size, modified: modified, changed: changed)
  }

  /// The status of the same file with another size.
  func resized(to size: UInt64) -> FileStatus {
    var status = self
    status.size = size
    return status
  }

  /// Whether all is the same but what differs from file to file of one log: inode, sizes, times.
  public func isLike(_ other: FileStatus) -> Bool {
    device == other.device && kind == other.kind && links == other.links && mode == other.mode
      && owner == other.owner && group == other.group && blockSize == other.blockSize
      && mount == other.mount
  }

  /// The status of a file that is like this one.
  public func like(
    inode: UInt64, size: UInt64, allocated: UInt64, modified: Timestamp, changed: Timestamp,
    created: Timestamp?
  ) -> FileStatus {
    var status = self
    status.inode = inode
    status.size = size
    status.allocated = allocated
    status.modified = modified
    status.changed = changed
    status.created = created
    return status
  }

  init(_ status: wl_status) {
    device = status.device
    inode = status.inode
    kind = FileKind(mode: status.mode)
    size = status.size
    allocated = status.allocated
    links = status.links
    mode = status.mode
    owner = status.owner
    group = status.group
    modified = Timestamp(
      seconds: status.modified_seconds, nanoseconds: status.modified_nanoseconds)
    changed = Timestamp(seconds: status.changed_seconds, nanoseconds: status.changed_nanoseconds)
    created =
      status.has_created == 0
      ? nil
      : Timestamp(seconds: status.created_seconds, nanoseconds: status.created_nanoseconds)
    blockSize = status.block_size
    mount = status.has_mount == 0 ? nil : status.mount
  }
}
