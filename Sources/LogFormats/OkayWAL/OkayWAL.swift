public import LogFiles
import Quantities

/// The log of the Rust crate okaywal. `OkayWAL.md` beside this file describes its bytes.
public struct OkayWAL: LogFormat {
  /// The fact that tells where the owner would write next.
  static let resumeOffset = "resumeOffset"
  static let preallocateBytes = "preallocate-bytes"

  public init() {}

  public var name: String { "okaywal" }
  public var summary: String { "segments of entries made of checksummed chunks, reused in turn" }
  public var owner: String { "the Rust crate okaywal 0.3" }
  public var evidence: Evidence { .checksum }
  public var kinds: [String] { OkayWALEntry.Kind.words }

  public var columns: [RecordColumn] {
    [
      .attribute("entryId", title: "Entry", width: 10),
      .attribute("chunks", title: "Chunks", width: 6),
      .attribute("payloadLength", title: "Payload", width: 9),
      .value,
    ]
  }

  public var assumptions: [Assumption] {
    [
      Assumption(
        name: Self.preallocateBytes, defaultValue: 1 << 20,
        explanation: "the owner's preallocate_bytes: it fills files up to a multiple of this")
    ]
  }

  public var reportsCanBeKept: Bool { true }

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    OkayWALWalker(fileID: segment.id)
  }

  // MARK: Recognition

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    var layout = layout(entries)
    let named = layout.segments.count + layout.strays.count { $0.state != .ignored }
    guard named > 0 else { return [] }
    let looked = layout.segments.prefix(Self.lookedAt).map { hasHeader($0.name, in: directory) }
    layout.confidence = looked.contains(true) ? .certain : .byName
    let names =
      named == 1
      ? "1 file is named like an okaywal segment"
      : "\(named) files are named like okaywal segments"
    let contents =
      switch (looked.contains(true), named == 1) {
      case (_, true) where looked.isEmpty: "; it is no regular file."
      case (_, false) where looked.isEmpty: "; none of them is a regular file."
      case (true, true): ", and it has okaywal's header."
      case (true, false): ", and the first of them that has a header has okaywal's."
      case (false, true): "; it has no okaywal header."
      case (false, false): "; those looked at have no okaywal header."
      }
    layout.recognition = names + contents
    return [layout]
  }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    let isNamed = OkayWALNames.parsed(file) != nil
    switch (hasHeader(file, in: directory), isNamed) {
    case (true, true):
      return layout(
        ofFile: file, "The name fits, and the file starts with an okaywal header.", .certain)
    case (true, false):
      return layout(
        ofFile: file,
        "The file starts with an okaywal header. Its name has no id, so the first entry's is taken.",
        .byContent)
    case (false, true):
      return layout(
        ofFile: file, "The file is named like an okaywal segment; it has no okaywal header.",
        .byName)
    case (false, false): return nil
    }
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    let asked = "Read as okaywal because that was asked for."
    if let file { return layout(ofFile: file, asked, .forced) }
    var layout = layout(entries)
    layout.recognition = asked
    layout.confidence = .forced
    return layout
  }

  /// Segments whose headers are looked at to tell how sure the recognition is.
  private static let lookedAt = 4

  private func hasHeader(_ name: FileName, in directory: OpenDirectory) -> Bool {
    (try? Self.header(of: name, in: directory)) != nil
  }

  /// The header of a file.
  ///
  /// - Throws: `FileError` when the file cannot be read, `OkayWALHeader.Failure` when it has none.
  static func header(of name: FileName, in directory: OpenDirectory) throws -> OkayWALHeader {
    let file = try directory.openFile(name)
    var window = FileWindow(capacity: OkayWALHeader.longest)
    try window.load(file, at: 0, end: file.status().size)
    return try OkayWALHeader(window.bytes)
  }

  // MARK: Layout

  /// One file as a log of its own: what the directory holds besides is not looked at.
  private func layout(ofFile file: FileName, _ recognition: String, _ confidence: Confidence)
    -> LogLayout
  {
    let parsed = OkayWALNames.parsed(file)
    let segment = SegmentFile(
      name: file, id: parsed?.id,
      state: parsed?.isCheckpointed == true ? .checkpointed : .unknown)
    return LogLayout(
      format: name, recognition: recognition, confidence: confidence, segments: [segment],
      primary: file)
  }

  private func layout(_ entries: [DirectoryEntry]) -> LogLayout {
    var found: [SegmentFile] = []
    var ignored: [SegmentFile] = []
    for entry in entries {
      if let parsed = OkayWALNames.parsed(entry.name) {
        found.append(
          SegmentFile(
            name: entry.name, id: parsed.id,
            state: parsed.isCheckpointed ? .checkpointed : .sealed, kind: entry.kind))
      } else if OkayWALNames.resemblesSegment(entry.name) {
        ignored.append(
          SegmentFile(name: entry.name, id: nil, state: .ignored, kind: entry.kind))
      }
    }
    found.sort { ($0.id ?? 0, $0.name) < ($1.id ?? 0, $1.name) }
    // The owner writes on in the live file with the highest id.
    if let active = found.lastIndex(where: { $0.state == .sealed && $0.kind == .regular }) {
      found[active].state = .active
    }
    return LogLayout(
      format: name, recognition: "", confidence: .byName,
      segments: found.filter { $0.kind == .regular },
      strays: found.filter { $0.kind != .regular } + ignored)
  }
}

extension SegmentFile {
  /// Whether okaywal's recovery reads the file.
  var isLive: Bool { state != .checkpointed && state != .ignored }
}

extension SegmentReport {
  /// What a fact of this name says.
  func number(_ name: String) -> UInt64? {
    guard case .number(let number)? = facts.first(where: { $0.name == name })?.value else {
      return nil
    }
    return number
  }
}
