/// The bytes of a file around the part of it that is seen.
struct ByteCache: Sendable {
  /// Bytes of a chunk: several screens of a dump.
  static let chunkSize: UInt64 = 4_096
  private static let chunkLimit = 16

  private var chunks: [UInt64: [UInt8]] = [:]
  private var order: [UInt64] = []
  private var inFlight: Set<UInt64> = []

  /// The byte at an offset from the start of the file; nil while it is not here, or does not exist.
  subscript(offset: UInt64) -> UInt8? {
    guard let chunk = chunks[offset / Self.chunkSize] else { return nil }
    let index = Int(offset % Self.chunkSize)
    return index < chunk.count ? chunk[index] : nil
  }

  /// The chunks to read so that `range` is here; each is named once.
  mutating func takeMissing(for range: Range<UInt64>) -> [UInt64] {
    guard !range.isEmpty else { return [] }
    let wanted = range.lowerBound / Self.chunkSize...(range.upperBound - 1) / Self.chunkSize
    return wanted.filter { chunks[$0] == nil && inFlight.insert($0).inserted }
  }

  /// Takes a chunk in; one that could not be read comes in empty.
  mutating func insert(_ bytes: [UInt8], chunk: UInt64) {
    inFlight.remove(chunk)
    if chunks.updateValue(bytes, forKey: chunk) == nil { order.append(chunk) }
    if order.count > Self.chunkLimit { chunks[order.removeFirst()] = nil }
  }

  /// Forgets everything, because the file may have changed.
  mutating func removeAll() {
    chunks = [:]
    order = []
  }
}
