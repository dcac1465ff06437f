/// How a file reads after changes that nobody has made.
struct FileOverlay: Sendable {
  /// The size in bytes after the changes.
  private(set) var size: UInt64
  /// The bytes of the file below this offset may still be seen; zeros stand behind it.
  private var baseEnd: UInt64
  /// Later ones hide earlier ones.
  private var patches: [Patch] = []

  private struct Patch {
    enum Content {
      case zeros
      /// From the start of the patch on.
      case bytes([UInt8])
      /// The same offsets of another file.
      case image(SharedFile)
    }
    var range: Range<UInt64>
    var content: Content
    /// Where the content begins: a cut may have taken the patch's end.
    let start: UInt64

    init(_ range: Range<UInt64>, _ content: Content) {
      self.range = range
      self.content = content
      start = range.lowerBound
    }
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
      if !bytes.isEmpty, !overflow { patches.append(Patch(offset..<end, .bytes(bytes))) }
    case .zero(let range): if !range.isEmpty { patches.append(Patch(range, .zeros)) }
    case .remove, .create: break
    }
  }

  /// Takes the parts of the file from another one, and its size.
  mutating func restore(size: UInt64, parts: [Range<UInt64>], from image: SharedFile) {
    baseEnd = min(baseEnd, size)
    self.size = size
    for part in parts where !part.isEmpty {
      patches.append(Patch(part.clamped(to: 0..<size), .image(image)))
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
    unsafe UnsafeMutableRawBufferPointer(rebasing: wanted[below...]).fillWithZeros()
    for patch in patches {
      let seen = patch.range.clamped(to: offset..<(offset + UInt64(count)))
      guard !seen.isEmpty else { continue }
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: wanted[Int(seen.lowerBound - offset)..<Int(seen.upperBound - offset)])
      switch patch.content {
      case .zeros: unsafe part.initializeMemory(as: UInt8.self, repeating: 0)
      case .bytes(let bytes):
        let first = Int(seen.lowerBound - patch.start)
        unsafe part.copyBytes(from: bytes[first..<(first + part.count)])
      case .image(let image):
        let got = try unsafe image.file.read(into: part, at: seen.lowerBound)
        // An image ends with its last byte that is not zero.
        unsafe UnsafeMutableRawBufferPointer(rebasing: part[got...])
          .initializeMemory(as: UInt8.self, repeating: 0)
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

/// An open file that several overlays read.
final class SharedFile: Sendable {
  let file: OpenFile
  init(_ file: consuming OpenFile) { self.file = file }
}
