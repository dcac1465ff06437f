public import LogFiles

/// One file of a new log that holds what could be saved of an old one.
public struct SalvagedFile: Sendable {
  /// A part of the new file.
  public enum Piece: Sendable, Equatable {
    case bytes([UInt8])
    /// Bytes of a file of the old log, from its start.
    case copy(FileName, Range<UInt64>)
  }
  public var name: FileName
  /// One after the other, without a gap.
  public var pieces: [Piece]

  /// Bytes of all pieces.
  public var size: UInt64 {
    pieces.reduce(0) { sum, piece in
      switch piece {
      case .bytes(let bytes): sum + UInt64(bytes.count)
      case .copy(_, let range): sum + (range.upperBound - range.lowerBound)
      }
    }
  }

  public init(_ name: FileName, pieces: [Piece]) {
    self.name = name
    self.pieces = pieces
  }
}

/// What a salvage makes, and what it leaves out.
public struct Salvage: Sendable {
  public var files: [SalvagedFile]
  /// What of the old log is in none of the pieces though it may have held records.
  public var gaps: [Gap]
  /// What of the old log is in the pieces as it stands though it may be damage: zeros of data, which
  /// nothing tells from what was never written.
  public var gapsTakenAlong = GapList()

  /// Bytes of the old log in the pieces.
  public var bytesCopied: UInt64 {
    files.lazy.flatMap(\.pieces).reduce(0) { sum, piece in
      guard case .copy(_, let range) = piece else { return sum }
      return sum + (range.upperBound - range.lowerBound)
    }
  }

  /// Bytes of the old log that are left behind.
  public struct Gap: Sendable, Equatable {
    public var file: FileName
    /// From the start of the file; empty where the file never had what is missing.
    public var range: Range<UInt64>
    /// As one sentence without foreign bytes.
    public var reason: String

    public init(_ file: FileName, _ range: Range<UInt64>, _ reason: String) {
      self.file = file
      self.range = range
      self.reason = reason
    }
  }

  public init(files: [SalvagedFile], gaps: [Gap]) {
    self.files = files
    self.gaps = gaps
  }
}
