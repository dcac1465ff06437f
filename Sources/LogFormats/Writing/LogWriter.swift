public import LogFiles

/// A log that is open for appending as its owner appends. Several threads may use it at once.
///
/// What a format's engine can do beyond this (batches, chunks, transactions, checkpoints) is on the
/// writer of the format itself.
public protocol LogWriter: Sendable {
  /// Appends one record (an entry, a transaction of one change, a line) and comes back when what
  /// the policy promises has been done.
  ///
  /// - Returns: where it stands, and whether it is on the disk.
  /// - Throws: `WriterFailure`; what was appended before stays.
  func append(key: [UInt8], value: [UInt8]) throws(WriterFailure) -> Appended

  /// Waits until all that was appended is on the disk, whatever the policy.
  ///
  /// - Throws: `WriterFailure`. An error of the disk is final: nothing more is taken.
  func sync() throws(WriterFailure)

  /// Ends the log as its owner does on a clean end. Doing it again changes nothing; appending
  /// afterwards fails.
  ///
  /// - Throws: `WriterFailure`.
  func close() throws(WriterFailure)
}

/// What became of something that was appended.
public struct Appended: Sendable, Equatable {
  /// The file it is in.
  public var file: FileName
  /// Offset of its first byte from the file's start.
  public var offset: UInt64
  /// Whether it is on the disk, as far as the disk tells: it survives a loss of power.
  public var isDurable: Bool

  public init(file: FileName, offset: UInt64, isDurable: Bool) {
    self.file = file
    self.offset = offset
    self.isDurable = isDurable
  }
}

/// When a writer makes durable what was appended: a word of the format and what it stands for.
public struct WriterPolicy: Sendable, Equatable {
  /// The word, in kebab-case, such as "always" or "batch".
  public var name: String
  /// What it promises, as half a sentence.
  public var summary: String
  /// Whether everything is on the disk when `append` comes back.
  public var isDurable: Bool

  public init(name: String, summary: String, isDurable: Bool) {
    self.name = name
    self.summary = summary
    self.isDurable = isDurable
  }
}

/// How a log is written, as far as all formats have it.
public struct WriterOptions: Sendable {
  /// Word of one of the format's policies; nil for its owner's default.
  public var policy: String?
  /// Bytes after which a segment is full, or that a file grows by; nil for its owner's default.
  public var segmentSize: UInt64?
  /// Whether space is taken before it is written; nil for what its owner does by default.
  public var preallocates: Bool?

  public init(policy: String? = nil, segmentSize: UInt64? = nil, preallocates: Bool? = nil) {
    self.policy = policy
    self.segmentSize = segmentSize
    self.preallocates = preallocates
  }
}

/// Why something was not appended, or a log not opened for appending.
public enum WriterFailure: Error, Sendable, Equatable {
  case file(FileError)
  /// The log is closed, or an error of the disk ended it.
  case ended
  /// Somebody else writes it.
  case inUse(FileName)
  /// Its bytes are not what the owner would go on from.
  case unusable(FileName, String)
  /// The owner does not take it either: too large, or no room that it may use.
  case refused(String)
  /// The format has no writer, or not this policy.
  case unsupported(String)

  /// What happened, without foreign bytes and without the name of a file.
  public var message: String {
    switch self {
    case .file(let error): error.message
    case .ended: "the log is closed, or an error of the disk ended it"
    case .inUse: "somebody else writes it"
    case .unusable(_, let reason), .refused(let reason), .unsupported(let reason): reason
    }
  }

  /// The file it is about, as far as known.
  public var file: FileName? {
    switch self {
    case .file(let error): error.name
    case .inUse(let file), .unusable(let file, _): file
    case .ended, .refused, .unsupported: nil
    }
  }
}
