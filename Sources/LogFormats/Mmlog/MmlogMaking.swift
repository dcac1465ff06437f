public import LogFiles

extension Mmlog {
  public var canMake: Bool { true }

  /// Makes `app.log` and its metadata as one process of the owner leaves them: chunks of zeros
  /// behind the cursor. Left as by a crash, the last insert is reserved and only half copied.
  ///
  /// The recipe's segment size is the chunk size, rounded up to whole pages.
  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    if let unknown = recipe.kinds.first(where: { $0 != MmlogWalker.Kind.line.word }) {
      throw .unknownKind(unknown, known: [MmlogWalker.Kind.line.word])
    }
    let pages = max(1, recipe.segmentSize / MmlogOwner.page)
    guard pages <= UInt64(UInt32.max) / MmlogOwner.page else {
      throw .badRecipe("a chunk of an mmlog is smaller than 4 GiB")
    }
    let made: (segment: MadeLog.Segment, isWhole: Bool)
    do throws(FileError) {
      var writer = try MmlogWriter(in: directory, chunkSize: UInt32(pages * MmlogOwner.page))
      var contents = RecipeContents(recipe)
      var number: UInt64 = 0
      while number < recipe.records, number % 1024 != 0 || continuing(number) {
        try writer.append(Self.insert(&contents, recipe.contents))
        number += 1
      }
      made = (try writer.finish(cleanly: recipe.closesCleanly), number == recipe.records)
    } catch {
      throw .file(error)
    }
    guard made.isWhole else { throw .stopped }
    return MadeLog(format: name, segments: [made.segment], lengthByte: nil)
  }

  /// One insert: a line, or bytes as they are.
  private static func insert(_ contents: inout RecipeContents, _ kind: LogRecipe.Contents)
    -> [UInt8]
  {
    let key = contents.key()
    let value = contents.value()
    if kind == .binary { return key + value }
    // A zero would read as a gap and a newline as the end of the line.
    let line = (key + [0x20] + value).map { $0 == 0 || $0 == 0x0a ? 0x20 : $0 }
    return line + [0x0a]
  }
}

/// Writes a new pair of files.
struct MmlogWriter: ~Copyable {
  private let data: NewFile
  private let file: NewFile
  private var metadata = MmlogMetadata()
  private var segment: MadeLog.Segment
  private var pending: [UInt8] = []

  private static let pendingLimit = 1 << 20

  init(in directory: OpenDirectory, chunkSize: UInt32, name: FileName = FileName("app.log"))
    throws(FileError)
  {
    let file = try directory.makeFile(MmlogNames.metadata(ofData: name))
    let data = try directory.makeFile(name)
    self.file = file
    segment = MadeLog.Segment(file: name, identity: data.identity)
    self.data = data
    metadata.chunkSize = chunkSize
  }

  mutating func append(_ insert: [UInt8]) throws(FileError) {
    segment.append(recordOf: UInt64(insert.count))
    pending += insert
    if pending.count >= Self.pendingLimit { try flush() }
  }

  private mutating func flush() throws(FileError) {
    try data.write(pending.rawBytes, at: metadata.cursor)
    metadata.cursor += UInt64(pending.count)
    pending.removeAll(keepingCapacity: true)
  }

  consuming func finish(cleanly: Bool) throws(FileError) -> MadeLog.Segment {
    try flush()
    let chunk = UInt64(metadata.chunkSize)
    metadata.recordedSize = max(chunk, (metadata.cursor + chunk - 1) / chunk * chunk)
    try data.setLength(metadata.recordedSize)
    if !cleanly, let last = segment.last {
      let half = [UInt8](repeating: 0, count: Int(last.length - last.length / 2))
      try data.write(half.rawBytes, at: last.end - UInt64(half.count))
    }
    try file.write(metadata.bytes.rawBytes, at: 0)
    segment.fileSize = try data.status().size
    return segment
  }
}
