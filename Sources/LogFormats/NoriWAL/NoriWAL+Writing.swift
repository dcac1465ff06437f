public import LogFiles

extension NoriWAL {
  public var writerPolicies: [WriterPolicy] {
    [
      WriterPolicy(
        name: "batch",
        summary: "waits for the disk with an append, once 5 ms have passed since the last time "
          + "(batch=20ms: another time)",
        isDurable: false),
      WriterPolicy(name: "always", summary: "waits for the disk with each append", isDurable: true),
      WriterPolicy(
        name: "os", summary: "leaves it to Linux when records get to the disk", isDurable: false),
    ]
  }

  public func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter
  {
    var chosen = NoriWALWriterOptions()
    if let word = options.policy {
      guard let policy = NoriWALSyncPolicy(word: word) else {
        throw .unsupported("nori-wal has the policies always, batch, batch=20ms and os")
      }
      chosen.policy = policy
    }
    if let size = options.segmentSize { chosen.segmentSize = size }
    if let preallocates = options.preallocates {
      chosen.preallocation = preallocates ? .allocate : .none
    }
    return try NoriWALWriter.open(in: directory, options: chosen)
  }
}
