public import LogFiles

extension NoriWAL {
  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    guard recipe.segmentSize > 0 else { throw .badRecipe("a segment needs at least one byte") }
    guard recipe.valueSizes.lowerBound >= 0 else {
      throw .badRecipe("a value cannot have less than no bytes")
    }
    let mixture = try mixture(recipe.kinds)
    let made: (segments: [MadeLog.Segment], isWhole: Bool)
    do throws(WriterFailure) {
      made = try write(recipe, mixture, in: directory, continuing: continuing)
    } catch {
      switch error {
      case .file(let error): throw .file(error)
      default: throw .badRecipe(error.message)
      }
    }
    guard made.isWhole else { throw .stopped }
    return MadeLog(format: name, segments: made.segments, lengthByte: 0)
  }

  /// Bytes that are held back so as to write them at once.
  private static let heldLimit = 1 << 20

  private func write(
    _ recipe: LogRecipe, _ mixture: [UInt8], in directory: OpenDirectory,
    continuing: (_ records: UInt64) -> Bool
  ) throws(WriterFailure) -> (segments: [MadeLog.Segment], isWhole: Bool) {
    var contents = RecipeContents(recipe)
    var segments = try NoriWALSegments(
      starting: 0, in: directory, segmentSize: recipe.segmentSize,
      preallocation: recipe.preallocation)
    var made: [MadeLog.Segment] = []
    var current = MadeLog.Segment(
      file: segments.name, identity: try segments.fileStatus().identity)
    var number: UInt64 = 0
    while number < recipe.records, number % 1024 != 0 || continuing(number) {
      if let rotation = try segments.add(record(of: contents.pick(mixture), &contents)) {
        current.fileSize = rotation.bytes
        made.append(current)
        current = MadeLog.Segment(
          file: segments.name, identity: try segments.fileStatus().identity)
      }
      current.append(recordOf: segments.end - current.logicalEnd)
      if segments.pendingCount >= Self.heldLimit { try segments.flush() }
      number += 1
    }
    if recipe.closesCleanly { _ = try segments.finalize() } else { try segments.flush() }
    current.fileSize = try segments.fileStatus().size
    made.append(current)
    return (made, number == recipe.records)
  }

  /// What most logs hold: puts, some of them compressed or with a ttl, and deletes.
  private static let usualMixture: [UInt8] = [0, 0, 0, 0, 0, 0, 0x02, 0x04, 0x08, 0x01]

  /// The low four flag bits of the kinds to draw from.
  private func mixture(_ words: [String]) throws(MakeError) -> [UInt8] {
    if words.isEmpty { return Self.usualMixture }
    let known = Array(kinds.prefix(12))
    var mixture: [UInt8] = []
    for word in words {
      guard let flags = known.firstIndex(of: word) else {
        throw .unknownKind(word, known: known)
      }
      mixture.append(UInt8(flags))
    }
    return mixture
  }

  private func record(of flags: UInt8, _ contents: inout RecipeContents) -> NoriWALRecord {
    var record = NoriWALRecord(key: contents.key(), isTombstone: flags & 1 != 0)
    switch NoriWALHeader.compression(flags) {
    case .lz4: record.compression = .lz4
    case .zstd: record.compression = .zstd
    case .none, .invalid: break
    }
    if flags & 2 != 0 { record.ttlMilliseconds = contents.milliseconds() }
    if !record.isTombstone || record.compression != .none { record.value = contents.value() }
    return record
  }
}
