import LogFiles
import LogFormats
import LogInspection
import NumberedRecords
import TestSupport

/// A log that is followed, with all that was told of it.
final class FollowedLog {
  let follower: LogFollower
  private(set) var changes: [(file: FileName, change: SegmentChange)] = []
  private(set) var isDeleted = false
  /// Numbered records whose rows were read, and how often.
  private(set) var numbers: [UInt64: Int] = [:]
  /// Rows that were told and do not count.
  private(set) var badRows: [String] = []

  init(
    _ path: String, format: String? = nil, from start: LogFollower.Start = .end,
    calls: SystemCalls = .linux
  ) throws {
    follower = LogFollower(
      try LogTree.open(FileName(path), format: format, calls: calls).logs[0], from: start)
    repeat { look() } while follower.isBeginning
  }

  /// Looks once, without waiting for anything that has not happened yet.
  func look() { take(follower.next(waitingAtMost: 1)) }

  /// Follows until `condition` holds; false when it does not within a time that no machine needs.
  func wait(seconds: Int = 60, until condition: (FollowedLog) -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition(self) {
      if ContinuousClock.now > deadline { return false }
      take(follower.next(waitingAtMost: 100))
    }
    return true
  }

  private func take(_ events: [FollowEvent]) {
    for event in events {
      switch event {
      case .logDeleted: isDeleted = true
      case .segment(let file, .added(let added)):
        changes.append((file.name, .added(added)))
        read(added, file)
      case .segment(let file, let change): changes.append((file.name, change))
      }
    }
  }

  private func read(_ added: AddedRecords, _ file: SegmentFile) {
    do {
      try follower.forEachRow(of: added, in: file, previewLimit: 1 << 16) { row in
        guard case .record(let record, _) = row else { return true }
        if !record.isAccepted { badRows.append("\(record.kind) at \(record.offset)") }
        // Formats put key and value together, or apart.
        let bytes = record.value?.bytes ?? []
        for number in NumberedRecord.find(in: bytes).numbers { numbers[number, default: 0] += 1 }
        return true
      }
    } catch {
      badRows.append("\(error)")
    }
  }

  /// Records that were told as added.
  var added: UInt64 {
    changes.reduce(0) { sum, item in
      if case .added(let added) = item.change { sum + added.records } else { sum }
    }
  }

  /// Whether a change was told for which `isWanted` holds.
  func has(_ isWanted: (SegmentChange) -> Bool) -> Bool { changes.contains { isWanted($0.change) } }

  /// What was told that says that something is wrong.
  var complaints: [String] {
    changes.compactMap { item in
      switch item.change {
      case .damaged, .truncated, .unreadable: "\(item.file.utf8 ?? ""): \(item.change)"
      default: nil
      }
    }
  }
}
