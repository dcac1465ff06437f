/// How a file reads after changes that nobody has made.
struct FileOverlay: Sendable {
  /// The size in bytes after the changes.
  private(set) var size: UInt64
  /// The bytes of the file below this offset may still be seen; zeros stand behind it.
  private var baseEnd: UInt64
  /// Later ones hide earlier ones.
  private var patches: [Patch] = []

  private struct Patch {
    var range: Range<UInt64>
    /// Nil for zeros.
    var bytes: [UInt8]?
  }

  init(size: UInt64) {
    self.size = size
    baseEnd = size
  }

  /// Takes in a change that keeps the file; `remove` and `create` are the directory's.
  mutating func apply(_ change: FileChange) {
    switch change {
    case .cut(let end):
      size = min(size, end)
      baseEnd = min(baseEnd, end)
      patches.removeAll { $0.range.lowerBound >= end }
      for index in patches.indices where patches[index].range.upperBound > end {
        patches[index].range = patches[index].range.lowerBound..<end
      }
    case .preallocate(let end): size = max(size, end)
    case .write(let bytes, let offset):
      let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
      if !bytes.isEmpty, !overflow { patches.append(Patch(range: offset..<end, bytes: bytes)) }
    case .zero(let range): if !range.isEmpty { patches.append(Patch(range: range)) }
    case .remove, .create: break
    }
  }

  /// Reads what the file would hold.
  func read(
    into bytes: UnsafeMutableRawBufferPointer, at offset: UInt64, of base: StoredFile
  ) throws(FileError) -> Int {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(bytes.count), size - offset))
    // Sound: every part lies within the first `count` bytes, which the buffer has.
    let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
    let below = offset < baseEnd ? Int(min(UInt64(count), baseEnd - offset)) : 0
    let got = try unsafe base.read(
      into: UnsafeMutableRawBufferPointer(rebasing: wanted[..<below]), at: offset)
    // The file ends before the size that the changes were thought of for: it was truncated.
    if got < below { return got }
    unsafe UnsafeMutableRawBufferPointer(rebasing: wanted[below...])
      .initializeMemory(as: UInt8.self, repeating: 0)
    for patch in patches {
      let seen = patch.range.clamped(to: offset..<(offset + UInt64(count)))
      guard !seen.isEmpty else { continue }
      for position in seen {
        unsafe wanted[Int(position - offset)] =
          patch.bytes?[Int(position - patch.range.lowerBound)] ?? 0
      }
    }
    return count
  }

  /// The first offset at or after `from` that holds data; patches are data.
  func nextData(from: UInt64, of base: StoredFile) throws(FileError) -> UInt64? {
    var next = from < baseEnd ? try base.nextData(from: from) : nil
    if let found = next, found >= baseEnd { next = nil }
    for patch in patches where patch.range.upperBound > from && patch.range.lowerBound < size {
      let start = max(from, patch.range.lowerBound)
      next = min(next ?? start, start)
    }
    return next.flatMap { $0 < size ? $0 : nil }
  }

  /// The first offset at or after `from` that lies in a hole; the end of the file counts as one.
  func nextHole(from: UInt64, of base: StoredFile) throws(FileError) -> UInt64 {
    var position = from
    while position < size {
      if let patch = patches.first(where: { $0.range.contains(position) }) {
        position = patch.range.upperBound
        continue
      }
      guard position < baseEnd else { break }
      let hole = min(try base.nextHole(from: position), baseEnd)
      if hole <= position { break }
      position = hole
    }
    return max(from, min(position, size))
  }
}
