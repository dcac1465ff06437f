import CZstd
import LogFiles

/// Decodes Zstandard frames piece by piece in bounded memory.
///
/// Sendable, because nobody else knows the context that it owns.
@safe struct ZstdDecoder: ~Copyable, @unchecked Sendable {
  /// The largest window that is decoded is 2^23 bytes, the most that the format's specification
  /// asks every decoder to support.
  private static let windowLog: Int32 = 23
  /// Decoded bytes that are held at once.
  private static let pieceSize = 1 << 17

  enum State {
    /// A frame just ended: the input may end here.
    case betweenFrames
    case insideFrame
    case failed
    /// The window, or what was decoded, is larger than allowed.
    case tooLarge
  }

  private var context: OpaquePointer?
  private var output = ScratchBuffer()
  private var limit: UInt64 = 0
  private(set) var state = State.insideFrame
  /// Bytes decoded since `begin`.
  private(set) var decoded: UInt64 = 0

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// Starts with a new value, of which at most `limit` bytes are decoded.
  mutating func begin(limit: UInt64) {
    if unsafe context == nil {
      unsafe context = ZSTD_createDCtx()
      unsafe _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLog)
    } else {
      unsafe _ = ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    }
    self.limit = limit
    decoded = 0
    // Without a frame there is nothing to decode: an empty input is an unfinished one.
    state = unsafe context == nil ? .tooLarge : .insideFrame
  }

  /// Decodes the next piece of the input and gives what comes of it to `body`.
  mutating func feed(_ piece: RawSpan, _ body: (RawSpan) -> Void) {
    guard state == .betweenFrames || state == .insideFrame else { return }
    // Sound: the pointers are used only within the call.
    unsafe piece.withUnsafeBytes { source in
      var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
      var mayHoldMore = true
      while unsafe mayHoldMore && input.pos < input.size
        || mayHoldMore && state == .insideFrame
      {
        unsafe mayHoldMore = step(&input, body)
      }
    }
  }

  /// Decodes at most one piece of output; whether there may be more to decode from this input.
  private mutating func step(_ input: inout ZSTD_inBuffer, _ body: (RawSpan) -> Void) -> Bool {
    let context = unsafe self.context
    var written = 0
    let answer = output.withRoom(Self.pieceSize) { room in
      // Sound: libzstd writes at most the room's size, and the room outlives the call.
      let answer = unsafe room.withUnsafeMutableBytes { target in
        var output = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let answer = unsafe ZSTD_decompressStream(context, &output, &input)
        unsafe written = output.pos
        return answer
      }
      if written > 0, let bytes = room.bytes.slice(0, written) { body(bytes) }
      return answer
    }
    if ZSTD_isError(answer) != 0 {
      let isWindow = ZSTD_getErrorCode(answer) == ZSTD_error_frameParameter_windowTooLarge
      let isMemory = ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation
      state = isWindow || isMemory ? .tooLarge : .failed
      return false
    }
    state = answer == 0 ? .betweenFrames : .insideFrame
    decoded += UInt64(written)
    if decoded > limit {
      state = .tooLarge
      return false
    }
    return unsafe input.pos < input.size || answer != 0 && written == Self.pieceSize
  }
}

/// Encodes whole values as one Zstandard frame.
enum ZstdEncoder {
  /// `bytes` as a frame of the given level; nil when libzstd fails.
  static func encode(_ bytes: RawSpan, level: Int32) -> [UInt8]? {
    let bound = ZSTD_compressBound(bytes.byteCount)
    guard ZSTD_isError(bound) == 0 else { return nil }
    var written = 0
    let frame = unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, initialized in
      // Sound: libzstd reads the span's bytes and writes at most `bound`.
      written = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress(target.baseAddress, bound, source.baseAddress, source.count, level)
      }
      initialized = ZSTD_isError(written) == 0 ? written : 0
    }
    return ZSTD_isError(written) == 0 ? frame : nil
  }
}
