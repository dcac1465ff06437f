import LogFiles

/// Takes the whole metadata file for a header: it holds no records.
struct MmlogMetadataWalker: SegmentWalker {
  var carry: UInt64 = 0
  let leadingZeroLimit: Int? = nil
  let canResync = false
  let countsRecords = false
  private var reading = MmlogMetadataReading(.empty)

  var facts: [Attribute] { reading.facts }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    let fields = MmlogMetadata(head)
    reading = MmlogMetadataReading(fields, size: fileSize)
    guard let fields else { return .unreadable(offset: 0, .headerUnreadable) }
    guard fields.version == MmlogMetadata.knownVersion else {
      return .unreadable(offset: 0, .unknownVersion)
    }
    return .records(from: fileSize)
  }

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    Record(offset: offset, length: length, kind: "metadata", fault: fault)
  }
}
