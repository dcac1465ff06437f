import Glibc

/// A file opened for writing, made when it is not there: the other side of what is tested.
public final class FileWriter: Sendable {
  /// The path it was opened by.
  public let path: String
  private let descriptor: Int32

  /// Opens or makes the file.
  public init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SetupFailure("open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// Writes `count` bytes of `byte` at `offset`.
  public func fill(_ byte: UInt8, count: Int, at offset: Int) throws {
    try write([UInt8](repeating: byte, count: count), at: offset)
  }

  /// Writes `bytes` at `offset`.
  public func write(_ bytes: [UInt8], at offset: Int) throws {
    let count = pwrite(descriptor, bytes, bytes.count, offset)
    guard count == bytes.count else { throw SetupFailure("pwrite \(path)", errno) }
  }

  /// Has the file system reserve everything up to `size`, unwritten, and sets the size.
  public func preallocate(_ size: Int) throws {
    let code = posix_fallocate(descriptor, 0, size)
    guard code == 0 else { throw SetupFailure("posix_fallocate \(path)", code) }
  }

  /// Sets the size; a larger one makes a hole.
  public func truncate(_ size: Int) throws {
    guard ftruncate(descriptor, size) == 0 else { throw SetupFailure("ftruncate \(path)", errno) }
  }

  /// Has the kernel write it back.
  public func sync() throws {
    guard fsync(descriptor) == 0 else { throw SetupFailure("fsync \(path)", errno) }
  }

  /// Maps the first `count` bytes shared and writable; the mapping outlives the descriptor.
  public func map(_ count: Int) throws -> SharedMapping {
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw SetupFailure("mmap \(path)", errno) }
    return SharedMapping(address: address, count: count)
  }
}

/// A shared writable mapping, unmapped at the end of its life.
public final class SharedMapping: @unchecked Sendable {
  private let address: UnsafeMutableRawPointer
  private let count: Int

  init(address: UnsafeMutableRawPointer, count: Int) {
    self.address = address
    self.count = count
  }

  deinit { munmap(address, count) }
}
