import Glibc
import TestSupport
import Testing

@testable import LogFiles

/// Extents on real file systems, beside what `filefrag` says about the same file.
@Suite(.serialized) struct ExtentTests {
  /// Lines like `   1:   8192..  12287:   49152..  53247:   4096:   38912: last,unwritten,eof`.
  private func filefrag(_ path: String) throws -> [Extent] {
    let flags: [String: Extent.Flags] = [
      "last": .last, "unknown_loc": .unknownLocation, "delalloc": .delayedAllocation,
      "encoded": .encoded, "encrypted": .encrypted, "not_aligned": .notAligned,
      "inline": .inline, "tail_packed": .tailPacked, "unwritten": .unwritten, "merged": .merged,
      "shared": .shared,
    ]
    var extents: [Extent] = []
    for line in try ChildProcess.require(["filefrag", "-v", "-b1", path]).split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        .map { $0.filter { $0 != " " } }
      // The length comes from the two ends: the column for it is 0 where nothing is placed yet.
      guard fields.count >= 5, Int(fields[0]) != nil,
        let logical = fields[1].split(separator: ".").first.flatMap({ UInt64($0) }),
        let last = fields[1].split(separator: ".").last.flatMap({ UInt64($0) }),
        let physical = fields[2].split(separator: ".").first.flatMap({ UInt64($0) })
      else { continue }
      let names = fields[fields.count - 1].split(separator: ",").map(String.init)
      let known = names.filter { $0 != "eof" }
      #expect(known.allSatisfy { flags[$0] != nil }, "\(line)")
      let extent = Extent(
        logical: logical, physical: physical, length: last - logical + 1,
        flags: known.reduce(into: []) { $0.formUnion(flags[$1] ?? []) })
      #expect(extent.flags.names == known)
      extents.append(extent)
    }
    return extents
  }

  /// Compares with filefrag, in batches of several sizes, and answers the extents.
  private func extents(_ disk: LoopFileSystem, _ name: String) throws -> [Extent] {
    let file = try disk.open().openFile(FileName(name))
    let map = file.extents()
    guard case .mapped(let extents, isComplete: true) = map else {
      Issue.record("\(name): \(map)")
      return []
    }
    #expect(try filefrag("\(disk.path)/\(name)") == extents)
    for batch in [1, 2, 7, 100] {
      let inBatches = file.extents(sync: false, limit: OpenFile.extentLimit, batch: batch)
      #expect(inBatches == map, "batches of \(batch)")
    }
    return extents
  }

  private static let types = ["ext4", "xfs", "btrfs"]

  @Test(arguments: types) func `Holes and unwritten space are told apart`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let hole = try FileWriter(disk.path + "/hole")
    try hole.fill(1, count: 4096, at: 0)
    try hole.fill(1, count: 4096, at: 1 << 20)
    try hole.sync()
    let reserved = try FileWriter(disk.path + "/reserved")
    try reserved.preallocate(1 << 20)
    try reserved.fill(1, count: 12288, at: 0)
    try reserved.sync()
    _ = try FileWriter(disk.path + "/empty")

    let holeExtents = try extents(disk, "hole")
    #expect(holeExtents.first?.logical == 0)
    #expect(holeExtents.last?.logical == 1 << 20)
    #expect(holeExtents.allSatisfy { !$0.flags.contains(.unwritten) || $0.logicalEnd > 1 << 20 })
    let reservedExtents = try extents(disk, "reserved")
    #expect(reservedExtents.map(\.length) == [12288, (1 << 20) - 12288])
    #expect(reservedExtents.map { $0.flags.contains(.unwritten) } == [false, true])
    #expect(reservedExtents.last?.flags.contains(.last) == true)
    #expect(try extents(disk, "empty") == [])
  }

  @Test(arguments: types)
  func `Bytes not yet placed are told as such and not forced to disk`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    try FileWriter(disk.path + "/dirty").fill(1, count: 100_000, at: 0)
    let dirty = try extents(disk, "dirty")
    #expect(dirty.allSatisfy { $0.flags.contains([.delayedAllocation, .unknownLocation]) })
    #expect(!dirty.isEmpty)

    let file = try disk.open().openFile(FileName("dirty"))
    guard case .mapped(let placed, isComplete: true) = file.extents(sync: true) else {
      Issue.record("no extents after writing back")
      return
    }
    #expect(placed.allSatisfy { !$0.flags.contains(.delayedAllocation) && $0.physical > 0 })
  }

  @Test(arguments: ["xfs", "btrfs"])
  func `Extents shared with a copy are told as such`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let writer = try FileWriter(disk.path + "/original")
    try writer.fill(1, count: 1 << 20, at: 0)
    try writer.sync()
    let copyPath = disk.path + "/copy"
    try ChildProcess.require(["cp", "--reflink=always", writer.path, copyPath])
    let copy = try FileWriter(copyPath)
    try copy.fill(2, count: 4096, at: 512 << 10)
    try copy.sync()
    let shared = try extents(disk, "copy").map { $0.flags.contains(.shared) }
    #expect(shared == [true, false, true])
    let original = try extents(disk, "original")
    #expect(original.first?.flags.contains(.shared) == true)
    #expect(original.last?.flags.contains(.shared) == true)
  }

  @Test(arguments: ["ext4", "btrfs"])
  func `Bytes kept within the inode are told as such`(type: String) throws {
    let options = type == "ext4" ? ["-q", "-O", "inline_data"] : []
    guard let disk = LoopFileSystem.mounted(type, options: options) else { return }
    let small = try FileWriter(disk.path + "/small")
    try small.write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], at: 0)
    try small.sync()
    let found = try extents(disk, "small")
    #expect(found.count == 1)
    #expect(found.first?.flags.contains([.inline, .notAligned, .last]) == true)
  }

  @Test(arguments: types)
  func `More extents than one call returns are all found`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let writer = try FileWriter(disk.path + "/many")
    for number in 0..<3000 { try writer.fill(1, count: 4096, at: number * 12288) }
    try writer.sync()
    let found = try extents(disk, "many")
    #expect(found.count >= 3000)
    #expect(Set(found.map(\.logical)).isSuperset(of: (0..<3000).map { UInt64($0) * 12288 }))

    let file = try disk.open().openFile(FileName("many"))
    guard
      case .mapped(let capped, isComplete: false) = file.extents(
        sync: false, limit: 1000, batch: 300)
    else {
      Issue.record("the limit was not kept")
      return
    }
    #expect(capped == Array(found.prefix(1000)))
  }

  /// btrfs answers from the start of the preallocated extent again and again here, and never
  /// tells more than 128 parts of one extent.
  @Test(arguments: types, [60, 2000])
  func `A preallocated file with many dirty parts comes to an end`(type: String, parts: Int)
    throws
  {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let writer = try FileWriter(disk.path + "/dirty")
    try writer.preallocate(32 << 20)
    try writer.sync()
    for number in 0..<parts { try writer.fill(1, count: 4096, at: number * 16384) }
    let file = try disk.open().openFile(FileName("dirty"))
    for batch in [3, 1024] {
      let map = file.extents(sync: false, limit: OpenFile.extentLimit, batch: batch)
      guard case .mapped(let found, let isComplete) = map else {
        Issue.record("batches of \(batch): \(map)")
        continue
      }
      #expect(isComplete || (type == "btrfs" && parts > 128))
      #expect(found.first?.logical == 0)
      #expect(!isComplete || found.last?.logicalEnd == 32 << 20)
      let borders = zip(found, found.dropFirst())
      #expect(borders.allSatisfy { $0.logicalEnd == $1.logical })
    }
  }

  @Test(arguments: types) func `The file system is named`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    try FileWriter(disk.path + "/file").fill(1, count: 10, at: 0)
    let ofDirectory = try disk.open().fileSystem()
    let ofFile = try disk.open().openFile(FileName("file")).fileSystem()
    for info in [ofDirectory, ofFile] {
      #expect(info.typeName == type)
      #expect(info.mountPoint == FileName(disk.path))
      #expect(info.device?.utf8?.hasPrefix("/dev/loop") == true)
      #expect(info.total > 100 << 20)
      #expect(info.free > 0 && info.free <= info.total)
      #expect(!info.isReadOnly)
    }
  }
}
