public import LogFiles

/// How far an experiment is: what a screen shows while it runs.
public struct LabProgress: Sendable {
  /// The name of the experiment; empty before it begins.
  public var experiment = ""
  /// The place in the series of cells: which combination of settings is being measured.
  public var cell = 0
  public var cellTitle = ""
  public var cells = 0
  /// The round under way, counted from 1; 0 is the warm-up, which does not count.
  public var round = 0
  public var rounds = 0
  /// Runs that are over, of all cells, and how many there will be.
  public var runsDone = 0
  public var runsTotal = 0
  /// The variants of this cell, in the order of the table.
  public var variants: [VariantProgress] = []
  /// The cells that are over.
  public var finished: [LabCellResult] = []
  public var isFinished = false
}

/// How far one variant of the cell under way is.
public struct VariantProgress: Sendable {
  public enum State: Sendable, Equatable {
    case waiting
    /// Its file is being made.
    case preparing
    /// Operations are being measured.
    case running
    /// What came of it is being looked at.
    case looking
    /// Its run of this round is over.
    case done
    /// It is not possible here; the reason holds no foreign bytes.
    case unavailable(String)
  }
  public let variant: LabVariant
  public var state = State.waiting
  /// The file that it writes or wrote last; nil before, after the experiment, and where there is
  /// none.
  public var file: LabFile?
  /// Where its log ends in the file, in bytes.
  public var logicalEnd: UInt64 = 0
  /// The latencies of this cell's rounds, the one under way included, the warm-up not.
  public var latencies = Distribution()
  /// The newest latencies in nanoseconds, oldest first, at most `recentLimit`.
  public var recent: [UInt64] = []
  /// Operations and bytes of payload of these rounds, and the nanoseconds they took.
  public var operations: UInt64 = 0
  public var payloadBytes: UInt64 = 0
  public var elapsed: UInt64 = 0
  /// How the file lay on the disk before the newest run, and after it.
  public var before: FileLayout?
  public var after: FileLayout?

  /// The most latencies in `recent`.
  public static let recentLimit = 256

  public init(variant: LabVariant) { self.variant = variant }
}

/// A file of the laboratory that can be looked at while it is written.
public struct LabFile: Sendable {
  /// Its path, as the laboratory's was given.
  public let path: FileName
  let file: WriterFile

  public init(path: FileName, file: WriterFile) {
    self.path = path
    self.file = file
  }

  /// How it lies on the disk now. Asks the kernel, which stands in the way of the writers for a
  /// moment: not more than a few times a second.
  public func layout() -> FileLayout? { try? FileLayout(of: file) }
}

/// Sizes and extents of a file at one moment.
public struct FileLayout: Sendable, Equatable {
  /// `st_size` and `st_blocks * 512`.
  public let size: UInt64
  public let allocated: UInt64
  public let map: ExtentMap

  /// Looks at a file.
  ///
  /// - Throws: `FileError` of a call.
  public init(of file: WriterFile) throws(FileError) {
    let status = try file.status()
    size = status.size
    allocated = status.allocated
    map = try file.reader().extents()
  }

  /// The extents, nil where the file system does not tell.
  public var extents: [Extent]? {
    if case .mapped(let extents, _) = map { extents } else { nil }
  }

  /// How many extents there are.
  public var extentCount: Int? { extents?.count }

  /// Runs of extents that do not lie one behind the other on the device; what is not placed yet
  /// counts as following.
  public var fragments: Int? {
    guard let extents else { return nil }
    var count = 0
    var end: UInt64?
    for extent in extents {
      if extent.flags.isDisjoint(with: [.unknownLocation, .delayedAllocation]) {
        if end != extent.physical { count += 1 }
        end = extent.physical &+ extent.length
      } else if count == 0 {
        count = 1
      }
    }
    return count
  }

  /// Bytes that are allocated and were never written, as the file system notes it.
  public var unwritten: UInt64? {
    extents?.reduce(0) { $0 + ($1.flags.contains(.unwritten) ? $1.length : 0) }
  }
}
