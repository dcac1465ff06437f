extension TegDBWriter {
  /// When a commit is brought to the disk.
  public enum SyncPolicy: Sendable, Equatable {
    /// With each commit, before it comes back: the owner's default.
    case commitSync
    /// With a commit if the last time was at least so many nanoseconds ago. The commits in between
    /// stay in the system's memory until the next one that is due, `sync` or `close`.
    case group(nanoseconds: UInt64)
    /// Only by `sync` and `close`; Linux writes it when it likes.
    case os

    /// The word of a policy; nil where there is none of this name.
    public init?(name: String) {
      switch name {
      case "commit-sync": self = .commitSync
      case "group": self = .group(nanoseconds: 5_000_000)
      case "os": self = .os
      default: return nil
      }
    }
  }

  /// When the header notes a new end of the data.
  public enum EndUpdates: Sendable {
    /// Behind each record, which is written by itself, as the owner does.
    case eachRecord
    /// With the commit, whose records go into the file together where they fit into a mebibyte.
    case atCommit
  }

  /// How a database is written.
  public struct Options: Sendable {
    public var policy = SyncPolicy.commitSync
    public var endUpdates = EndUpdates.eachRecord
    /// Bytes that a new file gets as a hole, and beyond which no file may grow; nil for neither.
    public var storageQuota: UInt64?
    /// The longest key and value in bytes. The owner's log takes none longer than 1024 and 262144.
    public var maxKeyLength = 1024
    public var maxValueLength = 262_144
    /// Whether the file is compacted when it is larger than 10 MiB, more than twice as large as its
    /// live records, and 2 MiB or more were appended since the last time.
    public var compactsAutomatically = true

    public init() {}
  }
}
