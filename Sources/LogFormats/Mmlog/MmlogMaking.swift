import Glibc
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
    let name = FileName("app.log")
    try requireNothing(name, in: directory)
    let made: MadeLog.Segment
    do throws(WriterFailure) {
      let writer = try MmlogWriter.open(
        name, in: directory,
        options: MmlogWriterOptions(
          chunkSize: pages * MmlogOwner.page, preallocates: false, trimsOnClose: false))
      made = try fill(writer, recipe, continuing)
      try writer.close()
    } catch {
      throw Self.makeError(error)
    }
    guard made.records == recipe.records else { throw .stopped }
    return MadeLog(format: self.name, segments: [made], lengthByte: nil)
  }

  private func requireNothing(_ name: FileName, in directory: OpenDirectory) throws(MakeError) {
    for file in [name, MmlogNames.metadata(ofData: name)] {
      guard (try? directory.status(of: file)) == nil else {
        throw .file(FileError(call: .create, code: EEXIST, name: file))
      }
    }
  }

  private func fill(
    _ writer: MmlogWriter, _ recipe: LogRecipe, _ continuing: (_ records: UInt64) -> Bool
  ) throws(WriterFailure) -> MadeLog.Segment {
    var segment = MadeLog.Segment(file: writer.name, identity: writer.identity)
    var contents = RecipeContents(recipe)
    while segment.records < recipe.records,
      segment.records % 1024 != 0 || continuing(segment.records)
    {
      let insert = Self.insert(&contents, recipe.contents)
      segment.append(recordOf: UInt64(insert.count))
      if segment.records == recipe.records, !recipe.closesCleanly {
        try writer.insert(insert, asIfKilledAfter: insert.count / 2)
      } else {
        _ = try writer.insert(insert)
      }
    }
    segment.fileSize = try writer.recordedSize
    return segment
  }

  private static func makeError(_ failure: WriterFailure) -> MakeError {
    guard case .file(let error) = failure else { return .badRecipe(failure.message) }
    return .file(error)
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
