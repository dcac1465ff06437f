internal import CLinux

/// How a copy of a file came about.
public struct CopiedFile: Sendable, Equatable {
  /// The size in bytes.
  public var size: UInt64
  /// Bytes that were read and written; 0 where all blocks are shared.
  public var copied: UInt64
  /// Bytes of holes and of unwritten space, which stayed such.
  public var skipped: UInt64
  /// Bytes of unwritten space that is preallocated in the copy as well.
  public var preallocated: UInt64
  /// Whether the copy shares its blocks with the original until one of them is changed.
  public var isShared: Bool
  /// Whether the original was truncated meanwhile; then the copy ends where it did.
  public var sawShrink: Bool
}

extension NewFile {
  /// Makes this file, which is empty, a copy of the first `size` bytes of `source`.
  ///
  /// Blocks are shared where the file system can. Else data is copied and holes stay holes;
  /// unwritten space is preallocated here as well when `preallocating`, else it becomes a hole.
  /// `continuing` is asked now and then, with the bytes behind; false stops.
  ///
  /// - Throws: `FileError` of either file; `nil` after it was stopped.
  public func fill(
    from source: borrowing OpenFile, size: UInt64, preallocating: Bool,
    continuing: (_ bytes: UInt64) -> Bool
  ) throws(FileError) -> CopiedFile? {
    if try share(source) {
      // What was written behind the horizon meanwhile is not part of the copy.
      let shared = min(size, try status().size)
      try setLength(shared)
      return CopiedFile(
        size: shared, copied: 0, skipped: 0,
        preallocated: preallocating ? try preallocateAsIn(source, size: shared) : 0,
        isShared: true, sawShrink: shared < size)
    }
    var copy = CopiedFile(
      size: size, copied: 0, skipped: 0, preallocated: 0, isShared: false, sawShrink: false)
    var window = FileWindow()
    var position: UInt64 = 0
    while position < size {
      if !continuing(position) { return nil }
      guard let data = try source.nextData(from: position), data < size else { break }
      let hole = min(try source.nextHole(from: data), size)
      try window.load(source, at: data, end: hole)
      try write(window.bytes, at: data)
      copy.copied += UInt64(window.count)
      position = data + UInt64(window.count)
      if window.sawShrink { break }
    }
    if window.sawShrink {
      copy.size = min(size, try source.status().size)
      copy.sawShrink = true
    }
    try setLength(copy.size)
    copy.skipped = copy.size - min(copy.size, copy.copied)
    if preallocating { copy.preallocated = try preallocateAsIn(source, size: copy.size) }
    return copy
  }

  /// Gives the file the permission bits and the time of the last change of another one.
  ///
  /// - Throws: `FileError` of the calls.
  public func takeProperties(of other: FileStatus) throws(FileError) {
    try calls.perform(.setProperties, on: name) { _ in
      Int64(wl_set_mode(descriptor, other.mode & 0o7777))
    }
    try calls.perform(.setProperties, on: name) { _ in
      Int64(
        wl_set_modified(descriptor, other.modified.seconds, other.modified.nanoseconds))
    }
  }

  private func share(_ source: borrowing OpenFile) throws(FileError) -> Bool {
    do throws(FileError) {
      try calls.perform(.clone, on: name) { _ in
        Int64(wl_clone(descriptor, source.descriptor))
      }
      return true
    } catch {
      guard Errno.cannotClone.contains(error.code) else { throw error }
      return false
    }
  }

  /// Takes space where the original has some that nobody wrote, as far as its extents tell.
  private func preallocateAsIn(
    _ source: borrowing OpenFile, size: UInt64
  ) throws(FileError) -> UInt64 {
    guard case .mapped(let extents, _) = source.extents() else { return 0 }
    var total: UInt64 = 0
    for extent in extents where extent.flags.contains(.unwritten) {
      // An extent may reach past the file's end, by a call that keeps the size.
      try calls.perform(.preallocate, on: name) { _ in
        Int64(wl_preallocate_part(descriptor, extent.logical, extent.length))
      }
      total += extent.length
    }
    return total
  }
}
