public import LogFiles
import Quantities

extension Mmlog {
  public func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal)
    -> Salvage
  {
    guard let data = MmlogState(report).data, data.status != nil else {
      throw RepairRefusal(
        .impossible, "the data file is not there, and the metadata hold none of its bytes")
    }
    var salvage = MmlogSalvage(data, MmlogState(report), directory)
    return try salvage.run()
  }
}

/// Puts the lines of a text one behind the other into a new pair of files, without the gaps; other
/// data as they are, because their zeros may be data.
///
/// What stands behind a cursor that is too small is taken along, and so is a line that a gap cuts.
struct MmlogSalvage {
  private let data: SegmentReport
  private let state: MmlogState
  private let directory: OpenDirectory
  private var pieces: [SalvagedFile.Piece] = []
  private var gaps: [Salvage.Gap] = []
  private var gapsTakenAlong = GapList()
  private var length: UInt64 = 0
  /// Whether the last piece is a line without its newline.
  private var isOpen = false
  private var name: FileName { data.file.name }

  init(_ data: SegmentReport, _ state: MmlogState, _ directory: OpenDirectory) {
    self.data = data
    self.state = state
    self.directory = directory
  }

  mutating func run() throws(RepairRefusal) -> Salvage {
    do throws(RecordSourceError) {
      if data.countsRecords { try takeLines() } else { try takeAll() }
    } catch {
      throw .unreadable(data.file, error)
    }
    guard length > 0 else {
      throw RepairRefusal(.impossible, "the data file holds nothing that could be copied out")
    }
    noteMissing()
    var metadata = MmlogMetadata()
    metadata.chunkSize = chunkSize
    metadata.cursor = length
    metadata.recordedSize = max(length, UInt64(metadata.chunkSize))
    let slack = metadata.recordedSize - length
    if slack > 0 { pieces.append(.bytes([UInt8](repeating: 0, count: Int(slack)))) }
    var salvage = Salvage(
      files: [
        SalvagedFile(name, pieces: pieces),
        SalvagedFile(MmlogNames.metadata(ofData: name), pieces: [.bytes(metadata.bytes)]),
      ], gaps: gaps)
    salvage.gapsTakenAlong = gapsTakenAlong
    return salvage
  }

  /// The old one where it asks for no more zeros than one that is made up would.
  private var chunkSize: UInt32 {
    let fitting = MmlogChunk.size(forData: max(length, MmlogChunk.usual))
    guard let old = state.metadata, MmlogChunk.isUsable(old, dataSize: data.fileSize),
      UInt64(old.chunkSize) <= max(length, UInt64(fitting))
    else { return MmlogChunk.size(forData: length) }
    return old.chunkSize
  }

  // MARK: Pieces

  /// Walks the whole file, whatever the cursor says; the walk ends at the zeros behind the data.
  private mutating func takeLines() throws(RecordSourceError) {
    let walker = MmlogWalker(content: .text, metadata: MmlogMetadataReading(.missing))
    var walk = try RecordWalk.of(data, walker, in: directory)
    var offset: UInt64 = 0
    walking: while offset < data.fileSize {
      guard gaps.count < Self.gapLimit else {
        gaps.append(
          Salvage.Gap(
            name, offset..<data.fileSize,
            "the rest: the bytes before it have more gaps than one salvage takes"))
        return
      }
      switch try walk.frame(at: offset) {
      case .record(let length, let kind):
        let range = offset..<offset + UInt64(length)
        closeLine()
        append(range)
        isOpen = kind == MmlogWalker.Kind.unterminated.rawValue
        offset = range.upperBound
      case .flawed(let length, _, _):
        let end = offset + UInt64(length)
        gaps.append(
          Salvage.Gap(
            name, offset..<end,
            isOpen
              ? "\(Self.neverWritten); the line that it cuts is ended by a newline"
              : Self.neverWritten))
        offset = end
      case .run, .partial, .stale, .end, .invalid: break walking
      }
    }
    let end = min(state.metadata?.cursor ?? 0, data.fileSize)
    if offset < end { gaps.append(Salvage.Gap(name, offset..<end, Self.neverWritten)) }
  }

  /// Tens of megabytes of gaps, and of pieces between them.
  private static let gapLimit = 1_000_000
  private static let neverWritten = "a gap: taken and never written"

  /// Ends a line that a gap cuts, so that it does not become one with the next.
  private mutating func closeLine() {
    guard isOpen else { return }
    pieces.append(.bytes([0x0a]))
    length += 1
  }

  /// Takes all bytes, and notes where the new log will have gaps.
  private mutating func takeAll() throws(RecordSourceError) {
    let end = data.lastDataEnd(in: directory)
    append(0..<end)
    if state.metadata == nil, end < data.fileSize {
      gaps.append(
        Salvage.Gap(
          name, end..<data.fileSize,
          "zeros at the end, which are space or data: without metadata nothing tells"))
    }
    var metadata = MmlogMetadata()
    metadata.cursor = end
    let walker = MmlogWalker(
      content: .binary,
      metadata: MmlogMetadataReading(metadata, size: UInt64(MmlogMetadata.size)))
    var walk = try RecordWalk.of(data, walker, in: directory)
    var offset: UInt64 = 0
    while offset < end {
      switch try walk.frame(at: offset) {
      case .record(let length, _): offset += UInt64(length)
      case .flawed(let length, _, _):
        gapsTakenAlong.append(offset..<offset + UInt64(length))
        offset += UInt64(length)
      case .run, .partial, .stale, .end, .invalid: return
      }
    }
  }

  private mutating func append(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    length += range.upperBound - range.lowerBound
    if case .copy(let file, let last) = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .copy(file, last.lowerBound..<range.upperBound)
    } else {
      pieces.append(.copy(name, range))
    }
  }

  /// Bytes below the cursor that the file never had.
  private mutating func noteMissing() {
    guard state.missing > 0 else { return }
    gaps.append(
      Salvage.Gap(
        name, data.fileSize..<data.fileSize,
        "\(Quantity.bytes(state.missing)) below the cursor are behind the end of the file"))
  }
}
