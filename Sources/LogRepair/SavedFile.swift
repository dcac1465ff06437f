import LogFiles

/// What is kept of a file that a plan changes, so that it can be put back exactly.
struct SavedFile: Sendable, Equatable {
  /// How it is kept.
  enum Way: String, Sendable {
    /// The parts that change, in a sparse file at the same offsets.
    case image
    /// The whole file, by another name: renamed when its step is made.
    case renamed
    /// The whole file, copied to another file system.
    case copied
    /// It was not there; the plan makes it.
    case absent
    /// Not at all: there is no undo.
    case unsaved
  }

  /// What a part of the file was on disk.
  enum PieceKind: String, Sendable {
    /// Written bytes; runs of zeros stand in the image as holes.
    case data
    /// Allocated and never written: it reads as zeros.
    case unwritten
    case hole
  }

  struct Piece: Sendable, Equatable {
    /// In bytes from the start of the file; beyond its end for space kept there.
    var range: Range<UInt64>
    var kind: PieceKind
  }

  var name: FileName
  var way: Way
  var identity: FileIdentity
  var size: UInt64
  /// Permission bits and kind, owner and group.
  var mode: UInt32
  var owner: UInt32
  var group: UInt32
  var modified: Timestamp
  var pieces: [Piece]

  init(_ name: FileName, _ way: Way, _ status: FileStatus?, pieces: [Piece] = []) {
    self.name = name
    self.way = way
    identity = status?.identity ?? FileIdentity(device: 0, inode: 0)
    size = status?.size ?? 0
    mode = status?.mode ?? 0
    owner = status?.owner ?? 0
    group = status?.group ?? 0
    modified = status?.modified ?? Timestamp(seconds: 0, nanoseconds: 0)
    self.pieces = pieces
  }
}

/// How a file was left when all steps were made, to tell later whether anybody changed it.
struct LeftFile: Sendable, Equatable {
  var name: FileName
  /// Nil for a file that was removed.
  var horizon: Horizon?
  /// Of the whole file, where it is not too large to ask for.
  var digest: ContentDigest?
}
