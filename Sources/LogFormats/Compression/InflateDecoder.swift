import CZlib
import LogFiles

/// Decodes one deflate stream piece by piece in bounded memory.
///
/// Sendable, because nobody else knows the state that it owns.
@safe struct InflateDecoder: ~Copyable, @unchecked Sendable {
  /// Decoded bytes that are held at once.
  private static let pieceSize = 1 << 16

  enum State {
    case inside
    /// The end mark was read.
    case ended
    case failed
    /// What was decoded was not wanted any more.
    case unwanted
  }

  /// zlib notes where its structure stands, so that it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var output = ScratchBuffer()
  private(set) var state: State
  /// Bytes decoded, and bytes of the input that they took.
  private(set) var decoded: UInt64 = 0
  private(set) var consumed: UInt64 = 0
  /// The CRC-32 of the decoded bytes.
  private(set) var checksum: UInt32 = 0

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    state = unsafe walscope_inflate_begin(stream) == Z_OK ? .inside : .failed
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decodes the next piece of the input, and gives what comes of it to `body`, until that answers
  /// false or the stream ends. What stands behind the end is not consumed.
  mutating func feed(_ piece: RawSpan, _ body: (RawSpan) -> Bool) {
    guard state == .inside, piece.byteCount > 0 else { return }
    // Sound: the pointers are used only within the call, and zlib does not write to its input.
    unsafe piece.withUnsafeBytes { source in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
      unsafe stream.pointee.avail_in = UInt32(source.count)
      while step(body) {}
      unsafe consumed += UInt64(source.count) - UInt64(stream.pointee.avail_in)
      unsafe stream.pointee.next_in = nil
      unsafe stream.pointee.avail_in = 0
    }
  }

  /// Decodes at most one piece of output; whether there may be more to decode from this input.
  private mutating func step(_ body: (RawSpan) -> Bool) -> Bool {
    let stream = unsafe self.stream
    var crc = UInt(checksum)
    var written = 0
    var isWanted = true
    let answer = output.withRoom(Self.pieceSize) { room in
      // Sound: zlib writes at most the room's size, and the room outlives the call.
      let answer = unsafe room.withUnsafeMutableBytes { target in
        let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.next_out = start
        unsafe stream.pointee.avail_out = UInt32(target.count)
        let answer = unsafe inflate(stream, Z_NO_FLUSH)
        unsafe written = target.count - Int(stream.pointee.avail_out)
        unsafe crc = crc32(crc, start, UInt32(written))
        return answer
      }
      if written > 0, let bytes = room.bytes.slice(0, written) { isWanted = body(bytes) }
      return answer
    }
    checksum = UInt32(truncatingIfNeeded: crc)
    decoded += UInt64(written)
    switch answer {
    case Z_STREAM_END: state = .ended
    // No progress: all input is used up.
    case Z_BUF_ERROR: return false
    case Z_OK: break
    default: state = .failed
    }
    if !isWanted { state = .unwanted }
    return unsafe state == .inside && (stream.pointee.avail_in > 0 || written == Self.pieceSize)
  }
}
