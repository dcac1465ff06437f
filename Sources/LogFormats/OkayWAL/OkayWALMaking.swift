public import LogFiles

extension OkayWAL {
  public var canMake: Bool { true }

  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    var mixture: [UInt8] = []
    for word in recipe.kinds {
      guard let kind = kinds.firstIndex(of: word) else {
        throw .unknownKind(word, known: kinds)
      }
      mixture.append(UInt8(kind))
    }
    if mixture.isEmpty { mixture = Self.usualMixture }
    let made: (segments: [MadeLog.Segment], nextID: UInt64, isWhole: Bool)
    do throws(FileError) {
      made = try write(recipe, mixture, in: directory, continuing: continuing)
    } catch {
      throw .file(error)
    }
    guard made.isWhole else { throw .stopped }
    // The lowest byte of the first chunk's length.
    let lengthByte = UInt64(OkayWALEntry.headLength + 1)
    var log = MadeLog(format: name, segments: made.segments, lengthByte: lengthByte)
    log.nextID = made.nextID
    return log
  }

  /// What most logs hold: entries of chunks, now and then one without any.
  private static let usualMixture: [UInt8] =
    [UInt8](repeating: OkayWALEntry.Kind.entry, count: 15) + [OkayWALEntry.Kind.empty]

  private func write(
    _ recipe: LogRecipe, _ mixture: [UInt8], in directory: OpenDirectory,
    continuing: (_ records: UInt64) -> Bool
  ) throws(FileError) -> (segments: [MadeLog.Segment], nextID: UInt64, isWhole: Bool) {
    var contents = RecipeContents(recipe)
    var writer = try OkayWALMaker(
      in: directory, segmentSize: recipe.segmentSize, preallocation: recipe.preallocation,
      versionInfo: Array("walscope".utf8))
    var number: UInt64 = 0
    while number < recipe.records, number % 1024 != 0 || continuing(number) {
      let kind = contents.pick(mixture)
      try writer.append(
        chunks: kind == OkayWALEntry.Kind.empty ? [] : chunks(&contents),
        isCommitted: kind != OkayWALEntry.Kind.aborted)
      number += 1
    }
    if !recipe.closesCleanly {
      // A crash in the middle of an entry.
      try writer.append(chunks: chunks(&contents), isCommitted: false)
    }
    let nextID = writer.nextID
    return (try writer.finish(), nextID, number == recipe.records)
  }

  private func chunks(_ contents: inout RecipeContents) -> [[UInt8]] {
    let count = contents.pick([1, 1, 1, 2, 3])
    return (0..<count).map { _ in contents.value() }
  }
}
