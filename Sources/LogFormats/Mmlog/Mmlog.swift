public import LogFiles

/// The log of the C library mmlog: a data file without any framing, and beside it 32 bytes of
/// metadata. `Mmlog.md` in this folder describes both.
///
/// The data file is the log's segment. The metadata file is a second one that holds no records, so
/// that its bytes can be looked at like all others.
public struct Mmlog: LogFormat {
  public init() {}

  public var name: String { "mmlog" }
  public var summary: String { "appended bytes without framing, and a metadata file beside them" }
  public var owner: String { "the C library mmlog" }
  public var evidence: Evidence { .none }
  public var kinds: [String] { MmlogWalker.Kind.allCases.map(\.word) }
  public var columns: [RecordColumn] {
    [.attribute("terminated", title: "Ended", width: 5), .value]
  }

  public var assumptions: [Assumption] {
    [
      Assumption(
        name: Self.insertBytes, defaultValue: 26, explanation: "size of the insert that is forecast"
      ),
      Assumption(
        name: Self.chunkBytes, defaultValue: 65_536,
        explanation: "chunk size that the program asks for where there is no metadata"),
    ]
  }

  static let insertBytes = "insert-bytes"
  static let chunkBytes = "chunk-bytes"

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    segment.state == .metadata
      ? MmlogMetadataWalker() : dataWalker(for: segment.name, in: directory)
  }

  func dataWalker(for name: FileName, in directory: OpenDirectory) -> MmlogWalker {
    let reading = MmlogMetadataReading.read(MmlogNames.metadata(ofData: name), in: directory)
    var content = MmlogContent.text
    if let file = try? directory.openFile(name), let size = try? file.status().size {
      content = MmlogContent.of(file, end: min(reading.usable?.cursor ?? .max, size))
    }
    return MmlogWalker(content: content, metadata: reading)
  }

  public func writtenMark(of segment: SegmentFile, in directory: OpenDirectory) -> UInt64? {
    guard segment.state != .metadata else { return nil }
    return MmlogMetadataReading.read(MmlogNames.metadata(ofData: segment.name), in: directory)
      .usable?.cursor
  }

  // MARK: Recognition

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    entries.compactMap { entry in
      guard entry.kind == .regular,
        let data = MmlogNames.data(ofMetadata: entry.name, beside: entries.holdsFile)
      else { return nil }
      return pair(data, in: directory, dataKind: entries.entry(named: data)?.kind)
    }
  }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    let found = MmlogNames.data(ofMetadata: file) { kind(of: $0, in: directory) == .regular }
    let data = found ?? file
    guard found != nil || kind(of: MmlogNames.metadata(ofData: data), in: directory) == .regular
    else { return nil }
    return pair(data, in: directory, dataKind: kind(of: data, in: directory))
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    var layout: LogLayout
    if let file {
      layout = log(ofFile: file, in: directory) ?? plain([file])
    } else {
      layout =
        logs(in: directory, entries: entries).first
        ?? plain(entries.filter { $0.kind == .regular }.map(\.name))
    }
    layout.recognition = "Read as mmlog because that was asked for. " + layout.recognition
    layout.confidence = .forced
    return layout
  }

  /// Files without metadata: data of an mmlog only because the user says so.
  private func plain(_ files: [FileName]) -> LogLayout {
    LogLayout(
      format: name, recognition: "There is no metadata file.", confidence: .byName,
      segments: files.map { SegmentFile(name: $0, id: nil, state: .unknown) },
      primary: files.count == 1 ? files.first : nil)
  }

  private func pair(_ data: FileName, in directory: OpenDirectory, dataKind: FileKind?)
    -> LogLayout
  {
    let metadata = MmlogNames.metadata(ofData: data)
    let reading = MmlogMetadataReading.read(metadata, in: directory)
    var layout = LogLayout(
      format: name, recognition: recognition(reading, hasData: dataKind == .regular),
      confidence: reading.usable == nil ? .byName : .certain,
      segments: [SegmentFile(name: metadata, id: nil, state: .metadata)], primary: data)
    if dataKind == .regular {
      layout.segments.insert(SegmentFile(name: data, id: nil, state: .active), at: 0)
    } else if let dataKind {
      layout.strays = [SegmentFile(name: data, id: nil, state: .unknown, kind: dataKind)]
    }
    return layout
  }

  private func recognition(_ reading: MmlogMetadataReading, hasData: Bool) -> String {
    let names = hasData ? "A data file and its .mmlog file" : "A .mmlog file without its data file"
    return switch reading.status {
    case .ok, .notReady: names + ", which holds metadata of version 1."
    case .versionMismatch: names + ", which names another version."
    case .empty, .short: names + ", which is too short for metadata."
    case .missing, .unreadable: names + ", which cannot be read."
    }
  }

  private func kind(of name: FileName, in directory: OpenDirectory) -> FileKind? {
    try? directory.status(of: name).kind
  }
}
