import Glibc
import LogFiles

extension TegDBWriter {
  /// Writes the live records into a new file, in the order of their keys and without a marker, and
  /// puts it in the place of the old one. Waits for an open transaction to end.
  ///
  /// - Throws: `WriterFailure`; the old file stays in its place, unless the disk failed.
  public func compact() throws(WriterFailure) {
    turn.take()
    defer { turn.giveBack() }
    _ = try withState { state in
      do throws(FileError) {
        try compact(&state)
        return .success(true)
      } catch {
        return .failure(.file(error))
      }
    }
  }

  /// The owner's rule (format page, section 5).
  func isCompactionDue(_ state: State) -> Bool {
    options.compactsAutomatically && state.output.end > 10 << 20
      && state.output.end > 2 * state.liveBytes && state.appended >= 2 << 20
  }

  /// The commit before it has come to its end, so that a failure is none of the application's.
  func compactIfPossible(_ state: inout State) {
    do throws(FileError) {
      try compact(&state)
    } catch {
      // Not again with each commit.
      state.appended = 0
    }
  }

  private func compact(_ state: inout State) throws(FileError) {
    let unfinished = TegDBNames.leftover(of: name)
    try removeLeftover(unfinished)
    let file = try directory.openForWriting(unfinished, [.creates, .exclusive])
    let store: TegDBStore
    var output = TegDBOutput(file, end: TegDBHeader.length)
    var index: [[UInt8]: TegDBPlace] = [:]
    index.reserveCapacity(state.index.count)
    do throws(FileError) {
      try file.takeFileLock()
      store = try TegDBStore(file, in: directory, isNewName: false)
      try file.write(TegDBHeader.fresh(validDataEnd: TegDBHeader.length), at: 0)
      if let quota = options.storageQuota { try file.setLength(quota) }
      for key in state.index.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        guard var place = state.index[key] else { continue }
        place.record = output.append(key: key, value: try state.value(place))
        index[key] = place
        if output.isBufferFull { try output.flush() }
      }
      try output.flush()
      try output.noteEnd(output.end)
      try file.sync()
      try directory.replace(name, with: unfinished)
    } catch {
      try? directory.remove(unfinished, identity: file.identity)
      throw error
    }
    state.store = store
    state.output = output
    state.index = index
    state.hasMarker = false
    state.hasRemains = false
    state.space = options.storageQuota
    state.appended = 0
    do throws(FileError) {
      try directory.sync()
    } catch {
      state.isEnded = true
      throw error
    }
  }

  /// What a crash left of another compaction is a part of what there was then.
  private func removeLeftover(_ name: FileName) throws(FileError) {
    let identity: FileIdentity
    do throws(FileError) {
      identity = try directory.status(of: name).identity
    } catch {
      guard error.isVanished else { throw error }
      return
    }
    try directory.remove(name, identity: identity)
  }
}
