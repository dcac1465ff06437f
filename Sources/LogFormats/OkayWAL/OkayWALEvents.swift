public import LogFiles

/// What the owner does with segments that are full (format page, section 6), and what people do.
extension OkayWAL {
  private static let checkpoint = LogEvent(
    "checkpoint", "The oldest live segment is handed over and becomes a -cp file.")
  private static let recycle = LogEvent(
    "recycle", "The oldest segment is renamed and written anew; old entries stay behind the new.")
  private static let backupCopy = LogEvent(
    "backup-copy", "A copy -bak of the newest segment is left beside it: the owner reads both.")

  public var events: [LogEvent] { [Self.checkpoint, Self.recycle, Self.backupCopy] }

  public func apply(
    _ event: LogEvent, to log: inout MadeLog, in directory: OpenDirectory
  ) throws(MakeError) -> AppliedEvent {
    do throws(FileError) {
      switch event.name {
      case Self.checkpoint.name:
        if let applied = try checkpoint(&log, in: directory) { return applied }
      case Self.recycle.name:
        if let applied = try recycle(&log, in: directory) { return applied }
      default:
        guard let last = log.segments.last else { break }
        let name = FileName(last.file.bytes + Array("-bak".utf8))
        _ = try directory.copy(last, to: name)
        return AppliedEvent(event.name, file: name, "is a copy of \(last.file.utf8 ?? "")")
      }
    } catch {
      throw .file(error)
    }
    throw .impossible(event: event.name, "needs two live segments or more: use smaller segments")
  }

  /// The segments that are not checkpointed.
  private func live(_ log: MadeLog) -> [Int] {
    log.segments.indices.filter {
      OkayWALNames.parsed(log.segments[$0].file)?.isCheckpointed == false
    }
  }

  private func checkpoint(_ log: inout MadeLog, in directory: OpenDirectory)
    throws(FileError) -> AppliedEvent?
  {
    let live = live(log)
    guard live.count > 1, let oldest = live.first,
      let id = OkayWALNames.parsed(log.segments[oldest].file)?.id
    else { return nil }
    let old = log.segments[oldest].file
    try rename(
      &log.segments[oldest], to: OkayWALNames.canonical(id, isCheckpointed: true), in: directory)
    return AppliedEvent(
      Self.checkpoint.name, file: log.segments[oldest].file, "was \(old.utf8 ?? "")")
  }

  private func recycle(_ log: inout MadeLog, in directory: OpenDirectory)
    throws(FileError) -> AppliedEvent?
  {
    guard log.segments.count > 1, let nextID = log.nextID else { return nil }
    var segment = log.segments.removeFirst()
    let old = segment.file
    try rename(&segment, to: OkayWALNames.canonical(nextID), in: directory)
    let file = try directory.reopen(segment.file, identity: segment.identity)
    // The header of the first life has the same version info, so it is there already.
    let head = try file.bytes(at: 0, limit: OkayWALHeader.longest)
    let header = (try? OkayWALHeader(head.rawBytes))?.length ?? 0
    var anew = MadeLog.Segment(file: segment.file, identity: segment.identity)
    anew.logicalEnd = UInt64(header)
    anew.fileSize = segment.fileSize
    // Shorter than any one entry of the first life may be: how much of it stays is up to chance.
    for number in nextID..<nextID + Self.entriesOfSecondLife {
      let entry = OkayWALEncoder.entry(
        id: number, chunks: [Array("entry \(number) of a second life".utf8)])
      try file.write(entry.rawBytes, at: anew.logicalEnd)
      anew.append(recordOf: UInt64(entry.count))
    }
    anew.fileSize = try file.status().size
    log.nextID = nextID + Self.entriesOfSecondLife
    log.segments.append(anew)
    return AppliedEvent(
      Self.recycle.name, file: anew.file,
      "was \(old.utf8 ?? ""), holds \(Self.entriesOfSecondLife) new entries up to "
        + "\(anew.logicalEnd)")
  }

  private static let entriesOfSecondLife: UInt64 = 4

  private func rename(
    _ segment: inout MadeLog.Segment, to name: FileName, in directory: OpenDirectory
  ) throws(FileError) {
    let identity = try directory.move(segment, to: name)
    segment.file = name
    segment.identity = identity
  }
}
