public import LogFiles

extension Tgstream {
  public var canMake: Bool { true }

  /// Writes the backup set of a database that is not there: a state file, and below `bucket/` the
  /// base, the segments and `latest.json`. Nothing is compressed, for what a compressor writes
  /// depends on its version.
  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    let mixture = try TegDB().mixture(recipe.kinds)
    do throws(FileError) {
      var writer = try TgstreamWriter(in: directory, recipe, mixture)
      return try writer.write(continuing)
    } catch {
      throw error.code == 0 ? .stopped : .file(error)
    }
  }
}

/// Writes a new backup set: the first half of the records in the base, the rest in segments.
struct TgstreamWriter {
  private static let id = FileName("20260101T000000")
  private static let database = "db.teg"
  /// A segment is held in memory until its end is known, which is a part of its name.
  private static let segmentLimit: UInt64 = 16 << 20

  private let recipe: LogRecipe
  private let mixture: [UInt8]
  private let root: OpenDirectory
  private let set: OpenDirectory
  private let bases: OpenDirectory
  private let segments: OpenDirectory
  private let place: FileName
  private var contents: RecipeContents
  private var made: [MadeLog.Segment] = []
  private var records: UInt64 = 0
  /// Where the database ends that would hold all of this.
  private var end = TegDBHeader.length

  init(in directory: OpenDirectory, _ recipe: LogRecipe, _ mixture: [UInt8]) throws(FileError) {
    self.recipe = recipe
    self.mixture = mixture
    contents = RecipeContents(recipe)
    root = directory
    set = try directory.makeDirectory(FileName("bucket")).makeDirectory(FileName(Self.database))
    bases = try set.makeDirectory(TgstreamNames.baseDirectory)
    segments = try set.makeDirectory(TgstreamNames.segmentDirectory).makeDirectory(Self.id)
    place = FileName("bucket/\(Self.database)")
  }

  mutating func write(_ continuing: (_ records: UInt64) -> Bool) throws(FileError) -> MadeLog {
    try writeBase(continuing)
    let baseEnd = end
    var uploaded = end
    while records < recipe.records {
      uploaded = end
      try writeSegment(continuing)
    }
    if recipe.closesCleanly { uploaded = end }
    try write(latest(baseEnd), to: TgstreamNames.latest, in: set)
    try write(state(uploaded), to: FileName("db.stream.toml"), in: root)
    return MadeLog(format: Tgstream().name, segments: made, lengthByte: 4)
  }

  private mutating func writeBase(_ continuing: (UInt64) -> Bool) throws(FileError) {
    let name = FileName(Self.id.bytes + Array(".snap".utf8))
    var base = recipe
    base.preallocation = .none
    var writer = try TegDBMaker(name, in: bases, base)
    while records < recipe.records / 2 {
      if records % 1024 == 0, !continuing(records) { throw Self.stopped }
      try append(to: &writer)
    }
    var segment = try writer.finish(cleanly: true)
    end = segment.logicalEnd
    segment.file = place.appending(TgstreamNames.baseDirectory).appending(name)
    made.append(segment)
  }

  private mutating func append(to writer: inout TegDBMaker) throws(FileError) {
    let key = contents.key()
    switch contents.pick(mixture) {
    case TegDBWalker.put: try writer.append(key: key, value: contents.value())
    case TegDBWalker.delete: try writer.append(key: key, value: [])
    default: try writer.commit()
    }
    records += 1
  }

  /// Writes the next segment: as many transactions as it takes to fill it.
  private mutating func writeSegment(_ continuing: (UInt64) -> Bool) throws(FileError) {
    var bytes: [UInt8] = []
    var lengths: [UInt64] = []
    let limit = min(recipe.segmentSize, Self.segmentLimit)
    while records < recipe.records, UInt64(bytes.count) < limit {
      if records % 1024 == 0, !continuing(records) { throw Self.stopped }
      let key = contents.key()
      switch contents.pick(mixture) {
      case TegDBWalker.put: add(key, contents.value(), to: &bytes, &lengths)
      case TegDBWalker.delete: add(key, [], to: &bytes, &lengths)
      default: add(TegDBWalker.markerKey, [], to: &bytes, &lengths)
      }
      records += 1
    }
    add(TegDBWalker.markerKey, [], to: &bytes, &lengths)
    let name = FileName("\(end)-\(end + UInt64(bytes.count)).seg")
    let file = try segments.makeFile(name)
    try file.write(bytes.rawBytes, at: 0)
    try file.sync()
    var segment = MadeLog.Segment(
      file: place.appending(TgstreamNames.segmentDirectory).appending(Self.id).appending(name),
      identity: file.identity)
    for length in lengths { segment.append(recordOf: length) }
    segment.fileSize = UInt64(bytes.count)
    made.append(segment)
    end += UInt64(bytes.count)
  }

  private func add(
    _ key: [UInt8], _ value: [UInt8], to bytes: inout [UInt8], _ lengths: inout [UInt64]
  ) {
    let record = TegDBRecord.bytes(key: key, value: value)
    bytes += record
    lengths.append(UInt64(record.count))
  }

  // MARK: Notes

  private func latest(_ offset: UInt64) -> String {
    #"{"base_id":"\#(Self.text)","checksums":{"base_etag":"\#(Self.etag)"},"#
      + #""created_at":"2026-01-01T00:00:00+00:00","last_offset":\#(offset)}"#
  }

  private func state(_ offset: UInt64) -> String {
    """
    device = 65024
    inode = 12345
    db_path = "/var/lib/tegdb/\(Self.database)"
    base_id = "\(Self.text)"
    last_committed_offset = \(offset)
    last_uploaded_etag = "\(Self.etag)"
    last_seen_size = \(end)

    """
  }

  private static var text: String { String(decoding: id.bytes, as: UTF8.self) }
  private static let etag = "00000000000000000000000000000000"
  private static var stopped: FileError { FileError(call: .write, code: 0, name: nil) }

  private func write(_ text: String, to name: FileName, in directory: OpenDirectory)
    throws(FileError)
  {
    let file = try directory.makeFile(name)
    try file.write(Array(text.utf8).rawBytes, at: 0)
    try file.sync()
  }
}
