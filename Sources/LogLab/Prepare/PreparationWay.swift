import LogFiles

/// A way to prepare a file before a log is written into it.
public enum PreparationWay: String, Sendable, CaseIterable {
  /// The file is empty, and each append makes it longer.
  case none
  /// It has its length, and no block of it is allocated (`ftruncate`).
  case setLength = "set-length"
  /// Its blocks are allocated and noted as unwritten (`fallocate`).
  case fallocate
  /// The same, and its length stays 0 (`FALLOC_FL_KEEP_SIZE`).
  case fallocateKeepSize = "fallocate-keep-size"
  /// Zeros were written to all of it, as okaywal does.
  case writtenZeros = "written-zeros"
  /// It holds a log that nobody needs any more, which is overwritten.
  case recycled

  public var variant: LabVariant {
    switch self {
    case .none: LabVariant(name: rawValue, title: "no preparation")
    case .setLength: LabVariant(name: rawValue, title: "set-length")
    case .fallocate: LabVariant(name: rawValue, title: "fallocate")
    case .fallocateKeepSize: LabVariant(name: rawValue, title: "fallocate keep-size")
    case .writtenZeros: LabVariant(name: rawValue, title: "written zeros", isPlural: true)
    case .recycled: LabVariant(name: rawValue, title: "recycling")
    }
  }

  /// What it does, as half a sentence.
  public var summary: String {
    switch self {
    case .none: "the file is empty"
    case .setLength: "its length is set; nothing is allocated"
    case .fallocate: "its blocks are allocated, noted as unwritten"
    case .fallocateKeepSize: "the same, and its length stays 0"
    case .writtenZeros: "zeros are written to all of it"
    case .recycled: "an old file of the same size is overwritten"
    }
  }

  private static let pieceSize = 1 << 20

  /// Prepares a file for `capacity` bytes. What has been prepared before is left as it is where that
  /// is the way. Nothing is synced.
  ///
  /// - Throws: `FileError`; `isUnsupported` where the file system cannot.
  func prepare(_ file: WriterFile, capacity: UInt64) throws(FileError) {
    switch self {
    case .none: break
    case .setLength: try file.setLength(capacity)
    case .fallocate: try file.allocate(0..<capacity, keepingSize: false)
    case .fallocateKeepSize: try file.allocate(0..<capacity, keepingSize: true)
    case .writtenZeros: try Self.fill(file, with: 0, to: capacity)
    case .recycled:
      if try file.status().size != capacity {
        try file.setLength(0)
        try Self.fill(file, with: 0x5A, to: capacity)
      }
    }
  }

  private static func fill(
    _ file: WriterFile, with byte: UInt8, to capacity: UInt64
  ) throws(FileError) {
    let piece = [UInt8](repeating: byte, count: pieceSize)
    var offset: UInt64 = 0
    while offset < capacity {
      let count = Int(min(capacity - offset, UInt64(pieceSize)))
      try file.write(count == pieceSize ? piece : Array(piece[..<count]), at: offset)
      offset += UInt64(count)
    }
  }
}
