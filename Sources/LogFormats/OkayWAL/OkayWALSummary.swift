import LogFiles

extension OkayWALWalker {
  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    guard head.le(UInt8.self, at: 0) == OkayWALEntry.Marker.entry,
      let id = head.le(UInt64.self, at: 1)
    else { return Record(offset: offset, length: length, kind: "unknown", fault: fault) }
    let content = content(of: head, limit: max(0, previewLimit))
    var record = Record(
      offset: offset, length: length,
      kind: OkayWALEntry.Kind.words[Int(content.kind ?? OkayWALEntry.Kind.entry)], fault: fault)
    record.attributes = [Attribute("entryId", .number(id))]
    guard UInt64(head.byteCount) >= length else {
      // How many chunks a large entry has is not known before it is walked.
      if content.payload > 0 { record.value = (content.preview, length) }
      return record
    }
    record.attributes += [
      Attribute("chunks", .number(content.chunks)),
      Attribute("payloadLength", .size(content.payload)),
    ]
    if content.chunks > 0 { record.value = (content.preview, content.payload) }
    return record
  }

  /// What the chunks in `head` hold.
  private struct Content {
    var chunks: UInt64 = 0
    var payload: UInt64 = 0
    var preview: [UInt8] = []
    /// Nil where `head` does not hold the end.
    var kind: UInt8?
  }

  private func content(of head: RawSpan, limit: Int) -> Content {
    var content = Content()
    var place = OkayWALEntry.headLength
    while let marker = head.le(UInt8.self, at: place) {
      guard marker == OkayWALEntry.Marker.chunk,
        let length = head.le(UInt32.self, at: place + 1)
      else {
        content.kind =
          marker != OkayWALEntry.Marker.end
          ? OkayWALEntry.Kind.aborted
          : content.chunks == 0 ? OkayWALEntry.Kind.empty : OkayWALEntry.Kind.entry
        return content
      }
      let start = place + OkayWALEntry.chunkHeadLength
      let there = min(Int(length), max(0, head.byteCount - start))
      if let part = head.slice(start, there) { content.preview.append(part, limit: limit) }
      content.chunks += 1
      content.payload += UInt64(length)
      place = start + Int(length) + OkayWALEntry.checksumLength
    }
    return content
  }
}
