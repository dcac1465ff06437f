public import LogFiles

/// The log file of the embedded database TegDB, which is the database as well. `TegDB.md` beside
/// this file describes its bytes.
public struct TegDB: LogFormat {
  public init() {}

  public var name: String { "tegdb" }
  public var summary: String { "one file of key-value records and commit markers, no checksums" }
  public var owner: String { "the Rust crate tegdb 0.5" }
  public var evidence: Evidence { .structure }
  public var kinds: [String] { TegDBWalker.kinds }

  public var columns: [RecordColumn] {
    [
      .attribute("transaction", title: "Tx", width: 9),
      .attribute("afterNextCommit", title: "Next commit", width: 11),
      .attribute("valueLength", title: "Value B", width: 7),
      .attribute("sql", title: "SQL", width: 16),
      .key, .value,
    ]
  }

  public var assumptions: [Assumption] {
    [
      Assumption(
        name: "preallocate-limit-bytes", defaultValue: 0,
        explanation: "the configured preallocation, which is a hard cap too; 0 for none"),
      Assumption(
        name: "max-key-bytes", defaultValue: TegDBLimits().keyLength,
        explanation: "the configured longest key: the owner's scan ends at a longer one"),
      Assumption(
        name: "max-value-bytes", defaultValue: TegDBLimits().valueLength,
        explanation: "the configured longest value: the owner's scan ends at a longer one"),
      Assumption(
        name: "inline-value-bytes", defaultValue: TegDBLimits().inlineValueLength,
        explanation: "values up to this are read on open; longer ones are taken without a look"),
    ]
  }

  /// Whether a commit marker follows a record shows only behind it.
  public var rowsNeedWholeScan: Bool { true }

  public var reportsCanBeKept: Bool { true }

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    TegDBWalker()
  }

  /// The fact that tells how many keys are live.
  static let liveKeys = "liveKeys"

  /// All records where there is no commit marker, else those before the last one.
  public func effectiveRange(of segment: SegmentReport) -> Range<UInt64>? {
    guard let tally = TegDBTally(segment.facts) else { return 0..<0 }
    return TegDBOpen.effectiveRange(tally, start: Self.firstRecord(segment.facts))
  }

  /// Where the records start: behind the header, if there is one.
  static func firstRecord(_ facts: [Attribute]) -> UInt64 {
    facts.word("headerStatus") == TegDBHeader.Status.ok.rawValue ? TegDBHeader.length : 0
  }

  // MARK: Recognition

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    entries.compactMap { entry in
      guard entry.kind == .regular else { return nil }
      if TegDBNames.isLog(entry.name) {
        return layout(of: entry.name, in: directory, beside: entries.holdsFile)
      }
      guard let log = TegDBNames.log(ofLeftover: entry.name), !entries.holdsFile(named: log) else {
        return nil
      }
      return layout(of: entry.name, in: directory) { _ in false }
    }
  }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    let found = firstBytes(of: file, in: directory)
    guard TegDBNames.isLog(file) || TegDBNames.log(ofLeftover: file) != nil || found == .magic
    else { return nil }
    return layout(of: file, in: directory, beside: Self.companions(in: directory))
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    let regular = entries.filter { $0.kind == .regular }.map(\.name)
    let primary =
      file ?? regular.first(where: TegDBNames.isLog) ?? regular.first(where: TegDBNames.isLeftover)
    let asked = "Read as tegdb because that was asked for."
    guard let primary else {
      return LogLayout(format: name, recognition: asked, confidence: .forced, segments: [])
    }
    let beside = file == nil ? entries.holdsFile : Self.companions(in: directory)
    var layout = layout(of: primary, in: directory, beside: beside)
    layout.recognition = asked
    layout.confidence = .forced
    return layout
  }

  /// Whether a file is there, for a directory that was not listed.
  private static func companions(in directory: OpenDirectory) -> (FileName) -> Bool {
    { (try? directory.status(of: $0)) != nil }
  }

  private func layout(
    of file: FileName, in directory: OpenDirectory, beside isThere: (FileName) -> Bool
  ) -> LogLayout {
    let (recognition, confidence) = reason(firstBytes(of: file, in: directory), file)
    let isLeftover = TegDBNames.log(ofLeftover: file) != nil
    return LogLayout(
      format: name, recognition: recognition, confidence: confidence,
      segments: [SegmentFile(name: file, id: nil, state: isLeftover ? .unknown : .active)],
      strays: TegDBNames.companions(of: file).filter(isThere).map {
        SegmentFile(name: $0, id: nil, state: .ignored)
      },
      primary: file)
  }

  private func reason(_ found: FirstBytes, _ file: FileName) -> (String, Confidence) {
    let isNamed = TegDBNames.isLog(file)
    return switch found {
    case .magic where isNamed:
      ("The name ends in .teg, and the file starts with the magic.", .certain)
    case .magic: ("The file starts with TegDB's magic; its name does not end in .teg.", .byContent)
    case .records:
      (
        "The name ends in .teg; there is no header, but records from the first byte on: a guess.",
        .byName
      )
    case .nothing: ("The name ends in .teg; the file holds nothing yet.", .byName)
    case .other: ("The name ends in .teg, but the file does not start with the magic.", .byName)
    }
  }

  // MARK: First bytes

  private enum FirstBytes {
    case magic
    /// Records without a header.
    case records
    /// No bytes, or zeros, as far as looked.
    case nothing
    case other
  }

  private func firstBytes(of file: FileName, in directory: OpenDirectory) -> FirstBytes {
    var window = FileWindow(capacity: 1 << 14)
    do throws(FileError) {
      let open = try directory.openFile(file)
      let size = try open.status().size
      try window.load(open, at: 0, end: size)
      if TegDBHeader.hasMagic(window.bytes) { return .magic }
      if window.bytes.isZero { return .nothing }
      var walker = TegDBWalker()
      guard case .records = walker.begin(window.bytes, fileSize: size) else { return .other }
      return .records
    } catch {
      return .other
    }
  }
}

/// How TegDB names its files (format page, sections 5 and 6).
enum TegDBNames {
  /// The name of a log that nobody named.
  static let usual = FileName("db.teg")
  private static let suffix = Array(".teg".utf8)
  private static let leftover = Array(".new".utf8)

  static func isLog(_ name: FileName) -> Bool {
    name.bytes.count > suffix.count && name.bytes.suffix(suffix.count).elementsEqual(suffix)
  }

  /// The log whose compaction left this file behind.
  static func log(ofLeftover name: FileName) -> FileName? {
    guard name.bytes.suffix(leftover.count).elementsEqual(leftover) else { return nil }
    let log = FileName(Array(name.bytes.dropLast(leftover.count)))
    return isLog(log) ? log : nil
  }

  /// What a compaction writes before it takes the log's place.
  static func leftover(of log: FileName) -> FileName { FileName(log.bytes + leftover) }

  static func isLeftover(_ name: FileName) -> Bool { log(ofLeftover: name) != nil }

  /// Files that the owner or its replicator keep beside a log.
  static func companions(of log: FileName) -> [FileName] {
    guard isLog(log) else { return [] }
    let stem = Array(log.bytes.dropLast(suffix.count))
    return [leftover(of: log), state(of: log)]
      + [".stream.tmp", ".snapshot.tmp", ".snapshot.snapshot.tmp.gz"].map {
        FileName(stem + Array($0.utf8))
      }
  }

  /// Where the replicator keeps its state.
  static func state(of log: FileName) -> FileName {
    FileName(Array(log.bytes.dropLast(suffix.count)) + Array(".stream.toml".utf8))
  }
}
