import LogFiles

/// The owner's recovery of one live segment, step by step (format page, section 5), its faults
/// included: a chunk that is skipped takes four bytes too many, and between two entries a chunk or
/// an end marker more is taken.
struct OkayWALRecovery {
  /// What the owner's application does with the chunks of an entry.
  enum Mode: String, CaseIterable {
    /// Reads every chunk and returns errors, as the owner's documentation shows.
    case propagateErrors = "propagate-errors"
    /// Reads every chunk up to an error, which it ignores.
    case ignoreErrors = "ignore-errors"
    case neverReadsChunks = "never-reads-chunks"
  }

  /// Why the open fails.
  enum OwnerError: String {
    case endOfFile = "failed to fill whole buffer"
    case chunkCut = "crc cannot be checked before reading all chunk bytes"
    case checksum = "crc check failed"
  }

  private let mode: Mode
  private let fileID: UInt64
  private let end: UInt64
  private var pieces: OkayWALPieces

  /// Where the owner reads next; may be behind the end of the file.
  private var position: UInt64
  private var isInsideEntry: Bool

  /// Entries that were handed to the application.
  private(set) var entries: UInt64
  /// Those that the application got whole.
  private(set) var completeEntries: UInt64
  private(set) var lastID: UInt64?
  /// Where the owner would write next.
  private(set) var resumeOffset: UInt64
  private(set) var error: OwnerError?
  /// The place of the error in the file.
  private(set) var errorOffset: UInt64?

  /// A recovery of a segment of `end` bytes from its first entry on.
  init(_ mode: Mode, fileID: UInt64, firstEntry: UInt64, end: UInt64) {
    self.mode = mode
    self.fileID = fileID
    self.end = end
    position = firstEntry
    resumeOffset = firstEntry
    isInsideEntry = false
    entries = 0
    completeEntries = 0
    // Little is read where chunks are skipped.
    pieces = OkayWALPieces(size: mode == .neverReadsChunks ? 1 << 12 : 1 << 18)
  }

  /// Takes as read what an application that reads chunks gets without an error: the entries up to
  /// `offset`, where no new entry starts.
  mutating func pass(entries: UInt64, complete: UInt64, lastID: UInt64?, to offset: UInt64) {
    position = offset
    resumeOffset = offset
    self.entries = entries
    completeEntries = complete
    self.lastID = lastID
    isInsideEntry = entries > 0
  }

  /// Runs to the end of the segment, or to an error.
  mutating func run(_ source: inout RecordSource) throws(RecordSourceError) {
    while true {
      if isInsideEntry {
        // Once when the application returns, once more before the next entry is read.
        for _ in 0..<2 {
          try skipToEnd(&source)
          if error != nil { return }
        }
      }
      guard try readNextEntry(&source) else { return }
      entries += 1
      isInsideEntry = true
      if mode != .neverReadsChunks { try readChunks(&source) }
      if error != nil { return }
    }
  }

  /// Reads an entry's marker and id; false where the owner takes the segment to end.
  private mutating func readNextEntry(_ source: inout RecordSource) throws(RecordSourceError)
    -> Bool
  {
    resumeOffset = position
    guard position < end, end - position >= UInt64(OkayWALEntry.headLength),
      try pieces.le(UInt8.self, at: position, &source) == OkayWALEntry.Marker.entry,
      let id = try pieces.le(UInt64.self, at: position + 1, &source), id >= fileID
    else { return false }
    position += UInt64(OkayWALEntry.headLength)
    lastID = id
    return true
  }

  private enum Step {
    case chunk(UInt32)
    case end
    case aborted
    case failed
  }

  /// Looks at one marker, and takes what it stands for.
  private mutating func step(_ source: inout RecordSource) throws(RecordSourceError) -> Step {
    guard position < end else { return .aborted }
    switch try pieces.le(UInt8.self, at: position, &source) {
    case OkayWALEntry.Marker.chunk:
      guard let length = try pieces.le(UInt32.self, at: position + 1, &source) else {
        position = end
        return .failed
      }
      position += UInt64(OkayWALEntry.chunkHeadLength)
      return .chunk(length)
    case OkayWALEntry.Marker.end:
      position += 1
      return .end
    default:
      return .aborted
    }
  }

  /// The application's part: every chunk up to the end of the entry, or to an error.
  private mutating func readChunks(_ source: inout RecordSource) throws(RecordSourceError) {
    while true {
      let start = position
      let failure: OwnerError?
      switch try step(&source) {
      case .end:
        completeEntries += 1
        return
      case .aborted: return
      case .failed: failure = .endOfFile
      case .chunk(let length): failure = try readChunk(length, &source)
      }
      guard let failure else { continue }
      if mode == .propagateErrors { (error, errorOffset) = (failure, start) }
      return
    }
  }

  private mutating func readChunk(_ length: UInt32, _ source: inout RecordSource)
    throws(RecordSourceError) -> OwnerError?
  {
    let payload = position
    let left = end - position
    guard UInt64(length) <= left else {
      // What is not there is skipped as if it were, the checksum with it.
      let missing = length - UInt32(left)
      position = end + UInt64(missing &+ UInt32(OkayWALEntry.checksumLength))
      return .chunkCut
    }
    position += UInt64(length)
    guard let stored = try pieces.le(UInt32.self, at: position, &source) else {
      position = end + UInt64(OkayWALEntry.checksumLength)
      return .endOfFile
    }
    position += UInt64(OkayWALEntry.checksumLength)
    let computed = try pieces.crc32c(at: payload, count: UInt64(length), &source)
    return stored == computed ? nil : .checksum
  }

  /// The owner's part: skips chunks up to whatever is none.
  private mutating func skipToEnd(_ source: inout RecordSource) throws(RecordSourceError) {
    while true {
      let start = position
      switch try step(&source) {
      case .end, .aborted: return
      case .failed:
        (error, errorOffset) = (.endOfFile, start)
        return
      case .chunk(let length):
        // The checksum is skipped twice; the sum is one of 32 bits.
        let checksum = UInt32(OkayWALEntry.checksumLength)
        position += UInt64(length &+ checksum) + UInt64(checksum)
      }
    }
  }
}
