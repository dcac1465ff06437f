import LogFiles

/// The 32 bytes that all processes share about one log (format page, section 2).
struct MmlogMetadata: Sendable, Equatable {
  /// Bytes of the structure; a file may be longer.
  static let size = 32
  /// The only version that the owner opens.
  static let knownVersion: UInt32 = 1
  /// What walscope's own writers set `is_locked` to, which is "locked" for the owner as well. They
  /// hold a lock of the open file besides: who has that one and finds this byte knows that its
  /// holder is dead.
  static let lockedByWalscope: UInt8 = 0x57

  var version: UInt32 = Self.knownVersion
  /// Flags as their bytes; the owner takes any byte but 0 for true.
  var ready: UInt8 = 1
  var locked: UInt8 = 0
  var panicked: UInt8 = 0
  var padding: UInt8 = 0
  /// The size to which the data file was extended, as far as the owner knows.
  var recordedSize: UInt64 = 0
  /// The sum of the sizes of all reservations ever made: where the next one starts.
  var cursor: UInt64 = 0
  var pageSize: UInt32 = 4096
  var chunkSize: UInt32 = 0

  init() {}

  /// The structure in the first bytes of a metadata file, nil where they are too few.
  init?(_ bytes: RawSpan) {
    guard let version = bytes.le(UInt32.self, at: 0), let ready = bytes.le(UInt8.self, at: 4),
      let locked = bytes.le(UInt8.self, at: 5), let panicked = bytes.le(UInt8.self, at: 6),
      let padding = bytes.le(UInt8.self, at: 7), let recordedSize = bytes.le(UInt64.self, at: 8),
      let cursor = bytes.le(UInt64.self, at: 16), let pageSize = bytes.le(UInt32.self, at: 24),
      let chunkSize = bytes.le(UInt32.self, at: 28)
    else { return nil }
    self.version = version
    self.ready = ready
    self.locked = locked
    self.panicked = panicked
    self.padding = padding
    self.recordedSize = recordedSize
    self.cursor = cursor
    self.pageSize = pageSize
    self.chunkSize = chunkSize
  }

  var isReady: Bool { ready != 0 }
  var isLocked: Bool { locked != 0 }
  var isPanicked: Bool { panicked != 0 }

  /// The structure as the owner writes it.
  var bytes: [UInt8] {
    func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
      (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return littleEndian(version) + [ready, locked, panicked, padding] + littleEndian(recordedSize)
      + littleEndian(cursor) + littleEndian(pageSize) + littleEndian(chunkSize)
  }
}

/// What a look at a metadata file gave.
struct MmlogMetadataReading: Sendable, Equatable {
  enum Status: String, Sendable, CaseIterable {
    case ok
    case missing
    case empty
    case short
    case versionMismatch = "version-mismatch"
    case notReady = "not-ready"
    /// Not a regular file, or it cannot be read.
    case unreadable
  }

  var status: Status
  /// Bytes of the file.
  var size: UInt64 = 0
  /// The structure, nil where the file is too short for it.
  var fields: MmlogMetadata?
  /// A flag's byte is neither 0 nor 1.
  var hasOddFlags = false
  /// It changed between two looks: somebody writes to the log.
  var isChanging = false

  init(_ status: Status) { self.status = status }

  init(_ fields: MmlogMetadata?, size: UInt64) {
    self.fields = fields
    self.size = size
    if let fields {
      let isKnown = fields.version == MmlogMetadata.knownVersion
      // The owner waits for the flag before it looks at the version.
      let isOurs = fields.locked == MmlogMetadata.lockedByWalscope
      hasOddFlags = max(fields.ready, isOurs ? 1 : fields.locked, fields.panicked) > 1
      status = !fields.isReady ? .notReady : isKnown ? .ok : .versionMismatch
    } else {
      status = size == 0 ? .empty : .short
    }
  }

  /// The structure, where it means what version 1 says.
  var usable: MmlogMetadata? {
    fields.flatMap { $0.version == MmlogMetadata.knownVersion ? $0 : nil }
  }

  /// Looks until two looks agree, a few times at most: the owner's processes change the bytes
  /// while we read them.
  private static let looks = 5

  /// Reads the metadata file of this name, the whole structure in one go.
  static func read(_ name: FileName, in directory: OpenDirectory) -> MmlogMetadataReading {
    do throws(FileError) {
      let file = try directory.openFile(name)
      var window = FileWindow(capacity: MmlogMetadata.size)
      var last = try look(file, &window)
      var isChanging = false
      for _ in 1..<looks {
        let next = try look(file, &window)
        if next == last { break }
        isChanging = true
        last = next
      }
      last.isChanging = isChanging
      return last
    } catch {
      return MmlogMetadataReading(error.isVanished ? .missing : .unreadable)
    }
  }

  private static func look(
    _ file: borrowing OpenFile, _ window: inout FileWindow
  ) throws(FileError) -> MmlogMetadataReading {
    try window.load(file, at: 0, end: UInt64(MmlogMetadata.size))
    return MmlogMetadataReading(MmlogMetadata(window.bytes), size: try file.status().size)
  }
}

extension MmlogMetadataReading {
  /// What is shown of it, and stands in JSON.
  var facts: [Attribute] {
    var facts = [Attribute("metadataStatus", .word(status.rawValue))]
    guard let fields else {
      if status != .missing { facts.append(Attribute("metadataSize", .size(size))) }
      return facts
    }
    facts += [
      Attribute("metadataSize", .size(size)),
      Attribute("version", .number(UInt64(fields.version))),
      Attribute("isReady", .flag(fields.isReady)), Attribute("isLocked", .flag(fields.isLocked)),
      Attribute("isPanicked", .flag(fields.isPanicked)),
      Attribute("padding", .number(UInt64(fields.padding))),
      Attribute("recordedSize", .size(fields.recordedSize)),
      Attribute("cursor", .size(fields.cursor)),
      Attribute("pageSize", .size(UInt64(fields.pageSize))),
      Attribute("chunkSize", .size(UInt64(fields.chunkSize))),
    ]
    if hasOddFlags { facts.append(Attribute("hasOddFlags", .flag(true))) }
    if isChanging { facts.append(Attribute("metadataIsChanging", .flag(true))) }
    return facts
  }

  /// What facts of this kind were made from.
  init?(facts: [Attribute]) {
    func number(_ name: String) -> UInt64 {
      switch facts.first(where: { $0.name == name })?.value {
      case .number(let value), .size(let value): value
      case .flag(let flag): flag ? 1 : 0
      default: 0
      }
    }
    guard case .word(let word) = facts.first(where: { $0.name == "metadataStatus" })?.value,
      let status = Status(rawValue: word)
    else { return nil }
    self.init(status)
    size = number("metadataSize")
    isChanging = number("metadataIsChanging") == 1
    hasOddFlags = number("hasOddFlags") == 1
    guard facts.contains(where: { $0.name == "cursor" }) else { return }
    var fields = MmlogMetadata()
    fields.version = UInt32(truncatingIfNeeded: number("version"))
    fields.ready = UInt8(number("isReady"))
    fields.locked = UInt8(number("isLocked"))
    fields.panicked = UInt8(number("isPanicked"))
    fields.padding = UInt8(truncatingIfNeeded: number("padding"))
    fields.recordedSize = number("recordedSize")
    fields.cursor = number("cursor")
    fields.pageSize = UInt32(truncatingIfNeeded: number("pageSize"))
    fields.chunkSize = UInt32(truncatingIfNeeded: number("chunkSize"))
    self.fields = fields
  }
}
