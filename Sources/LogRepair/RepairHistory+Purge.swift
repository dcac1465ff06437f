public import LogFiles

/// Which saved bytes are to go.
public enum PurgeChoice: Sendable, Equatable {
  /// Those of the entry of this id.
  case entry(String)
  /// Those of entries that began before this time.
  case olderThan(Timestamp)
  /// All of them.
  case all
}

/// What a purge removes, or has removed.
public struct Purge: Sendable {
  /// Without their saved bytes they cannot be undone any more.
  public var entries: [HistoryEntry]
  /// Bytes on the disk that come back.
  public var freed: UInt64
  /// Entries that stay though they were chosen, for they are not finished.
  public var unfinished: [HistoryEntry]
}

extension RepairHistory {
  /// What `purge` would remove. An unfinished entry stays: its bytes are still needed.
  ///
  /// - Throws: `RepairFailure` when there is no entry of the id, or a journal cannot be read.
  public func previewPurge(_ choice: PurgeChoice) throws(RepairFailure) -> Purge {
    let all = try entries()
    if case .entry(let id) = choice, !all.contains(where: { $0.id == id }) {
      throw RepairFailure(
        .failed, .noSuchEntry, "the history has no entry of that id",
        advice: "walscope history lists the entries")
    }
    let chosen = all.filter { entry in
      switch choice {
      case .entry(let id): entry.id == id
      case .olderThan(let time): entry.begun < time
      case .all: true
      }
    }
    let isOver = chosen.filter { !$0.needsAttention && $0.state != .running }
    return Purge(
      entries: isOver, freed: isOver.reduce(0) { $0 + $1.backupSize },
      unfinished: chosen.filter { $0.needsAttention || $0.state == .running })
  }

  /// Removes saved bytes for good: only here space comes back. `.walscope` goes with its last
  /// entry.
  ///
  /// - Throws: `RepairFailure`; refused where the one chosen entry is unfinished.
  public func purge(_ choice: PurgeChoice) throws(RepairFailure) -> Purge {
    let purge = try previewPurge(choice)
    if case .entry(let id) = choice, !purge.unfinished.isEmpty {
      throw RepairFailure(
        .refused, .unfinished(entry: id), "it has not come to its end, and its bytes are needed",
        advice: "finish it, or undo it, first")
    }
    for store in try stores() {
      let ids = purge.entries.filter { $0.store == store.path }.map(\.id)
      if !ids.isEmpty { try remove(ids, from: store) }
    }
    return purge
  }

  private func remove(_ ids: [String], from store: RepairStore) throws(RepairFailure) {
    let journal = try store.openJournal()
    do throws(FileError) {
      // A purge is most wanted where the disk is full: then the line comes behind the removal.
      let lines = ids.map { JournalLine($0, .purged) }
      let isNoted = (try? journal.append(lines)) != nil
      for id in ids { try store.removeBackup(id) }
      if !isNoted { try journal.append(lines) }
    } catch {
      throw RepairFailure(error, on: store.path)
    }
    let left = try store.entries()
    if left.allSatisfy({ $0.isPurged || $0.outcome == .abandoned }) { store.remove() }
    if try ownEntries(in: store).isEmpty { StoreList.forget(store, of: log) }
  }
}
