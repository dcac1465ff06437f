import Glibc

/// The `errno` values this module decides by.
enum Errno {
  static let interrupted: Int32 = EINTR
  static let notPermitted: Int32 = EPERM
  static let noSuchAddress: Int32 = ENXIO
  static let badArgument: Int32 = EINVAL
  static let existing: Int32 = EEXIST
  static let readOnly: Int32 = EROFS
  /// What we answer when a name leads to another file than before.
  static let stale: Int32 = ESTALE
  /// What Linux answers when a file system lacks a call.
  static let unsupported: Set<Int32> = [EINVAL, EOPNOTSUPP, ENOTTY, ENOSYS]
  /// What Linux answers where two files cannot share blocks.
  static let cannotClone = unsupported.union([EXDEV, EPERM, ETXTBSY])
  /// What looking at a file or process that has just gone answers.
  static let vanished: Set<Int32> = [ENOENT, ESRCH]
}

/// A system call that failed, or a file that was refused.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The call that failed.
  public let call: SystemCalls.Name
  /// Its `errno`.
  public let code: Int32
  /// The file, as far as known. Foreign bytes: escape them before they are shown.
  public let name: FileName?
  /// For a read: the offset from file start of the first byte that could not be had.
  public let offset: UInt64?
  /// The kind of a file that was refused because it is not what was asked for.
  public let refused: FileKind?

  /// An error as `call` reported it.
  public init(
    call: SystemCalls.Name, code: Int32, name: FileName?, offset: UInt64? = nil,
    refused: FileKind? = nil
  ) {
    self.call = call
    self.code = code
    self.name = name
    self.offset = offset
    self.refused = refused
  }

  /// Whether the file is not there (any more).
  public var isVanished: Bool { Errno.vanished.contains(code) }

  /// Whether there is no room for it, on the file system or by a quota.
  public var isNoRoom: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether this user may not do it, or nobody may.
  public var isPermission: Bool { code == EACCES || code == EPERM }

  /// Whether somebody else has it: a lock or a lease was not to be had.
  public var isBusy: Bool { code == EAGAIN || code == EWOULDBLOCK || code == ETXTBSY }

  /// Whether something stands there that is not a directory.
  public var isNotADirectory: Bool { code == ENOTDIR }

  /// What happened and what to do about it, without the name. Holds no foreign bytes.
  public var message: String {
    let place = offset.map { " at offset \($0)" } ?? ""
    return what(at: place) + (advice.map { "; \($0)" } ?? "")
  }

  /// What happened, without the name, the offset and what to do about it.
  public var whatHappened: String { what(at: "") }

  private func what(at place: String) -> String {
    if let refused { return "it is a \(refused.words), and only a \(wanted) is opened here" }
    return "\(action) failed\(place): \(reason) (error \(code))"
  }

  /// The name in quotes, everything but printable ASCII as `\xNN`, and the message.
  public var description: String {
    guard let name else { return message }
    let shown = name.bytes.map { byte in
      (0x20..<0x7F).contains(byte) && byte != 0x5C && byte != 0x22
        ? String(UnicodeScalar(byte))
        : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "\"\(shown.joined())\": \(message)"
  }

  private var wanted: String {
    code == ENOTDIR ? "directory" : "regular file"
  }

  private var action: String {
    switch call {
    case .open, .openAt: "opening it"
    case .duplicate: "opening it a second time"
    case .close: "closing it"
    case .status: "looking at its size and times"
    case .read: "reading it"
    case .seekData, .seekHole: "asking where its data is"
    case .extentMap: "asking where it lies on disk"
    case .readDirectory: "listing it"
    case .readLink: "reading the link"
    case .fileSystem: "asking about its file system"
    case .resolvePath: "finding it"
    case .makeDirectory, .create: "making it"
    case .write: "writing to it"
    case .map: "mapping it"
    case .copy: "copying into its mapping"
    case .preallocate: "allocating space for it"
    case .clone: "sharing its blocks"
    case .setLength: "setting its length"
    case .sync: "waiting until it is on the disk"
    case .remove: "removing it"
    case .rename: "renaming it"
    case .lease: "asking for it alone"
    case .lock: "locking it"
    case .punchHole: "giving its space back"
    case .setProperties: "setting its owner, mode or times"
    case .startProcess: "starting a process"
    case .limitFileSize: "limiting the size of files"
    case .signal: "ending a process"
    case .talk: "talking with a process"
    case .watch, .awaitChange: "watching it"
    }
  }

  private var reason: String {
    // Sound: strerror answers a zero-terminated string, which is copied at once.
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "unknown error"
  }

  /// What to do about it, as half a sentence.
  public var advice: String? {
    if refused != nil { return nil }
    return switch code {
    case EACCES, EPERM: "run as a user who may read it"
    case ENOENT: "check the path; if a log rotated meanwhile, reload"
    case ESTALE: "it has been replaced: open it again"
    case EEXIST: "nothing that exists is overwritten: choose another name"
    case ENOSPC, EDQUOT: "no room is left: free some, or use another file system"
    case EROFS: "the file system is read-only: use another one"
    case EIO: "the device could not give these bytes: see the kernel log, and copy what can be read"
    case EAGAIN: "another process holds a lease on it: try again in a moment"
    case EMFILE, ENFILE: "too many files are open: raise the limit (ulimit -n)"
    case ELOOP: "links inside a log are not followed: open what it points to"
    case ENOMEM: "memory is short: close something and try again"
    default: nil
    }
  }
}
