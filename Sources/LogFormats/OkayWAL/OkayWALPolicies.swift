public import LogFiles

extension OkayWAL {
  /// The owner has one policy and no option for it (format page, section 9).
  public var writerPolicies: [WriterPolicy] {
    [
      WriterPolicy(
        name: "group-commit",
        summary: "each entry is on the disk when it is acknowledged, one call for many threads",
        isDurable: true)
    ]
  }

  /// - Parameter options: `segmentSize` is the owner's preallocate_bytes.
  public func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter
  {
    if let policy = options.policy, !writerPolicies.contains(where: { $0.name == policy }) {
      throw .unsupported("okaywal has no policy but group-commit")
    }
    var own = OkayWALWriter.Options()
    if let size = options.segmentSize { own.preallocateBytes = size }
    if let preallocates = options.preallocates { own.writesZeros = preallocates }
    return try OkayWALWriter(in: directory, options: own)
  }
}
