public import LogFiles

/// Files as bytes that nobody frames: for what no format knows.
public struct RawBytes: LogFormat {
  /// The word that asks for it.
  public static let formatName = "raw"

  public init() {}

  public var name: String { Self.formatName }
  public var summary: String { "bytes without a known format" }
  public var owner: String { "unknown" }
  public var evidence: Evidence { .none }
  public var kinds: [String] { [] }
  public var columns: [RecordColumn] { [] }
  public var assumptions: [Assumption] { [] }

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] { [] }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    layout([SegmentFile(name: file, id: nil, state: .unknown)], primary: file)
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    let files = file.map { [DirectoryEntry(name: $0, kind: .regular)] } ?? entries
    var layout = layout(
      files.filter { $0.kind == .regular }.map {
        SegmentFile(name: $0.name, id: nil, state: .unknown)
      }, primary: file)
    layout.recognition = "Shown as raw bytes because that was asked for."
    layout.confidence = .forced
    return layout
  }

  private func layout(_ segments: [SegmentFile], primary: FileName?) -> LogLayout {
    LogLayout(
      format: name, recognition: "No known format fits: shown as raw bytes.", confidence: .byName,
      segments: segments, primary: primary)
  }

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    RawBytesWalker()
  }

  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    let length = source.end - min(offset, source.end)
    let bytes = try source.bytes(at: offset, limit: min(payloadLimit, Field.previewLimit))
    let range = offset..<offset + length
    return RecordDescription(
      record: Record(
        offset: offset, length: length, kind: "unknown", fault: Fault(.notARecord)),
      fields: [Field("bytes", range, .bytes(bytes, total: length))])
  }

  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] { [] }

  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] { [] }
}

/// Finds no record anywhere.
struct RawBytesWalker: SegmentWalker {
  var carry: UInt64 = 0
  var leadingZeroLimit: Int? { 0 }
  let canResync = false

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading { .records(from: 0) }

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    Record(offset: offset, length: length, kind: "unknown", fault: fault)
  }
}
