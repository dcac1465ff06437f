import Glibc
import JSON
import LogFiles

/// Bytes on their way to a descriptor or into a new file, in large pieces.
final class OutputStream: JSONSink {
  private let descriptor: Int32
  private let file: FileSink?
  private var buffer: [UInt8] = []
  private static let pieceSize = 1 << 16

  /// The reader has gone away, which is no error: nothing more needs to be made.
  private(set) var isClosed = false
  /// The `errno` of a write that failed for another reason; nothing is written after it.
  private(set) var failure: Int32?

  init(descriptor: Int32) {
    self.descriptor = descriptor
    file = nil
    buffer.reserveCapacity(Self.pieceSize + 4096)
  }

  /// Writes into a file that was just made, from its start on.
  init(_ file: consuming NewFile) {
    descriptor = -1
    self.file = FileSink(file)
  }

  /// Whether anything that is written still gets anywhere.
  var isOpen: Bool { !isClosed && failure == nil }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns of the terminal, nil when there is none.
  var columns: Int? {
    var size = winsize()
    // Sound: the call fills one structure that outlives it.
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  func write(_ text: String) { append(text.utf8) }

  func write(_ bytes: [UInt8]) { append(bytes) }

  private func append(_ bytes: some Sequence<UInt8>) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.pieceSize { flush() }
  }

  func write(_ bytes: RawSpan) {
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
    if buffer.count >= Self.pieceSize { flush() }
  }

  /// Writes out what is held back.
  func flush() {
    if let file { return flush(into: file) }
    var done = 0
    while done < buffer.count, isOpen {
      // Sound: `done` is at most the buffer's size.
      let count = unsafe buffer.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
      }
      if count >= 0 {
        done += count
      } else {
        handle(errno)
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func flush(into file: FileSink) {
    defer { buffer.removeAll(keepingCapacity: true) }
    guard isOpen else { return }
    do throws(FileError) {
      try file.append(buffer.rawBytes)
    } catch {
      failure = error.code
    }
  }

  /// Writes out what is held back and waits until it is on the disk.
  func sync() {
    flush()
    guard let file, isOpen else { return }
    do throws(FileError) {
      try file.sync()
    } catch {
      failure = error.code
    }
  }

  private func handle(_ code: Int32) {
    switch code {
    case EINTR: break
    case EAGAIN:
      var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      // Sound: the call reads and fills one structure that outlives it.
      _ = unsafe Glibc.poll(&poll, 1, -1)
    case EPIPE: isClosed = true
    default: failure = code
    }
  }
}

/// A new file and the place in it where the next bytes go.
private final class FileSink {
  private let file: NewFile
  private var offset: UInt64 = 0

  init(_ file: consuming NewFile) { self.file = file }

  func append(_ bytes: RawSpan) throws(FileError) {
    try file.write(bytes, at: offset)
    offset += UInt64(bytes.byteCount)
  }

  func sync() throws(FileError) { try file.sync() }
}
