public import LogFiles

extension Mmlog {
  public var writerPolicies: [WriterPolicy] {
    [
      WriterPolicy(
        name: MmlogWriterOptions.Policy.os.rawValue,
        summary: "on the disk when the system writes its cache", isDurable: false),
      WriterPolicy(
        name: MmlogWriterOptions.Policy.sync.rawValue,
        summary: "on the disk before an insert comes back, which its owner cannot do",
        isDurable: true),
    ]
  }

  /// Opens the one log of the directory, or makes `app.log`. The segment size is the chunk size of
  /// a new log, rounded up to whole pages.
  public func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter
  {
    var own = MmlogWriterOptions()
    if let policy = options.policy {
      guard let known = MmlogWriterOptions.Policy(rawValue: policy) else {
        throw .unsupported("mmlog knows no policy \(policy)")
      }
      own.policy = known
    }
    if let size = options.segmentSize {
      let pages = size / MmlogOwner.page + (size % MmlogOwner.page == 0 ? 0 : 1)
      own.chunkSize = max(1, pages).multipliedReportingOverflow(by: MmlogOwner.page).partialValue
    }
    own.preallocates = options.preallocates ?? own.preallocates
    return try MmlogWriter.open(try onlyName(in: directory), in: directory, options: own)
  }

  private func onlyName(in directory: OpenDirectory) throws(WriterFailure) -> FileName {
    let entries: [DirectoryEntry]
    do throws(FileError) { entries = try directory.entries() } catch { throw .file(error) }
    let names = logs(in: directory, entries: entries).compactMap(\.primary)
    guard names.count <= 1 else {
      throw .refused("there are several logs: open one of them by its name")
    }
    return names.first ?? FileName("app.log")
  }
}
