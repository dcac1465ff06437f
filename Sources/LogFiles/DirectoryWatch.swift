internal import CLinux
import Glibc

/// What happened in watched directories since somebody last asked.
public struct DirectoryChanges: Sendable, Equatable {
  /// Files whose contents or size changed, and those that came, went or were renamed; each by its
  /// path below the place that was given with its directory.
  public var names: Set<FileName> = []
  /// Something came, went or was renamed.
  public var listingChanged = false
  /// More happened than the kernel kept: anything may have changed.
  public var isIncomplete = false
  /// A directory itself is gone, or its file system.
  public var isGone = false

  /// Nothing happened.
  public init() {}

  /// Whether nothing happened.
  public var isEmpty: Bool { self == DirectoryChanges() }
}

/// Watches directories for changes of what is in them (inotify(7)), without touching anything.
///
/// What other processes write through shared mappings is not told, nor what other machines write
/// on a network file system. For one thread at a time.
public final class DirectoryWatch {
  private let calls: SystemCalls
  private let descriptor: Int32
  /// By the number of the watch: where the directory is below the one that the user thinks of.
  private var places: [Int32: FileName] = [:]
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  private static let listing =
    UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO)
  private static let ending =
    UInt32(IN_DELETE_SELF) | UInt32(IN_UNMOUNT) | UInt32(IN_IGNORED)
  private static let wanted =
    listing | UInt32(IN_DELETE_SELF) | UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE)

  /// A watch of nothing yet.
  ///
  /// - Throws: `FileError` when the user has as many watches as the system allows.
  public init(calls: SystemCalls = .linux) throws(FileError) {
    self.calls = calls
    let flags = Int32(IN_CLOEXEC | IN_NONBLOCK)
    descriptor = Int32(
      try calls.perform(.watch) { _ in
        let opened = inotify_init1(flags)
        return opened < 0 ? -Int64(errno) : Int64(opened)
      })
  }

  deinit {
    calls.attempt(.close) { _ in Int64(wl_close(descriptor)) }
  }

  /// Watches a directory from now on. `place` stands before the names of its files.
  ///
  /// - Throws: `FileError` when that is not possible, on this file system or at all.
  public func add(_ directory: OpenDirectory, place: FileName = FileName("")) throws(FileError) {
    // By its descriptor, so that it is this directory whatever its path leads to by now.
    let path = FileName("/proc/self/fd/\(directory.descriptor)")
    let watch = try calls.perform(.watch) { _ in
      unsafe path.withCString { path in
        // Sound: the name is a C string that outlives the call.
        let number = unsafe inotify_add_watch(descriptor, path, Self.wanted)
        return number < 0 ? -Int64(errno) : Int64(number)
      }
    }
    places[Int32(watch)] = place
  }

  /// Waits until something happens, at most so long, and tells all that happened. A signal ends
  /// the waiting too.
  ///
  /// - Throws: `FileError` when the kernel does not answer as it should.
  public func changes(waitingAtMost milliseconds: Int) throws(FileError) -> DirectoryChanges {
    var changes = DirectoryChanges()
    guard try isReady(within: milliseconds) else { return changes }
    while true {
      let count = calls.attempt(.awaitChange) { _ in
        // Sound: the call writes at most the buffer's size.
        let count = unsafe buffer.withUnsafeMutableBytes {
          unsafe read(descriptor, $0.baseAddress, $0.count)
        }
        return count < 0 ? -Int64(errno) : Int64(count)
      }
      if count == -Int64(EAGAIN) || count == 0 { return changes }
      if count == -Int64(EINTR) { continue }
      guard count > 0 else {
        throw FileError(call: .awaitChange, code: Int32(truncatingIfNeeded: -count), name: nil)
      }
      note(Int(count), in: &changes)
    }
  }

  private func isReady(within milliseconds: Int) throws(FileError) -> Bool {
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = calls.attempt(.awaitChange) { _ in
      // Sound: the call reads and writes one structure that outlives it.
      let count = unsafe poll(&event, 1, Int32(clamping: milliseconds))
      return count < 0 ? -Int64(errno) : Int64(count)
    }
    if count >= 0 { return count > 0 }
    if count == -Int64(EINTR) { return false }
    throw FileError(call: .awaitChange, code: Int32(truncatingIfNeeded: -count), name: nil)
  }

  /// Walks `struct inotify_event`: watch i32, mask u32, cookie u32, length u32, name[length].
  private func note(_ count: Int, in changes: inout DirectoryChanges) {
    var offset = 0
    while let word = number(at: offset, within: count),
      let mask = number(at: offset + 4, within: count),
      let length = number(at: offset + 12, within: count)
    {
      let start = offset + 16
      offset = start + Int(length)
      guard offset <= count else { return }
      if mask & UInt32(IN_Q_OVERFLOW) != 0 { changes.isIncomplete = true }
      if mask & Self.ending != 0 { changes.isGone = true }
      if mask & Self.listing != 0 { changes.listingChanged = true }
      let name = FileName(Array(buffer[start..<offset].prefix { $0 != 0 }))
      if !name.bytes.isEmpty, let place = places[Int32(bitPattern: word)] {
        changes.names.insert(place.appending(name))
      }
    }
  }

  private func number(at offset: Int, within count: Int) -> UInt32? {
    guard offset + 4 <= count else { return nil }
    return (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(buffer[offset + $1]) }
  }
}
