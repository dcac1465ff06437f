import LogFiles
import Synchronization

extension NoriWALWriter {
  /// Deletes the segments whose id is below that of `position`, whatever its offset (format page,
  /// section 7). Nothing is deleted when the position is in the current segment or behind it, even
  /// where there are older ones: it is no clamp.
  ///
  /// Unlike the owner it deletes in ascending order, so that a crash leaves no hole in the log,
  /// gives the space of descriptors that readers kept back, and waits until the names are gone.
  /// Nobody is asked whether the records are still needed.
  ///
  /// - Returns: how many were deleted.
  /// - Throws: `WriterFailure`; the segments before the one that failed are gone then.
  @discardableResult
  public func deleteSegments(before position: NoriWALPosition) throws(WriterFailure) -> UInt64 {
    guard position.segment < self.position.segment else { return 0 }
    let start = MonotonicClock.nanoseconds()
    let (deleted, failure) = deleting.withLock { _ in delete(below: position.segment) }
    for id in deleted { emit(id, .segmentGc) }
    if let failure {
      if failure.call == .sync { giveUp() }
      throw .file(failure)
    }
    metrics.deletion.note(Double(MonotonicClock.nanoseconds() - start) / 1_000_000)
    return UInt64(deleted.count)
  }

  private func delete(below limit: UInt64) -> (deleted: [UInt64], failure: FileError?) {
    var deleted: [UInt64] = []
    do throws(FileError) {
      let found = try directory.entries().compactMap { entry in
        NoriWALNames.id(of: entry.name).map { (id: $0, name: entry.name) }
      }
      for segment in found.sorted(by: { $0.id < $1.id }) where segment.id < limit {
        let identity = try directory.status(of: segment.name).identity
        try directory.remove(segment.name, identity: identity)
        descriptors.purge(segment.id)
        metrics.segments.add(-1)
        metrics.segmentsDeleted.add()
        deleted.append(segment.id)
      }
      if !deleted.isEmpty { try directory.sync() }
      return (deleted, nil)
    } catch {
      return (deleted, error)
    }
  }
}
