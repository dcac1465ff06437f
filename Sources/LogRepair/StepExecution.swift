import LogFiles
import LogFormats

extension ChangeableFile {
  /// Makes a change that keeps the file, and waits until it is on the disk.
  ///
  /// - Throws: `FileError`; when its call is `sync`, what is on the disk is not known.
  func make(_ change: FileChange) throws(FileError) {
    let size = try status().size
    switch change {
    case .cut(let end):
      // The same size gives back what was kept behind the end.
      try setLength(min(end, size))
    case .preallocate(let end): if size < end { try grow(size..<end) }
    case .write(let bytes, let offset): try write(bytes, at: offset)
    case .zero(let range): try zero(range.clamped(to: 0..<size))
    case .remove, .create: return
    }
    try sync()
  }

  private func grow(_ range: Range<UInt64>) throws(FileError) {
    do throws(FileError) {
      try allocate(range, keepingSize: false)
    } catch {
      guard error.isUnsupported else { throw error }
      // As the owners of logs do where a file system does not preallocate.
      try setLength(range.upperBound)
    }
  }

  /// Writes zeros over what is data; holes and space that was never written are zeros already.
  private func zero(_ range: Range<UInt64>) throws(FileError) {
    let file = try reader()
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    var position = range.lowerBound
    while position < range.upperBound {
      guard let data = try file.nextData(from: position), data < range.upperBound else { return }
      let end = min(max(try file.nextHole(from: data), data + 1), range.upperBound)
      position = max(data, position)
      while position < end {
        let count = Int(min(UInt64(zeros.count), end - position))
        try write(count == zeros.count ? zeros : Array(zeros[..<count]), at: position)
        position += UInt64(count)
      }
    }
  }

  /// Writes what `image` holds in `range`, zeros included.
  func copy(_ range: Range<UInt64>, of image: borrowing OpenFile) throws(FileError) {
    var position = range.lowerBound
    while position < range.upperBound {
      let part = position..<min(range.upperBound, position + (1 << 20))
      let bytes = try image.bytes(in: part)
      if bytes.isEmpty { return }
      try write(bytes, at: position)
      position += UInt64(bytes.count)
    }
  }
}

extension SavedFile {
  /// Puts the parts of an edited file back as they were, in bytes and in what they take on the
  /// disk, and waits until they are there.
  ///
  /// - Throws: `FileError`; it can be called again.
  func putBack(into file: ChangeableFile, from image: borrowing OpenFile) throws(FileError) {
    if try file.status().size != size { try file.setLength(size) }
    // What needs room comes first.
    for piece in pieces where piece.kind != .data {
      try clear(piece, of: file)
      guard piece.kind == .unwritten else { continue }
      do throws(FileError) {
        try file.allocate(piece.range, keepingSize: true)
      } catch {
        guard error.isUnsupported else { throw error }
      }
    }
    for piece in pieces where piece.kind == .data { try file.copy(piece.range, of: image) }
    try putBackProperties(of: file)
    try file.sync()
  }

  /// Takes away what was written where nothing was.
  private func clear(_ piece: Piece, of file: ChangeableFile) throws(FileError) {
    let reader = try file.reader()
    guard piece.range.lowerBound < size,
      let data = try reader.nextData(from: piece.range.lowerBound),
      data < piece.range.upperBound
    else { return }
    do throws(FileError) {
      try file.punchHole(piece.range)
    } catch {
      guard error.isUnsupported else { throw error }
      try file.make(.zero(piece.range))
    }
  }

  /// Puts owner, mode and times back where they are others.
  func putBackProperties(of file: ChangeableFile) throws(FileError) {
    let now = try file.status()
    if now.owner != owner || now.group != group { try file.setOwner(owner, group: group) }
    if try file.status().mode & 0o7777 != mode & 0o7777 { try file.setMode(mode) }
    try file.setModified(modified)
  }
}
