public import LogFiles

/// The log of the Rust crate nori-wal. `NoriWAL.md` beside this file describes its bytes.
public struct NoriWAL: LogFormat {
  public init() {}

  public var name: String { "nori-wal" }
  public var summary: String { "segments of checksummed key-value records, without headers" }
  public var owner: String { "the Rust crate nori-wal 0.1" }
  public var evidence: Evidence { .checksum }

  /// The low four flag bits: tombstone, ttl, compression.
  public var kinds: [String] { (0..<16).map(NoriWALHeader.kind) }
  public var compressedKinds: [String] {
    [NoriWALHeader.Compression.lz4, .zstd].map { NoriWALHeader.kind(Int($0.rawValue) << 2) }
  }

  public var columns: [RecordColumn] {
    [
      .attribute("ttlMilliseconds", title: "TTL ms", width: 10),
      .attribute("compression", title: "Codec", width: 5),
      .attribute("valueLength", title: "Value B", width: 9),
      .key, .value,
    ]
  }

  /// What the owner does when it opens a log does not depend on its configuration.
  public var assumptions: [Assumption] { [] }

  public var canMake: Bool { true }
  public var reportsCanBeKept: Bool { true }

  /// What the owner's open keeps: each segment up to the first record that is not valid.
  public func effectiveRange(of segment: SegmentReport) -> Range<UInt64>? { 0..<segment.logicalEnd }

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    NoriWALWalker()
  }

  // MARK: Recognition

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    var layout = layout(entries)
    let named = layout.segments.count + layout.strays.count { $0.id != nil && $0.state != .ignored }
    guard named > 0 else { return [] }
    let looked = layout.segments.prefix(Self.lookedAt).map { firstBytes(of: $0, in: directory) }
    layout.confidence = looked.contains(.record) ? .certain : .byName
    layout.recognition = Self.recognition(
      named: named, segments: layout.segments.count, hasRecord: looked.contains(.record),
      hasOther: looked.contains(.other))
    return [layout]
  }

  private static func recognition(
    named: Int, segments: Int, hasRecord: Bool, hasOther: Bool
  ) -> String {
    let names =
      named == 1
      ? "1 file is named like a nori-wal segment"
      : "\(named) files are named like nori-wal segments"
    guard segments > 0 else {
      return names + (named == 1 ? "; it is no" : "; none of them is a") + " regular file."
    }
    if named == 1 {
      return names
        + (hasRecord
          ? ", and a valid record starts it."
          : hasOther
            ? ", but its first bytes do not confirm it." : "; it holds no records yet.")
    }
    if hasRecord { return names + ", and a valid record starts the first of them that has any." }
    return hasOther
      ? names + ", but the first records of those looked at do not confirm it."
      : names + "; those looked at hold no records yet."
  }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    let found = firstBytes(of: SegmentFile(name: file, id: nil, state: .unknown), in: directory)
    let isNamed = NoriWALNames.id(of: file) != nil
    let confidence: Confidence
    let recognition: String
    switch (found, isNamed) {
    case (.record, true):
      (confidence, recognition) = (
        .certain, "The name fits, and the file starts with a valid record."
      )
    case (.record, false):
      (confidence, recognition) = (.byContent, "The file starts with a valid nori-wal record.")
    case (_, true):
      (confidence, recognition) = (
        .byName, "The file is named like a nori-wal segment; no valid record starts it."
      )
    case (_, false):
      return nil
    }
    return layout(ofFile: file, recognition: recognition, confidence: confidence)
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    let asked = "Read as nori-wal because that was asked for."
    if let file { return layout(ofFile: file, recognition: asked, confidence: .forced) }
    var layout = layout(entries)
    layout.recognition = asked
    layout.confidence = .forced
    return layout
  }

  // MARK: Layout

  /// One file as a log of its own: what the directory holds besides is not looked at.
  private func layout(ofFile file: FileName, recognition: String, confidence: Confidence)
    -> LogLayout
  {
    let segment = SegmentFile(name: file, id: NoriWALNames.id(of: file), state: .unknown)
    return LogLayout(
      format: name, recognition: recognition, confidence: confidence, segments: [segment],
      primary: file)
  }

  private func layout(_ entries: [DirectoryEntry]) -> LogLayout {
    var found: [SegmentFile] = []
    var strays: [SegmentFile] = []
    found.reserveCapacity(entries.count)
    for entry in entries {
      if let id = NoriWALNames.id(of: entry.name) {
        found.append(
          SegmentFile(name: entry.name, id: id, state: state(of: entry), kind: entry.kind))
      } else if let stray = stray(entry) {
        strays.append(stray)
      }
    }
    found.sort {
      guard let left = $0.id, let right = $1.id, left != right else { return $0.name < $1.name }
      return left < right
    }
    if let highest = found.last?.id {
      // Several names can have the highest id.
      for index in found.indices.reversed() {
        guard found[index].id == highest else { break }
        if found[index].state == .sealed { found[index].state = .active }
      }
    }
    let missing = gaps(found)
    let inTheWay = found.filter { $0.kind != .regular }
    if !inTheWay.isEmpty { found.removeAll { $0.kind != .regular } }
    return LogLayout(
      format: name, recognition: "", confidence: .byName, segments: found,
      strays: inTheWay + strays, missing: missing)
  }

  /// Before it is known which id is the highest, the one that is appended to. What is not a regular
  /// file, or has a name under which it is never opened, has no state.
  private func state(of entry: DirectoryEntry) -> SegmentState {
    entry.kind == .regular && NoriWALNames.isCanonical(entry.name) ? .sealed : .unknown
  }

  private func stray(_ entry: DirectoryEntry) -> SegmentFile? {
    let id = NoriWALNames.id(ofTemporary: entry.name)
    guard id != nil || NoriWALNames.resemblesSegment(entry.name) else { return nil }
    return SegmentFile(name: entry.name, id: id, state: .ignored, kind: entry.kind)
  }

  /// Ids between the lowest and the highest that no entry has; lower ones may have been deleted.
  private func gaps(_ sorted: [SegmentFile]) -> [ClosedRange<UInt64>] {
    var gaps: [ClosedRange<UInt64>] = []
    var last: UInt64?
    for file in sorted {
      guard let id = file.id else { continue }
      if let last, id > last, id - last > 1 { gaps.append(last + 1...id - 1) }
      last = id
    }
    return gaps
  }

  // MARK: First bytes

  /// Segments whose first bytes are looked at to tell how sure the recognition is.
  private static let lookedAt = 4
  /// Bytes of a segment that are looked at.
  private static let lookedAtBytes = 1 << 16
  /// A first record beyond this is not confirmed: that must not take time.
  private static let largestLookedAt: UInt64 = 4 << 20

  private enum FirstBytes {
    case record
    /// Empty, or zeros only, as far as looked.
    case nothing
    case other
  }

  private func firstBytes(of segment: SegmentFile, in directory: OpenDirectory) -> FirstBytes {
    var window = FileWindow(capacity: Self.lookedAtBytes)
    do throws(FileError) {
      let file = try directory.openFile(segment.name)
      let size = try file.status().size
      try window.load(file, at: 0, end: size)
      if window.bytes.isZero { return .nothing }
      var walker = NoriWALWalker()
      _ = walker.begin(window.bytes, fileSize: size)
      switch walker.frame(window.bytes, at: 0, remaining: size) {
      case .record: return .record
      case .partial(let needed): return frameLarge(file, size: size, needed: needed)
      case .run, .flawed, .stale, .end, .invalid: return .other
      }
    } catch {
      return .other
    }
  }

  private func frameLarge(_ file: consuming OpenFile, size: UInt64, needed: UInt64) -> FirstBytes {
    guard needed <= Self.largestLookedAt else { return .other }
    var source = RecordSource(file, end: size)
    var walker = NoriWALWalker()
    do throws(RecordSourceError) {
      guard case .record = try walker.frameLarge(&source, at: 0, verifying: true) else {
        return .other
      }
      return .record
    } catch {
      return .other
    }
  }
}
