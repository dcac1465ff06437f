import LogFiles
import LogFormats
import Synchronization

/// How an append is made durable.
public enum SyncCall: String, Sendable, CaseIterable {
  case fdatasync, fsync, none
}

/// A file to which threads append, each waiting until its record is on the disk. One sync serves
/// everybody whose record was written before it began.
final class GroupCommitFile: Sendable {
  private let file: WriterFile
  private let sync: GroupSync?
  private let position: Mutex<UInt64>

  /// Appends begin at `start`, in bytes, of a file whose name is on the disk.
  init(_ file: WriterFile, in directory: OpenDirectory, call: SyncCall, start: UInt64 = 0) {
    self.file = file
    sync =
      call == .none
      ? nil
      : GroupSync(file, in: directory, isNewName: false, syncsProperties: call == .fsync)
    position = Mutex(start)
  }

  /// Syncs that were made.
  var syncs: UInt64 { sync?.syncs ?? 0 }

  /// Appends a record and waits until it is durable.
  ///
  /// - Returns: the offset behind it.
  /// - Throws: `LabFailure` of the write, or of a sync, also of one that another thread made.
  func append(_ record: [UInt8]) throws(LabFailure) -> UInt64 {
    let (file, sync) = (file, sync)
    let (end, number) = try inLab { () throws(FileError) in
      try position.withLock { (position) throws(FileError) in
        try file.write(record, at: position)
        position += UInt64(record.count)
        return (position, sync?.noteWrite())
      }
    }
    guard let sync, let number else { return end }
    do throws(WriterFailure) {
      try sync.sync(upTo: number)
    } catch {
      throw LabFailure(error)
    }
    return end
  }
}
