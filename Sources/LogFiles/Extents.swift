internal import CLinux

/// A run of bytes of a file and where it lies on the device.
public struct Extent: Hashable, Sendable {
  /// Where it begins in the file, in bytes.
  public let logical: UInt64
  /// Where it begins on the device, in bytes; 0 where that is not decided (`delalloc`).
  public let physical: UInt64
  /// Its length in bytes; the last one may reach past the end of the file.
  public let length: UInt64
  public let flags: Flags

  /// The flags of `FS_IOC_FIEMAP` (linux/fiemap.h), all of them.
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    /// Flags of these bits; unknown ones are kept.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The last extent of the file.
    public static let last = Flags(rawValue: 0x1)
    /// Where it lies is not known.
    public static let unknownLocation = Flags(rawValue: 0x2)
    /// In memory only; the place on disk is chosen when it is written back.
    public static let delayedAllocation = Flags(rawValue: 0x4)
    /// Compressed or otherwise not stored as it reads.
    public static let encoded = Flags(rawValue: 0x8)
    public static let encrypted = Flags(rawValue: 0x80)
    /// Does not begin or end on a block.
    public static let notAligned = Flags(rawValue: 0x100)
    /// Stored together with the file's properties.
    public static let inline = Flags(rawValue: 0x200)
    /// Stored together with the tails of other files.
    public static let tailPacked = Flags(rawValue: 0x400)
    /// Preallocated. It reads as zeros, unless the page cache holds newer data.
    public static let unwritten = Flags(rawValue: 0x800)
    /// Several blocks of a file system without extents, shown as one.
    public static let merged = Flags(rawValue: 0x1000)
    /// Also belongs to another file (a reflink copy or a snapshot).
    public static let shared = Flags(rawValue: 0x2000)

    /// The names of the flags as `filefrag -v` spells them; unknown bits as one number.
    public var names: [String] {
      let known: [(Flags, String)] = [
        (.last, "last"), (.unknownLocation, "unknown_loc"), (.delayedAllocation, "delalloc"),
        (.encoded, "encoded"), (.encrypted, "encrypted"), (.notAligned, "not_aligned"),
        (.inline, "inline"), (.tailPacked, "tail_packed"), (.unwritten, "unwritten"),
        (.merged, "merged"), (.shared, "shared"),
      ]
      let rest = known.reduce(self) { $0.subtracting($1.0) }
      return known.filter { contains($0.0) }.map(\.1)
        + (rest.isEmpty ? [] : ["0x" + String(rest.rawValue, radix: 16)])
    }
  }

  /// An extent.
  public init(logical: UInt64, physical: UInt64, length: UInt64, flags: Flags) {
    self.logical = logical
    self.physical = physical
    self.length = length
    self.flags = flags
  }

  /// The offset after its last byte in the file.
  public var logicalEnd: UInt64 {
    let (end, overflow) = logical.addingReportingOverflow(length)
    return overflow ? .max : end
  }

  /// Whether `physical` is a place where the bytes lie as they read.
  var isPlaced: Bool {
    flags.isDisjoint(with: [.unknownLocation, .delayedAllocation, .encoded])
  }

  /// The part at and after `offset`, which lies inside.
  func cut(from offset: UInt64) -> Extent {
    let skipped = offset - logical
    return Extent(
      logical: offset, physical: isPlaced ? physical &+ skipped : physical,
      length: length - skipped, flags: flags)
  }
}

/// A run of bytes of a file that holds data.
public struct DataRegion: Hashable, Sendable {
  /// Where it begins in the file, in bytes.
  public let offset: UInt64
  /// Its length in bytes.
  public let length: UInt64

  /// A region.
  public init(offset: UInt64, length: UInt64) {
    self.offset = offset
    self.length = length
  }
}

/// Where a file lies on its device, as far as the file system tells.
public enum ExtentMap: Sendable, Equatable {
  /// All extents, by offset; not all when there were too many or they changed all the time.
  case mapped([Extent], isComplete: Bool)
  /// Only which parts hold data is known; `reason` tells why.
  case regions([DataRegion], reason: String)
  /// Nothing is known.
  case unavailable(reason: String)
}

extension OpenFile {
  /// The most extents or regions that are collected: 8 MiB of memory.
  public static let extentLimit = 1 << 18

  /// Where the file lies on its device (`FS_IOC_FIEMAP`), or at least which parts hold data.
  ///
  /// `sync` first has the kernel write the file back, which turns `delalloc` into places, but is
  /// work done on somebody else's file: off unless the user asks for it.
  public func extents(sync: Bool = false) -> ExtentMap {
    extents(sync: sync, limit: Self.extentLimit, batch: 1024)
  }

  func extents(sync: Bool, limit: Int, batch: Int) -> ExtentMap {
    do {
      var collector = ExtentCollector(limit: limit, capacity: batch)
      while !collector.isFinished {
        collector.add(
          try extentBatch(from: collector.position, sync: sync, capacity: collector.capacity))
      }
      return .mapped(collector.extents, isComplete: collector.isComplete)
    } catch {
      guard Errno.unsupported.contains(error.code) else {
        return .unavailable(reason: error.message)
      }
      return dataRegions(limit: limit)
    }
  }

  private func extentBatch(
    from position: UInt64, sync: Bool, capacity: Int
  ) throws(FileError) -> [Extent] {
    var found = [wl_extent](repeating: wl_extent(), count: capacity)
    let count = try calls.perform(.extentMap, on: name) { _ in
      // Sound: at most `capacity` elements are written.
      unsafe found.withUnsafeMutableBufferPointer {
        unsafe Int64(
          wl_extents(descriptor, position, sync ? 1 : 0, $0.baseAddress, UInt32($0.count)))
      }
    }
    return found.prefix(Int(count)).map {
      Extent(
        logical: $0.logical, physical: $0.physical, length: $0.length,
        flags: Extent.Flags(rawValue: $0.flags))
    }
  }

  private func dataRegions(limit: Int) -> ExtentMap {
    let reason = "this file system does not tell where a file lies (no FIEMAP)"
    var regions: [DataRegion] = []
    var position: UInt64 = 0
    do {
      while regions.count < limit, let start = try nextData(from: position) {
        let end = max(try nextHole(from: start), start + 1)
        regions.append(DataRegion(offset: start, length: end - start))
        position = end
      }
    } catch {
      return .unavailable(reason: error.message)
    }
    return .regions(
      regions, reason: regions.count < limit ? reason : reason + "; more than \(limit) regions")
  }
}

/// Puts the batches of one file together.
///
/// A file system may answer from the start of the extent that `position` lies in, cut or whole,
/// and btrfs answers from the start of a preallocated extent again and again while parts of it
/// are dirty (past 128 parts even within one answer). So what was seen is dropped, and a batch
/// without anything new is asked for again with more room, up to a limit: the loop ends whatever
/// the answers are.
struct ExtentCollector {
  private static let largestCapacity = 1 << 14

  private(set) var extents: [Extent] = []
  /// Where the next batch is to start.
  private(set) var position: UInt64 = 0
  /// The room of the next batch.
  private(set) var capacity: Int
  private(set) var isFinished = false
  private(set) var isComplete = false
  private let limit: Int

  init(limit: Int, capacity: Int) {
    self.limit = limit
    self.capacity = max(1, capacity)
  }

  /// Adds the answer to a request of `capacity` extents from `position`.
  mutating func add(_ batch: [Extent]) {
    let before = position
    var isLast = batch.count < capacity
    for extent in batch where extent.logicalEnd > position {
      guard extents.count < limit else {
        isFinished = true
        return
      }
      if extent.logical < position {
        appendCut(extent.cut(from: position))
      } else {
        extents.append(extent)
      }
      position = extent.logicalEnd
      if extent.flags.contains(.last) { isLast = true }
    }
    if isLast {
      isFinished = true
      isComplete = true
    } else if position == before {
      capacity *= 4
      isFinished = capacity > Self.largestCapacity
    }
  }

  /// Appends the rest of an extent, to its beginning where the two still fit together.
  private mutating func appendCut(_ rest: Extent) {
    guard let start = extents.last, start.logicalEnd == rest.logical,
      start.flags == rest.flags.subtracting(.last),
      rest.isPlaced, start.physical &+ start.length == rest.physical
    else {
      extents.append(rest)
      return
    }
    extents[extents.count - 1] = Extent(
      logical: start.logical, physical: start.physical, length: rest.logicalEnd - start.logical,
      flags: rest.flags)
  }
}

extension OpenFile {
  /// Bytes in `range` that are data and not holes or unwritten space; all of them where the file
  /// system cannot tell.
  public func dataBytes(in range: Range<UInt64>) -> UInt64 {
    var total: UInt64 = 0
    var position = range.lowerBound
    while position < range.upperBound {
      guard let data = try? nextData(from: position), data < range.upperBound else { break }
      let hole = min((try? nextHole(from: data)) ?? range.upperBound, range.upperBound)
      total += hole - data
      position = max(hole, data + 1)
    }
    return total
  }

  /// Bytes on the device that `range` takes and no other file shares; whole extents' blocks are
  /// not counted in part. 0 where the file system does not tell.
  public func allocatedAlone(in range: Range<UInt64>) -> UInt64 {
    guard case .mapped(let extents, _) = extents(), !range.isEmpty else { return 0 }
    let block = UInt64((try? status().blockSize) ?? 4096)
    let start = (range.lowerBound + block - 1) / block * block
    return extents.reduce(0) { sum, extent in
      if extent.flags.contains(.shared) || extent.flags.contains(.inline) { return sum }
      let from = max(start, extent.logical)
      return extent.logicalEnd > from ? sum + (extent.logicalEnd - from) : sum
    }
  }
}
