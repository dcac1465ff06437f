public import LogFiles

/// What the owner, its processes and the machine do to a pair (format page, sections 4 and 5).
extension Mmlog {
  private enum Event: String, CaseIterable {
    case trim
    case failedGrowth = "failed-growth"
    case killedGrowth = "killed-growth"
    case powerLoss = "power-loss"
    case lostMetadata = "lost-metadata"
    case lostData = "lost-data"

    var summary: String {
      switch self {
      case .trim:
        "The data file is cut at the cursor; the metadata still say that it is larger."
      case .failedGrowth:
        "Two inserts could not make the file grow: bytes are missing, both flags are set."
      case .killedGrowth: "A process was killed while it held the lock for growing."
      case .powerLoss: "The metadata are older than the data: bytes stand behind the cursor."
      case .lostMetadata: "The .mmlog file is gone: the next open would wipe the data."
      case .lostData: "The data file is gone."
      }
    }
  }

  public var events: [LogEvent] { Event.allCases.map { LogEvent($0.rawValue, $0.summary) } }

  public func apply(
    _ event: LogEvent, to log: inout MadeLog, in directory: OpenDirectory
  ) throws(MakeError) -> AppliedEvent {
    guard let kind = Event(rawValue: event.name), let data = log.segments.first else {
      throw .impossible(event: event.name, "needs a data file")
    }
    do throws(FileError) {
      return try apply(kind, data, &log, in: directory)
    } catch {
      throw .file(error)
    }
  }

  private func apply(
    _ event: Event, _ data: MadeLog.Segment, _ log: inout MadeLog, in directory: OpenDirectory
  ) throws(FileError) -> AppliedEvent {
    let name = MmlogNames.metadata(ofData: data.file)
    let identity = try directory.status(of: name).identity
    var change = "is removed"
    var file = name
    switch event {
    case .lostMetadata: try directory.remove(name, identity: identity)
    case .lostData:
      try directory.remove(data.file, identity: data.identity)
      log.segments.removeAll()
      file = data.file
    case .trim:
      let open = try directory.reopen(data.file, identity: data.identity)
      try open.setLength(data.logicalEnd)
      log.segments[0].fileSize = data.logicalEnd
      file = data.file
      change = "is cut from \(data.fileSize) to \(data.logicalEnd) bytes"
    case .failedGrowth, .killedGrowth, .powerLoss:
      let open = try directory.reopen(name, identity: identity)
      let stored = try open.bytes(at: 0, limit: MmlogMetadata.size)
      var metadata = MmlogMetadata(stored.rawBytes) ?? MmlogMetadata()
      change = Self.change(&metadata, by: event, data)
      try open.write(metadata.bytes.rawBytes, at: 0)
    }
    return AppliedEvent(event.rawValue, file: file, change)
  }

  private static func change(
    _ metadata: inout MmlogMetadata, by event: Event, _ data: MadeLog.Segment
  ) -> String {
    switch event {
    case .failedGrowth:
      // The first failure sets the flag, the second one leaves the lock.
      metadata.panicked = 1
      metadata.locked = 1
      metadata.cursor = metadata.recordedSize + UInt64(metadata.chunkSize) / 8 + 10
      return "is panicked and locked, its cursor at \(metadata.cursor)"
    case .killedGrowth:
      metadata.locked = 1
      return "is locked"
    default:
      let places = data.places
      metadata.cursor = places.isEmpty ? 0 : places[places.count - (places.count + 15) / 16].offset
      return "has its cursor back at \(metadata.cursor)"
    }
  }
}
