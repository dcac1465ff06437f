import LogFiles
import Synchronization

extension OkayWALWriter {
  /// Makes a new segment active now, and hands the entries of all others to the application. A
  /// segment without entries stays what it is.
  ///
  /// - Throws: `WriterFailure`: `refused` when no application takes entries. What the application
  ///   throws is in `checkpointFailure`.
  public func checkpointActive() throws(WriterFailure) {
    guard options.checkpoint != nil else {
      throw .refused("no application takes the entries of full segments")
    }
    try betweenEntries { state in
      guard state.hasEntries else { return nil }
      do throws(FileError) {
        try rotate(&state)
        return nil
      } catch {
        return error
      }
    }
    handOver()
  }

  /// Why the last segment that was to be checkpointed is still live: an error of the application,
  /// or of a file. Nil when all went well.
  public var checkpointFailure: (any Error)? { lastFailure.withLock { $0 } }

  /// Hands full segments over, the oldest first, up to one with which that fails. One thread at a
  /// time does; what fills up meanwhile is its business as well.
  func handOver() {
    guard let checkpoint = options.checkpoint else { return }
    while nextFull != nil,
      isHandingOver.compareExchange(
        expected: false, desired: true, ordering: .acquiringAndReleasing
      ).exchanged
    {
      defer { isHandingOver.store(false, ordering: .releasing) }
      while let segment = nextFull {
        let failure = failure { try handOver(segment, to: checkpoint) }
        lastFailure.withLock { $0 = failure }
        if failure != nil { return }
      }
    }
  }

  private var nextFull: OkayWALLiveSegment? {
    withState { $0.isEnded ? nil : $0.full.first } ?? nil
  }

  private func failure(of body: () throws -> Void) -> (any Error)? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  /// - Throws: what `checkpoint` throws, or `WriterFailure`.
  private func handOver(
    _ segment: OkayWALLiveSegment, to checkpoint: (inout OkayWALSegmentReader) throws -> Void
  ) throws {
    try segment.group.sync()
    var reader = try OkayWALSegmentReader(segment.name, fileID: segment.id, in: directory)
    try checkpoint(&reader)
    let unread = OkayWALNames.canonical(segment.id, isCheckpointed: true)
    try directory.rename(segment.name, to: unread, in: directory)
    // The name is on the disk before the contents are written over.
    try directory.sync()
    _ = withState { state in
      state.full.removeAll { $0 === segment }
      state.segments.inactive.append(unread)
    }
  }

  // MARK: Random reads

  /// The payload of the chunk at a position, of an entry that was committed.
  ///
  /// - Throws: `WriterFailure`: `file`, when the segment was checkpointed or never was; `unusable`
  ///   where no sound chunk stands there. The owner gives any bytes then.
  public func payload(at position: OkayWALPosition) throws(WriterFailure) -> [UInt8] {
    let name = OkayWALNames.canonical(position.fileID)
    do throws(FileError) {
      let file = try directory.openFile(name)
      let payload = try OkayWALChunk.payload(at: position.offset, of: file)
      // Who renamed the file meanwhile may have written it anew.
      let isSame = try directory.status(of: name).identity == file.status().identity
      if let payload, isSame { return payload }
    } catch {
      throw .file(error)
    }
    throw .unusable(name, "no sound chunk stands at \(position.offset)")
  }
}
