import Glibc

/// A window on a file: a buffer that is loaded piece by piece and read in place.
///
/// Holes and preallocated space that nobody wrote are filled with zeros and never read.
@safe public struct FileWindow: ~Copyable {
  /// The most bytes one load brings.
  public let capacity: Int
  /// The offset of the window's first byte, from file start.
  public private(set) var offset: UInt64 = 0
  /// The bytes in the window.
  public private(set) var count = 0
  /// The bytes got by `pread` since the window was made.
  public private(set) var bytesRead: UInt64 = 0
  /// The bytes known to be a hole and never read, since the window was made.
  public private(set) var bytesSkipped: UInt64 = 0
  /// Whether the file turned out to end before the `end` that was asked for: it was truncated.
  public private(set) var sawShrink = false

  private let buffer: UnsafeMutableRawBufferPointer
  /// The run of data found last. It may be kept, because data is read afresh each time; a hole
  /// may not: somebody may have written into it since.
  private var knownData: Range<UInt64> = 0..<0
  private var knownFile: (descriptor: Int32, name: FileName)?

  /// An empty window of at most `capacity` bytes (1 MiB, which the processor's caches hold).
  public init(capacity: Int = 1 << 20) {
    self.capacity = max(1, capacity)
    unsafe buffer = .allocate(byteCount: self.capacity, alignment: 4096)
    unsafe buffer.fillWithZeros()
  }

  deinit {
    unsafe buffer.deallocate()
  }

  /// The bytes loaded last; they begin at `offset`.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let loaded = unsafe RawSpan(
        _unsafeBytes: UnsafeRawBufferPointer(start: buffer.baseAddress, count: count))
      // Sound: the buffer lives as long as the window, and a load needs exclusive access to it.
      return unsafe _overrideLifetime(loaded, borrowing: self)
    }
  }

  /// Fills the window with the bytes from `offset` up to `end` or the capacity.
  ///
  /// `count` falls short only when the file was truncated below `end`, which sets `sawShrink`.
  ///
  /// - Throws: `FileError` of a read or seek. The window then holds the bytes before the error,
  ///   and the error's `offset` tells the first byte that could not be read.
  public mutating func load(
    _ file: borrowing OpenFile, at offset: UInt64, end: UInt64
  ) throws(FileError) {
    self.offset = offset
    count = 0
    guard offset < end else { return }
    let stop = offset + min(end - offset, UInt64(capacity))
    while offset + UInt64(count) < stop {
      let position = offset + UInt64(count)
      if let data = try nextData(of: file, from: position) {
        fillHole(upTo: min(data.lowerBound, stop))
        if data.lowerBound < stop {
          guard try fillData(of: file, upTo: min(data.upperBound, stop)) else { return }
        }
      } else {
        // "No more data" means a hole up to the end of the file, wherever that is by now.
        let size = try file.status().size
        fillHole(upTo: min(max(size, position), stop))
        if size < stop {
          sawShrink = true
          return
        }
      }
    }
  }

  /// Forgets what it holds and what it has counted; only its memory stays, for another file.
  public mutating func reset() {
    (offset, count, bytesRead, bytesSkipped) = (0, 0, 0, 0)
    sawShrink = false
    knownFile = nil
  }

  /// Takes what `other` holds, and gives it what this one held. What each has counted is counted here.
  public mutating func exchange(with other: inout FileWindow) {
    let (read, skipped, shrank) = (bytesRead, bytesSkipped, sawShrink)
    swap(&self, &other)
    bytesRead += read
    bytesSkipped += skipped
    sawShrink = sawShrink || shrank
    (other.bytesRead, other.bytesSkipped, other.sawShrink) = (0, 0, false)
  }

  /// The offset of the first byte in `from ..< end` that is not zero, or nil when there is none.
  ///
  /// Reads data only, through this window, whose contents it replaces. Nil also after
  /// `isCancelled` said true or the file shrank: ask those before trusting it.
  ///
  /// - Throws: `FileError` of a read or seek.
  public mutating func firstNonZero(
    _ file: borrowing OpenFile, from: UInt64, end: UInt64, isCancelled: () -> Bool
  ) throws(FileError) -> UInt64? {
    var position = from
    while position < end, !isCancelled() {
      guard let data = try nextData(of: file, from: position), data.lowerBound < end else {
        if try file.status().size < end { sawShrink = true }
        bytesSkipped += end - position
        return nil
      }
      let start = data.lowerBound
      bytesSkipped += start - position
      try load(file, at: start, end: min(end, data.upperBound))
      if let found = bytes.firstNonZero() { return start + UInt64(found) }
      if count == 0 { return nil }
      position = start + UInt64(count)
    }
    return nil
  }

  /// The rest of the run of data at or next after `position`, or nil when none follows.
  private mutating func nextData(
    of file: borrowing OpenFile, from position: UInt64
  ) throws(FileError) -> Range<UInt64>? {
    // Were this another file by the same descriptor and name, only a hole would be read as data.
    if let knownFile, knownFile == (file.descriptor, file.name), knownData.contains(position) {
      return position..<knownData.upperBound
    }
    knownFile = nil
    guard let start = try file.nextData(from: position) else { return nil }
    let end = try file.nextHole(from: start)
    // Never empty, so that every caller advances whatever the file system answers.
    knownData = start..<max(end, start + 1)
    knownFile = (file.descriptor, file.name)
    return knownData
  }

  private mutating func fillHole(upTo stop: UInt64) {
    let skipped = Int(stop - offset) - count
    guard skipped > 0 else { return }
    // Sound: `stop` is at most a capacity away from `offset`.
    unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + skipped)])
      .fillWithZeros()
    count += skipped
    bytesSkipped += UInt64(skipped)
  }

  /// Reads on to `stop`; false when the file ends before it.
  private mutating func fillData(
    of file: borrowing OpenFile, upTo stop: UInt64
  ) throws(FileError) -> Bool {
    let wanted = Int(stop - offset) - count
    // Sound: `stop` is at most a capacity away from `offset`.
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + wanted)])
    let got: Int
    do {
      got = try unsafe file.read(into: room, at: offset + UInt64(count))
    } catch {
      let before = error.offset.map { Int($0 - offset) - count } ?? 0
      count += before
      bytesRead += UInt64(before)
      throw error
    }
    count += got
    bytesRead += UInt64(got)
    if got < wanted { sawShrink = true }
    return got == wanted
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Fills it in one call, which is quick in a build without optimisation too.
  func fillWithZeros() {
    // Sound: the call writes the buffer's bytes.
    if let start = baseAddress { unsafe memset(start, 0, count) }
  }
}
