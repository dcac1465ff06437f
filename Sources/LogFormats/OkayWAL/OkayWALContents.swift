import LogFiles

extension OkayWALWalker {
  /// An entry of one chunk holds its value in one piece.
  @inline(__always)
  func isPlain(_ bytes: RawSpan, at start: Int, length: UInt64, kind: UInt8) -> Bool {
    if kind == OkayWALEntry.Kind.empty { return true }
    guard let payload = bytes.le(UInt32.self, at: start &+ OkayWALEntry.headLength &+ 1) else {
      return false
    }
    let first = UInt64(OkayWALEntry.headLength) &+ OkayWALEntry.chunkLength(UInt64(payload))
    // Behind its chunk a committed entry has its end mark, an aborted one nothing.
    return length &- first <= 1
  }

  func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8) -> StoredContents {
    guard head.le(UInt8.self, at: OkayWALEntry.headLength) == OkayWALEntry.Marker.chunk,
      let payload = head.le(UInt32.self, at: OkayWALEntry.headLength + 1)
    else { return StoredContents() }
    let start = UInt64(OkayWALEntry.headLength + OkayWALEntry.chunkHeadLength)
    return StoredContents(value: start..<start + UInt64(payload))
  }

  func giveContents(of record: RawSpan, _ body: (ContentPart, RawSpan) -> Void) -> Bool {
    _ = givePieces(of: record) { place in
      if let piece = record.slice(place.lowerBound, place.count) { body(.value, piece) }
    }
    return true
  }

  func givePieces(of record: RawSpan, _ body: (Range<Int>) -> Void) -> Bool {
    var place = OkayWALEntry.headLength
    while record.le(UInt8.self, at: place) == OkayWALEntry.Marker.chunk,
      let payload = record.le(UInt32.self, at: place + 1)
    {
      let start = place + OkayWALEntry.chunkHeadLength
      let end = start + Int(payload)
      guard end <= record.byteCount else { break }
      body(start..<end)
      place = end + OkayWALEntry.checksumLength
    }
    return true
  }

  func giveContents(
    _ source: inout RecordSource, at offset: UInt64, length: UInt64,
    _ body: (ContentPart, RawSpan) -> Void
  ) throws(RecordSourceError) -> Bool {
    var pieces = OkayWALPieces(size: 1 << 12)
    var place = offset + UInt64(OkayWALEntry.headLength)
    let end = offset + length
    while place < end,
      try pieces.le(UInt8.self, at: place, &source) == OkayWALEntry.Marker.chunk,
      let payload = try pieces.le(UInt32.self, at: place + 1, &source)
    {
      let start = place + UInt64(OkayWALEntry.chunkHeadLength)
      try source.forEachPiece(from: start, to: min(end, start + UInt64(payload))) {
        body(.value, $0)
      }
      place += OkayWALEntry.chunkLength(UInt64(payload))
    }
    return true
  }
}
