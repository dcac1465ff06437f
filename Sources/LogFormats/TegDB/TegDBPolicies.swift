public import LogFiles

extension TegDB {
  public var writerPolicies: [WriterPolicy] {
    [
      WriterPolicy(
        name: "commit-sync", summary: "each transaction is on the disk when it is acknowledged",
        isDurable: true),
      WriterPolicy(
        name: "group", summary: "a commit waits for the disk if the last wait was 5 ms ago or more",
        isDurable: false),
      WriterPolicy(
        name: "os", summary: "nothing waits for the disk until the log is closed",
        isDurable: false),
    ]
  }

  /// Opens the database of a directory, or starts `db.teg`.
  ///
  /// - Parameter options: with `preallocates` a new file gets `segmentSize` bytes (64 MiB unless
  ///   said), beyond which it does not grow.
  public func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter
  {
    var own = TegDBWriter.Options()
    if let word = options.policy {
      guard let policy = TegDBWriter.SyncPolicy(name: word) else {
        throw .unsupported(
          "tegdb has the policies \(writerPolicies.map(\.name).joined(separator: ", "))")
      }
      own.policy = policy
    }
    if options.preallocates == true { own.storageQuota = options.segmentSize ?? 64 << 20 }
    return try TegDBWriter(try Self.database(in: directory), in: directory, options: own)
  }

  private static func database(in directory: OpenDirectory) throws(WriterFailure) -> FileName {
    let names: [FileName]
    do throws(FileError) {
      names = try directory.entries().map(\.name).filter(TegDBNames.isLog)
    } catch {
      throw .file(error)
    }
    guard names.count < 2 else {
      throw .refused("the directory holds \(names.count) databases, and one is written at a time")
    }
    return names.first ?? TegDBNames.usual
  }
}
