import LogFiles
import LogFormats

/// Saves what a plan is about to change (safety rule S18): to new files, brought to the disk, read
/// back and compared with the digests of the plan.
struct Backup {
  let plan: Plan
  let works: [FileWork]
  /// The log's.
  let directory: OpenDirectory
  let store: RepairStore
  /// The entry's, in the store.
  let entry: OpenDirectory
  let control: RepairControl

  private static let blockSize = 4096

  /// Makes the whole backup, and answers what is kept of each file of the plan.
  func make() throws(RepairFailure) -> [SavedFile] {
    try requireRoom()
    var saved: [SavedFile] = []
    for work in works {
      if control.isStopped { throw .stopped }
      do throws(FileError) {
        saved.append(try save(work))
      } catch {
        if error.isNoRoom { throw .noRoom(needed: nil, available: nil) }
        throw RepairFailure(error, on: work.name)
      }
      try requireWhole(work, saved[saved.count - 1])
    }
    do throws(FileError) {
      try entry.sync()
      try store.directory.sync()
    } catch {
      throw RepairFailure(error, on: store.path)
    }
    return saved
  }

  // MARK: Room

  private func requireRoom() throws(RepairFailure) {
    var needed: UInt64 = 0
    for work in works {
      guard let file = try? directory.openFile(work.name) else { continue }
      switch way(of: work) {
      case .image: for range in work.touched { needed += file.dataBytes(in: range) }
      case .copied: needed += file.dataBytes(in: 0..<work.oldSize)
      case .renamed, .absent, .unsaved: continue
      }
    }
    guard let available = try? store.directory.fileSystem().free, available < needed else {
      return
    }
    throw .noRoom(needed: needed, available: available)
  }

  private func way(of work: FileWork) -> SavedFile.Way {
    let keeps = plan.options.keepsBackup
    switch work.kind {
    case .edited: return keeps || work.isEditedInPlace ? .image : .unsaved
    case .created: return .absent
    case .removed:
      if !keeps { return .unsaved }
      let device = (try? store.directory.status())?.device
      return device == work.planned.horizon?.device ? .renamed : .copied
    }
  }

  // MARK: Saving

  private func save(_ work: FileWork) throws(FileError) -> SavedFile {
    let way = way(of: work)
    if way == .absent { return SavedFile(work.name, way, nil) }
    let file = try directory.openFile(work.name)
    let status = try file.status()
    let parts: [Range<UInt64>]
    switch way {
    case .renamed, .unsaved, .absent: return SavedFile(work.name, way, status)
    case .copied: parts = [0..<status.size]
    case .image:
      // Whole blocks: a block that was a hole becomes one again only as a whole.
      let block = UInt64(max(1, status.blockSize))
      parts =
        work.touched.map { range in
          let end = range.upperBound + (block - range.upperBound % block) % block
          return (range.lowerBound / block * block..<end).clamped(to: 0..<status.size)
        }.filter { !$0.isEmpty }.joined
    }
    let pieces = try SavedFile.pieces(
      of: file, in: parts,
      allocatedBehindEnd: way == .copied || work.size(afterSteps: 1) < status.size)
    let copy = try entry.makePrivateFile(RepairStore.savedName(ofFile: work.index))
    try copy.setLength(status.size)
    for piece in pieces where piece.kind == .data { try self.copy(piece.range, of: file, to: copy) }
    try copy.sync()
    return SavedFile(work.name, way, status, pieces: pieces)
  }

  /// Copies what is not zero; the rest stays a hole.
  private func copy(
    _ range: Range<UInt64>, of file: borrowing OpenFile, to copy: borrowing NewFile
  ) throws(FileError) {
    var window = FileWindow(capacity: Int(min(1 << 20, range.upperBound - range.lowerBound)))
    var position = range.lowerBound
    while position < range.upperBound {
      try window.load(file, at: position, end: range.upperBound)
      if window.count == 0 { return }
      var start = 0
      while start < window.count {
        let count = min(Self.blockSize, window.count - start)
        if let block = window.bytes.slice(start, count), block.isZero != true {
          try copy.write(block, at: position + UInt64(start))
        }
        start += count
      }
      position += UInt64(window.count)
      control.advance(by: UInt64(window.count))
    }
  }

  // MARK: Checking

  /// Reads the backup back: it must hold what the plan says that the steps find.
  private func requireWhole(_ work: FileWork, _ saved: SavedFile) throws(RepairFailure) {
    guard saved.way == .image || saved.way == .copied else { return }
    let name = RepairStore.savedName(ofFile: work.index)
    do throws(FileError) {
      for (number, step) in work.steps.enumerated() {
        let before = try entry.asIfChanged(by: work.changes.prefix(number).map { (name, $0) })
        let digest = try ContentDigest(of: try before.openFile(name), in: step.planned.going)
        if digest != step.planned.goingDigest {
          throw FileError(call: .read, code: 0, name: nil)
        }
      }
    } catch {
      if error.code != 0 { throw RepairFailure(error, on: work.name) }
      throw RepairFailure(
        .refused, .changed, "the saved bytes are not those that the plan is about",
        file: work.name, advice: "make a new plan")
    }
  }
}

extension SavedFile {
  /// What parts of a file are on disk, in order. Also the space that is kept behind its end, when
  /// `allocatedBehindEnd`.
  static func pieces(
    of file: borrowing OpenFile, in parts: [Range<UInt64>], allocatedBehindEnd: Bool
  ) throws(FileError) -> [Piece] {
    let status = try file.status()
    let allocated = DiskAllocation(of: file, status: status)
    var pieces: [Piece] = []
    for part in parts {
      var position = part.lowerBound
      while position < part.upperBound {
        let data = min(try file.nextData(from: position) ?? part.upperBound, part.upperBound)
        if position < data { pieces += allocated.split(position..<data) }
        guard data < part.upperBound else { break }
        let end = min(max(try file.nextHole(from: data), data + 1), part.upperBound)
        pieces.append(Piece(range: data..<end, kind: .data))
        position = end
      }
    }
    if allocatedBehindEnd, let behind = allocated.behind(status) {
      pieces.append(Piece(range: behind, kind: .unwritten))
    }
    return pieces
  }
}

/// Which parts of a file without data have space on the disk all the same.
private struct DiskAllocation {
  private var extents: [Extent] = []
  /// Where the file system tells no extents, the whole file's allocation decides.
  private var isAllocated: Bool

  init(of file: borrowing OpenFile, status: FileStatus) {
    // What is not written back yet has no place, and would be taken for a hole.
    if case .mapped(let found, true) = file.extents(sync: true) {
      extents = found
      isAllocated = false
    } else {
      isAllocated = status.allocated >= status.size
    }
  }

  /// Splits a range without data into unwritten space and holes.
  func split(_ range: Range<UInt64>) -> [SavedFile.Piece] {
    if isAllocated { return [SavedFile.Piece(range: range, kind: .unwritten)] }
    var pieces: [SavedFile.Piece] = []
    var position = range.lowerBound
    func add(_ end: UInt64, _ kind: SavedFile.PieceKind) {
      guard position < end else { return }
      if let last = pieces.last, last.kind == kind {
        pieces[pieces.count - 1].range = last.range.lowerBound..<end
      } else {
        pieces.append(SavedFile.Piece(range: position..<end, kind: kind))
      }
      position = end
    }
    for extent in extents where extent.logicalEnd > range.lowerBound {
      guard extent.logical < range.upperBound else { break }
      add(min(extent.logical, range.upperBound), .hole)
      add(min(extent.logicalEnd, range.upperBound), .unwritten)
    }
    add(range.upperBound, .hole)
    return pieces
  }

  /// Space that is kept behind the end of the file.
  func behind(_ status: FileStatus) -> Range<UInt64>? {
    let block = UInt64(max(1, status.blockSize))
    let end = (status.size + block - 1) / block * block
    guard let last = extents.last, last.logicalEnd > end,
      extents.contains(where: { $0.flags.contains(.unwritten) && $0.logicalEnd > end })
    else { return nil }
    return end..<last.logicalEnd
  }
}
