public import LogFiles

/// Something that happens to logs of one format in their owner's life, and that a log that was just
/// made can go through, to look at and to practise on.
public struct LogEvent: Sendable {
  /// The fixed word of the event, in kebab-case.
  public var name: String
  /// What happens, as a sentence for the help.
  public var summary: String

  public init(_ name: String, _ summary: String) {
    self.name = name
    self.summary = summary
  }
}

/// What an event changed.
public struct AppliedEvent: Sendable {
  public var event: String
  /// The file as it is called afterwards; before, where it is gone.
  public var file: FileName
  /// What happened to the file, without foreign bytes.
  public var message: String

  public init(_ event: String, file: FileName, _ message: String) {
    self.event = event
    self.file = file
    self.message = message
  }
}

extension OpenDirectory {
  /// Moves a file that this process made to a new name, by its bytes.
  ///
  /// - Returns: the identity of the new file.
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  func move(_ segment: MadeLog.Segment, to name: FileName) throws(FileError) -> FileIdentity {
    let identity = try copy(segment, to: name)
    try remove(segment.file, identity: segment.identity)
    return identity
  }

  /// Copies a file that this process made, and its holes as holes.
  ///
  /// - Returns: the identity of the copy.
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  func copy(_ segment: MadeLog.Segment, to name: FileName) throws(FileError) -> FileIdentity {
    let old = try reopen(segment.file, identity: segment.identity)
    let new = try makeFile(name)
    try new.setLength(segment.fileSize)
    var offset: UInt64 = 0
    while offset < segment.fileSize {
      let piece = try old.bytes(at: offset, limit: 1 << 20)
      if piece.isEmpty { break }
      if piece.contains(where: { $0 != 0 }) { try new.write(piece.rawBytes, at: offset) }
      offset += UInt64(piece.count)
    }
    return new.identity
  }
}
