import LogFiles
import Synchronization

/// Decodes the values of nori-wal records (format page, section 3).
///
/// Holds its buffers from value to value. Memory is bounded whatever a value claims.
final class ValueDecoder: Sendable {
  enum Check {
    case decodes
    case fails
    /// Too much memory or work would be needed to tell.
    case tooLarge
  }

  /// Stored bytes of an LZ4 value beyond which it is not checked; a block is decoded as a whole.
  static let storedLimit: UInt64 = 8 << 20
  /// Decoded bytes of an LZ4 value beyond which it is not checked.
  static let decodedLimit: UInt64 = 16 << 20

  private struct State: ~Copyable, Sendable {
    var zstd = ZstdDecoder()
    var output = ScratchBuffer()
  }

  private let state = Mutex(State())

  /// Whether the owner could decode `value`, as far as the allowance goes.
  func check(
    _ value: RawSpan, compression: NoriWALHeader.Compression, _ allowance: inout DecodingAllowance
  ) -> Check {
    let length = UInt64(value.byteCount)
    switch compression {
    case .none: return .decodes
    case .invalid: return .fails
    case .lz4:
      return checkLZ4(value, storedLength: length, &allowance)
    case .zstd:
      allowance.earn(storedLength: length)
      let outcome = decodeZstd(value, limit: allowance.left) { _ in }
      allowance.spend(outcome.length)
      return outcome.check
    }
  }

  /// Whether the owner could decode the value at `range` of the file, as far as the allowance goes.
  func check(
    _ source: inout RecordSource, in range: Range<UInt64>, compression: NoriWALHeader.Compression,
    _ allowance: inout DecodingAllowance
  ) throws(RecordSourceError) -> Check {
    let length = range.upperBound - range.lowerBound
    switch compression {
    case .none: return .decodes
    case .invalid: return .fails
    case .lz4:
      let stored = try source.bytes(
        at: range.lowerBound, limit: Int(min(length, Self.storedLimit)))
      return checkLZ4(stored.rawBytes, storedLength: length, &allowance)
    case .zstd:
      allowance.earn(storedLength: length)
      let outcome = try decodeZstd(&source, in: range, limit: allowance.left) { _ in }
      allowance.spend(outcome.length)
      return outcome.check
    }
  }

  private func checkLZ4(
    _ value: RawSpan, storedLength: UInt64, _ allowance: inout DecodingAllowance
  ) -> Check {
    allowance.earn(storedLength: storedLength)
    let check = decodeLZ4(value, storedLength: storedLength, limit: allowance.left) { _ in }
    // A block that fails may do so at its end; one that cannot be as long as it says is not begun.
    if check != .tooLarge, let (length, _) = Self.possibleLength(value, storedLength) {
      allowance.spend(length)
    }
    return check
  }

  /// The length that a value of `storedLength` bytes says it had, and the bytes in which it says
  /// that; nil where no block so short comes to so many bytes.
  private static func possibleLength(_ value: RawSpan, _ storedLength: UInt64)
    -> (length: UInt64, size: Int)?
  {
    guard let (length, size) = originalLength(value), UInt64(size) < storedLength,
      length <= LZ4Block.largestDecodedLength(ofBlock: storedLength - UInt64(size))
    else { return nil }
    return (length, size)
  }

  // MARK: For display

  /// A decoded value, or its beginning.
  struct Decoded {
    var check: Check
    /// At most as many bytes as were asked for.
    var bytes: [UInt8] = []
    /// Bytes of the whole decoded value, nil where that is not known.
    var length: UInt64?
  }

  /// The first `limit` decoded bytes of a value that is whole in memory.
  func decode(_ value: RawSpan, compression: NoriWALHeader.Compression, limit: Int) -> Decoded {
    var bytes: [UInt8] = []
    switch compression {
    case .none:
      bytes.append(value, limit: limit)
      return Decoded(check: .decodes, bytes: bytes, length: UInt64(value.byteCount))
    case .invalid:
      return Decoded(check: .fails)
    case .lz4:
      let check = decodeLZ4(value, storedLength: UInt64(value.byteCount)) {
        bytes.append($0, limit: limit)
      }
      return Decoded(check: check, bytes: bytes, length: Self.originalLength(value)?.length)
    case .zstd:
      let outcome = decodeZstd(value) { bytes.append($0, limit: limit) }
      return Decoded(
        check: outcome.check, bytes: bytes,
        length: outcome.check == .decodes ? outcome.length : nil)
    }
  }

  /// The first `limit` decoded bytes of the value at `range` of the file.
  func decode(
    _ source: inout RecordSource, in range: Range<UInt64>,
    compression: NoriWALHeader.Compression, limit: Int
  ) throws(RecordSourceError) -> Decoded {
    let length = range.upperBound - range.lowerBound
    switch compression {
    case .none:
      let bytes = try source.bytes(
        at: range.lowerBound, limit: Int(min(UInt64(max(0, limit)), length)))
      return Decoded(check: .decodes, bytes: bytes, length: length)
    case .invalid:
      return Decoded(check: .fails)
    case .lz4:
      let stored = try source.bytes(
        at: range.lowerBound, limit: Int(min(length, Self.storedLimit)))
      var bytes: [UInt8] = []
      let check = decodeLZ4(stored.rawBytes, storedLength: length) {
        bytes.append($0, limit: limit)
      }
      if check == .tooLarge, limit > 0 {
        bytes = decodeBeginning(stored.rawBytes, limit: limit)
      }
      return Decoded(
        check: check, bytes: bytes, length: Self.originalLength(stored.rawBytes)?.length)
    case .zstd:
      return try decodeZstd(&source, in: range, showing: limit)
    }
  }

  // MARK: For searching

  /// Gives the decoded bytes of a value that is whole in memory to `body`, piece by piece.
  func give(
    _ value: RawSpan, compression: NoriWALHeader.Compression, _ body: (RawSpan) -> Void
  ) -> Check {
    switch compression {
    case .none:
      body(value)
      return .decodes
    case .invalid: return .fails
    case .lz4: return decodeLZ4(value, storedLength: UInt64(value.byteCount), body)
    case .zstd: return decodeZstd(value, body).check
    }
  }

  /// Gives the decoded bytes of the value at `range` of the file to `body`, piece by piece; of one
  /// that is too large only its beginning.
  func give(
    _ source: inout RecordSource, in range: Range<UInt64>,
    compression: NoriWALHeader.Compression, _ body: (RawSpan) -> Void
  ) throws(RecordSourceError) -> Check {
    switch compression {
    case .zstd: return try decodeZstd(&source, in: range, body).check
    case .none:
      try source.forEachPiece(from: range.lowerBound, to: range.upperBound, body)
      return .decodes
    case .invalid, .lz4:
      let decoded = try decode(
        &source, in: range, compression: compression, limit: Int(Self.decodedLimit))
      body(decoded.bytes.rawBytes)
      return decoded.check
    }
  }

  // MARK: LZ4

  /// The length that the value claims to decode to, and the bytes that the claim takes.
  static func originalLength(_ value: RawSpan) -> (length: UInt64, size: Int)? {
    var next = 0
    do throws(NoriWALHeader.Failure) {
      return (try NoriWALHeader.varint(value, at: &next), next)
    } catch {
      return nil
    }
  }

  /// Decodes a length and the block behind it, of which `value` holds as much as the limit allows.
  private func decodeLZ4(
    _ value: RawSpan, storedLength: UInt64, limit: UInt64 = .max, _ body: (RawSpan) -> Void
  ) -> Check {
    guard let (length, size) = Self.possibleLength(value, storedLength),
      let block = value.slice(size, value.byteCount - size), block.byteCount > 0
    else { return .fails }
    guard storedLength <= Self.storedLimit, length <= min(Self.decodedLimit, limit) else {
      return .tooLarge
    }
    return state.withLock { state in
      state.output.withRoom(Int(length)) { room in
        guard LZ4Block.decode(block, into: &room) == Int(length) else { return .fails }
        body(room.bytes)
        return .decodes
      }
    }
  }

  private func decodeBeginning(_ value: RawSpan, limit: Int) -> [UInt8] {
    guard let (length, size) = Self.originalLength(value),
      let block = value.slice(size, value.byteCount - size)
    else { return [] }
    let count = Int(min(length, Self.decodedLimit, UInt64(limit)))
    return state.withLock { state in
      state.output.withRoom(count) { room in
        var bytes: [UInt8] = []
        if let written = LZ4Block.decodeBeginning(block, into: &room),
          let decoded = room.bytes.slice(0, written)
        {
          bytes.append(decoded, limit: count)
        }
        return bytes
      }
    }
  }

  // MARK: Zstd

  /// Bytes that are decoded at most: a value of a few bytes can decode to terabytes.
  private static func workLimit(storedLength: UInt64) -> UInt64 {
    let (product, overflow) = storedLength.multipliedReportingOverflow(by: 256)
    let (sum, wraps) = product.addingReportingOverflow(decodedLimit)
    return overflow || wraps ? .max : sum
  }

  private func decodeZstd(
    _ value: RawSpan, limit: UInt64 = .max, _ body: (RawSpan) -> Void
  ) -> (check: Check, length: UInt64) {
    state.withLock { state in
      state.zstd.begin(
        limit: min(limit, Self.workLimit(storedLength: UInt64(value.byteCount))))
      state.zstd.feed(value, body)
      return (state.zstd.state.check, state.zstd.decoded)
    }
  }

  private func decodeZstd(
    _ source: inout RecordSource, in range: Range<UInt64>, showing count: Int
  ) throws(RecordSourceError) -> Decoded {
    var bytes: [UInt8] = []
    let (check, length) = try decodeZstd(&source, in: range) { bytes.append($0, limit: count) }
    return Decoded(check: check, bytes: bytes, length: check == .decodes ? length : nil)
  }

  private func decodeZstd(
    _ source: inout RecordSource, in range: Range<UInt64>, limit: UInt64 = .max,
    _ body: (RawSpan) -> Void
  ) throws(RecordSourceError) -> (check: Check, length: UInt64) {
    let stored = range.upperBound - range.lowerBound
    return try state.withLock {
      (state) throws(RecordSourceError) -> (check: Check, length: UInt64) in
      state.zstd.begin(limit: min(limit, Self.workLimit(storedLength: stored)))
      try source.forEachPiece(from: range.lowerBound, to: range.upperBound) { piece in
        state.zstd.feed(piece, body)
      }
      return (state.zstd.state.check, state.zstd.decoded)
    }
  }
}

extension ZstdDecoder.State {
  /// What it means when the input ends in this state.
  fileprivate var check: ValueDecoder.Check {
    switch self {
    case .betweenFrames: .decodes
    case .insideFrame, .failed: .fails
    case .tooLarge: .tooLarge
    }
  }
}
