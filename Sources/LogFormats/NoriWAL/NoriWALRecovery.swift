import LogFiles

/// What opening a nori-wal log for appending found and cut, as the owner counts it.
public struct NoriWALRecovered: Sendable, Equatable {
  public var segments: UInt64 = 0
  /// Valid records of all segments.
  public var records: UInt64 = 0
  /// Bytes of torn records that were cut off.
  public var tornBytes: UInt64 = 0
  /// Zeros that were cut off: space that had been taken and was not written. The owner counts them
  /// as corruption.
  public var zeroBytes: UInt64 = 0
  /// Just after the last valid record; nil where there is none.
  public var end: NoriWALPosition?
  /// Segments from which torn bytes were cut.
  public var torn: [UInt64] = []
  /// The segment that is appended to; nil where there is none.
  var last: UInt64?
}

/// Brings a log into the state from which its owner appends: whole records and nothing behind them
/// in each segment (format page, section 5).
///
/// What differs from the owner: nothing is changed before all segments are judged; a segment with
/// valid records behind damage, or without any although it is not empty, is refused where the owner
/// cuts; and a file is cut in place, so that it stays the same file.
struct NoriWALRecovery {
  let directory: OpenDirectory

  /// - Throws: `WriterFailure`, `.unusable` where the owner could not go on or records would be
  ///   lost; then nothing was changed, or all that was changed are tails.
  func run() throws(WriterFailure) -> NoriWALRecovered {
    let segments = try discovered()
    if let last = segments.last { try requireNoWriter(last.name) }
    var prefixes: [SegmentPrefix] = []
    for segment in segments { prefixes.append(try judge(segment.name)) }
    var result = NoriWALRecovered(segments: UInt64(segments.count), last: segments.last?.id)
    for (segment, prefix) in zip(segments, prefixes) {
      if prefix.end < prefix.size { try cut(segment.name, prefix) }
      result.records += prefix.records
      if prefix.records > 0 {
        result.end = NoriWALPosition(segment: segment.id, offset: prefix.end)
      }
      switch prefix.tail {
      case .torn:
        result.tornBytes += prefix.size - prefix.end
        result.torn.append(segment.id)
      default: result.zeroBytes += prefix.size - prefix.end
      }
    }
    return result
  }

  // MARK: Finding

  /// All segments, ascending.
  private func discovered() throws(WriterFailure) -> [(id: UInt64, name: FileName)] {
    let entries: [DirectoryEntry]
    do throws(FileError) { entries = try directory.entries() } catch { throw .file(error) }
    var found: [(id: UInt64, name: FileName)] = []
    for entry in entries {
      guard let id = NoriWALNames.id(of: entry.name) else { continue }
      guard entry.name == NoriWALNames.canonical(id) else {
        throw .unusable(
          entry.name, "the owner finds a segment of this name and then opens it by another one")
      }
      guard entry.kind == .regular else {
        throw .unusable(entry.name, "it is a \(entry.kind.words) where a segment should be")
      }
      found.append((id, entry.name))
    }
    return found.sorted { $0.id < $1.id }
  }

  /// Refuses a log whose current segment somebody has open for writing, the owner included, as far
  /// as Linux tells: only of our own files, and not on every file system.
  private func requireNoWriter(_ name: FileName) throws(WriterFailure) {
    let isFree: Bool
    do throws(FileError) { isFree = try directory.hasNoWriter(name) } catch { return }
    if !isFree { throw .inUse(name) }
  }

  // MARK: Judging

  private func judge(_ name: FileName) throws(WriterFailure) -> SegmentPrefix {
    let prefix: SegmentPrefix
    do throws(FileError) {
      prefix = try SegmentPrefix(of: name, walker: NoriWALWalker(), in: directory)
    } catch {
      throw .file(error)
    }
    switch prefix.tail {
    case .none, .zeros, .torn: return prefix
    case .records(let offset):
      throw .unusable(
        name,
        "valid records stand behind damage, at offset \(offset), which the owner would cut off: "
          + "look at it with \"check\", and save them with \"salvage\"")
    case .foreign:
      throw .unusable(
        name,
        "it does not begin with a nori-wal record, and the owner would empty it: look at it with "
          + "\"check\"")
    }
  }

  private func cut(_ name: FileName, _ prefix: SegmentPrefix) throws(WriterFailure) {
    let hasChanged: Bool
    do throws(FileError) {
      let file = try directory.openForWriting(name)
      hasChanged = try file.status().size != prefix.size
      if !hasChanged {
        try file.setLength(prefix.end)
        try file.sync()
      }
    } catch {
      throw .file(error)
    }
    if hasChanged { throw .inUse(name) }
  }
}
