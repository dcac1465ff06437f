public import LogFiles

/// A log that was just made, with what is needed to damage it on purpose.
public struct MadeLog: Sendable {
  public var format: String
  public var segments: [Segment]
  /// Where in a record the byte stands whose change makes the record claim another length.
  /// Nil where records have no length of their own.
  public var lengthByte: UInt64?
  /// The number that the owner gives next, nil where the format has none.
  public var nextID: UInt64?

  public init(format: String, segments: [Segment], lengthByte: UInt64?) {
    self.format = format
    self.segments = segments
    self.lengthByte = lengthByte
  }

  public var records: UInt64 { segments.reduce(0) { $0 + $1.records } }
  /// Bytes of all files, preallocation included.
  public var fileSize: UInt64 { segments.reduce(0) { $0 + $1.fileSize } }

  /// One file of the log.
  public struct Segment: Sendable {
    public var file: FileName
    public var identity: FileIdentity
    public var records: UInt64 = 0
    /// Offset just after the last record.
    public var logicalEnd: UInt64 = 0
    public var fileSize: UInt64 = 0
    /// The last record, nil where there is none.
    public var last: RecordPlace?
    /// Some records, evenly spread: memory must not grow with their number.
    public private(set) var places: [RecordPlace] = []
    /// What was done to the segment on purpose; `places` may not be right any more.
    public var isDamaged = false
    private var stride: UInt64 = 1

    public init(file: FileName, identity: FileIdentity) {
      self.file = file
      self.identity = identity
    }

    /// Notes a record of `length` bytes at the logical end.
    public mutating func append(recordOf length: UInt64) {
      let place = RecordPlace(offset: logicalEnd, length: length)
      if records % stride == 0 {
        if places.count == Self.placeLimit {
          stride *= 2
          places = places.indices.filter { $0 % 2 == 0 }.map { places[$0] }
        }
        if records % stride == 0 { places.append(place) }
      }
      last = place
      records += 1
      logicalEnd += length
    }

    private static let placeLimit = 1024
  }

  /// A record's first byte, from the start of its file, and its length in bytes.
  public struct RecordPlace: Sendable, Equatable {
    public var offset: UInt64
    public var length: UInt64

    public init(offset: UInt64, length: UInt64) {
      self.offset = offset
      self.length = length
    }

    public var end: UInt64 { offset + length }
  }
}

/// Why a log was not made, or not damaged.
public enum MakeError: Error, Sendable {
  case file(FileError)
  /// The format has no writer.
  case unsupported(format: String)
  case unknownKind(String, known: [String])
  case badRecipe(String)
  /// The log has not what the damage needs.
  case notApplicable(LogDamage, String)
  /// The log has not what the event needs.
  case impossible(event: String, String)
  case stopped

  /// What happened and what to do, without the name of a file and without foreign bytes.
  public var message: String {
    switch self {
    case .file(let error): error.message
    case .unsupported(let format): "logs of the format \(format) cannot be made"
    case .unknownKind(_, let known):
      "no such kind of record; there are \(known.joined(separator: ", "))"
    case .badRecipe(let reason): reason
    case .notApplicable(let damage, let reason): "\(damage.rawValue) \(reason)"
    case .impossible(let event, let reason): "\(event) \(reason)"
    case .stopped: "stopped; what was made so far is left as it is"
    }
  }
}
