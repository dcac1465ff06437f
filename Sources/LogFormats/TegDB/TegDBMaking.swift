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
      var maker = try TegDBMaker(TegDBNames.usual, in: directory, recipe)
      var number: UInt64 = 0
      while number < recipe.records {
        if number % 1024 == 0, !continuing(number) { break }
        let key = contents.key()
        switch contents.pick(mixture) {
        case TegDBWalker.put: try maker.append(key: key, value: contents.value())
        case TegDBWalker.delete: try maker.append(key: key, value: [])
        default: try maker.commit()
        }
        number += 1
      }
      let segment = try maker.finish(cleanly: recipe.closesCleanly)
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

/// Makes a database file of a recipe: as `TegDBWriter` does, but nobody waits for the disk, records
/// that change nothing are written as well, and the end may be that of a crash.
struct TegDBMaker {
  private var output: TegDBOutput
  private var segment: MadeLog.Segment

  init(_ name: FileName, in directory: OpenDirectory, _ recipe: LogRecipe) throws(FileError) {
    let file = try directory.openForWriting(name, [.creates, .exclusive])
    try file.take(recipe.segmentSize, by: recipe.preallocation)
    try file.write(TegDBHeader.fresh(validDataEnd: TegDBHeader.length), at: 0)
    segment = MadeLog.Segment(file: name, identity: file.identity)
    segment.logicalEnd = TegDBHeader.length
    output = TegDBOutput(file, end: TegDBHeader.length)
  }

  /// Appends a put; with an empty value it is a delete. What is longer than the owner writes is
  /// cut to that.
  mutating func append(key: [UInt8], value: [UInt8]) throws(FileError) {
    let limits = TegDBLimits()
    let start = output.append(
      key: Array(key.prefix(Int(limits.keyLength))),
      value: Array(value.prefix(Int(limits.valueLength))))
    segment.append(recordOf: output.end - start)
    if output.isBufferFull { try output.flush() }
  }

  mutating func commit() throws(FileError) {
    try append(key: TegDBWalker.markerKey, value: [])
  }

  /// Ends the file: with a marker, or as a crash in a transaction leaves it, the noted end one
  /// record behind.
  mutating func finish(cleanly: Bool) throws(FileError) -> MadeLog.Segment {
    if cleanly, segment.records > 0 { try commit() }
    try output.flush()
    try output.noteEnd(
      cleanly ? segment.logicalEnd : segment.last?.offset ?? segment.logicalEnd)
    try output.file.sync()
    segment.fileSize = try output.file.status().size
    return segment
  }
}
