public import LogFiles

extension TegDB {
  public var canMake: Bool { true }

  /// Writes one database file: puts and deletes in transactions of a few records each.
  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    let mixture = try mixture(recipe.kinds)
    var contents = RecipeContents(recipe)
    do throws(FileError) {
      var writer = try TegDBWriter(FileName("db.teg"), in: directory, recipe)
      var number: UInt64 = 0
      while number < recipe.records {
        if number % 1024 == 0, !continuing(number) { break }
        let key = contents.key()
        switch contents.pick(mixture) {
        case TegDBWalker.put: try writer.append(key: key, value: contents.value())
        case TegDBWalker.delete: try writer.append(key: key, value: [])
        default: try writer.commit()
        }
        number += 1
      }
      let segment = try writer.finish(cleanly: recipe.closesCleanly)
      guard number == recipe.records else { throw FileError(call: .write, code: 0, name: nil) }
      return MadeLog(format: name, segments: [segment], lengthByte: 4)
    } catch {
      throw error.code == 0 ? .stopped : .file(error)
    }
  }

  func mixture(_ words: [String]) throws(MakeError) -> [UInt8] {
    if words.isEmpty { return [0, 0, 0, 0, 0, 0, 0, 1, 2, 2] }
    let known = Array(kinds.prefix(3))
    var mixture: [UInt8] = []
    for word in words {
      guard let kind = known.firstIndex(of: word) else {
        throw .unknownKind(word, known: known)
      }
      mixture.append(UInt8(kind))
    }
    return mixture
  }
}

/// Writes a new TegDB file of version 2 (format page, sections 2 and 3).
struct TegDBWriter: ~Copyable {
  private let file: NewFile
  private var segment: MadeLog.Segment
  private var pending: [UInt8] = []

  private static let pendingLimit = 1 << 20

  init(_ name: FileName, in directory: OpenDirectory, _ recipe: LogRecipe) throws(FileError) {
    let made = try directory.makeFile(name)
    switch recipe.preallocation {
    case .none: break
    case .allocate: try made.preallocate(recipe.segmentSize)
    case .setLength: try made.setLength(recipe.segmentSize)
    }
    try made.write(TegDBHeader.fresh(validDataEnd: TegDBHeader.length).rawBytes, at: 0)
    segment = MadeLog.Segment(file: name, identity: made.identity)
    segment.logicalEnd = TegDBHeader.length
    file = consume made
  }

  /// Appends a put; with an empty value it is a delete. What is longer than the owner writes is
  /// cut to that.
  mutating func append(key: [UInt8], value: [UInt8]) throws(FileError) {
    let record = Self.record(key: key, value: value)
    pending += record
    segment.append(recordOf: UInt64(record.count))
    if pending.count >= Self.pendingLimit { try flush() }
  }

  /// The bytes of one record, with what is longer than the owner writes cut to that.
  static func record(key: [UInt8], value: [UInt8]) -> [UInt8] {
    let limits = TegDBLimits()
    let key = key.prefix(Int(limits.keyLength))
    let value = value.prefix(Int(limits.valueLength))
    return TegDBHeader.bigEndian(UInt32(key.count)) + TegDBHeader.bigEndian(UInt32(value.count))
      + key + value
  }

  mutating func commit() throws(FileError) {
    try append(key: TegDBWalker.markerKey, value: [])
  }

  /// Ends the file: with a marker, or as a crash in a transaction leaves it, the noted end one
  /// record behind.
  consuming func finish(cleanly: Bool) throws(FileError) -> MadeLog.Segment {
    if cleanly, segment.records > 0 { try commit() }
    try flush()
    let noted = cleanly ? segment.logicalEnd : segment.last?.offset ?? segment.logicalEnd
    try file.write(TegDBHeader.bigEndian(noted).rawBytes, at: TegDBHeader.dataEndOffset)
    try file.sync()
    var ended = segment
    ended.fileSize = try file.status().size
    return ended
  }

  private mutating func flush() throws(FileError) {
    try file.write(pending.rawBytes, at: segment.logicalEnd - UInt64(pending.count))
    pending.removeAll(keepingCapacity: true)
  }
}
