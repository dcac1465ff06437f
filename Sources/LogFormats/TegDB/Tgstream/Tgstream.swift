public import LogFiles

/// A backup set of tgstream, the replicator of TegDB: bases, segments, and what it notes about
/// them. `Tgstream.md` beside this file describes it.
///
/// The set lies below a directory of the database's name; the state file lies beside the database.
/// Where both are under one directory they make one log.
public struct Tgstream: LogFormat {
  public init() {}

  public var name: String { "tgstream" }
  public var summary: String { "backup sets of TegDB: bases, segments, state" }
  public var owner: String { "the replicator tgstream 0.5" }
  public var evidence: Evidence { .structure }
  public var kinds: [String] { TegDBWalker.kinds + [TgstreamGzipWalker.kindWord] }

  public var columns: [RecordColumn] {
    [
      .attribute("transaction", title: "Tx", width: 9),
      .attribute("databaseOffset", title: "In database", width: 11),
      .attribute("valueLength", title: "Value B", width: 7),
      .key, .value,
    ]
  }

  public var assumptions: [Assumption] { [] }
  public var rowsNeedWholeScan: Bool { true }

  public func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    guard let role = TgstreamRole(segment.name) else { return TegDBWalker() }
    switch role {
    case .state, .latest: return TgstreamNotesWalker(role)
    case .base(isCompressed: true), .segment(_, isCompressed: true):
      return TgstreamGzipWalker(role)
    case .base, .segment: return Self.plainWalker(role)
    }
  }

  /// For the bytes of a database, with or without its header.
  static func plainWalker(_ role: TgstreamRole?) -> TegDBWalker {
    if case .segment(let range, _) = role {
      TegDBWalker(stretchStart: range.lowerBound)
    } else {
      TegDBWalker()
    }
  }

  // MARK: Recognition

  public func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    let states = entries.filter { $0.kind == .regular && TgstreamNames.isState($0.name) }
    let here = TgstreamSet(in: directory, entries: entries)
    if states.isEmpty { return here.map { [layout($0, state: nil)] } ?? [] }
    return states.enumerated().map { number, state in
      // A set that the state was copied into has no name of its own.
      let set = number == 0 ? here : nil
      return layout(set ?? self.set(of: state.name, below: directory), state: state.name)
    }
  }

  public func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    guard let role = TgstreamRole(file) else { return nil }
    switch role {
    case .state, .latest:
      let entries = (try? directory.entries()) ?? []
      let found = logs(in: directory, entries: entries).first { layout in
        layout.segments.contains { $0.name == file }
      }
      return found ?? (role == .state ? alone(file) : nil)
    case .base, .segment: return alone(file)
    }
  }

  public func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    var layout: LogLayout
    if let file {
      layout = log(ofFile: file, in: directory) ?? alone(file)
    } else {
      layout =
        logs(in: directory, entries: entries).first
        ?? LogLayout(
          format: name, recognition: "No set is here.", confidence: .byName, segments: [])
    }
    layout.recognition = "Read as tgstream because that was asked for. " + layout.recognition
    layout.confidence = .forced
    return layout
  }

  /// The set that a state file belongs to, as far as one lies below.
  private func set(of state: FileName, below directory: OpenDirectory) -> TgstreamSet? {
    let notes = TgstreamNotes.read(.state, state, in: directory)
    let path = notes?.text("db_path").flatMap { FileName($0).parts.last }
    let names = [path, TgstreamNames.database(ofState: state)].compactMap { $0 }
    for name in names where name.isEntryName {
      if let set = TgstreamSet.find(of: name, below: directory) { return set }
    }
    return nil
  }

  private func alone(_ file: FileName) -> LogLayout {
    let role = TgstreamRole(file)
    let state: SegmentState = role == .state || role == .latest ? .metadata : .unknown
    return LogLayout(
      format: name,
      recognition: "The name is that of a file of a backup set; the set is not looked at.",
      confidence: .byName, segments: [SegmentFile(name: file, id: nil, state: state)],
      primary: file)
  }

  private func layout(_ set: TgstreamSet?, state: FileName?) -> LogLayout {
    var segments: [SegmentFile] = []
    if let set {
      let bases = Set(set.bases.map(\.id))
      segments += set.bases.map { SegmentFile(name: $0.name, id: nil, state: .sealed) }
      segments += set.segments.map {
        SegmentFile(
          name: $0.name, id: $0.range.lowerBound,
          state: bases.contains($0.base) ? .sealed : .ignored)
      }
      if let latest = set.latest {
        segments.append(SegmentFile(name: latest, id: nil, state: .metadata))
      }
    }
    if let state { segments.append(SegmentFile(name: state, id: nil, state: .metadata)) }
    var layout = LogLayout(
      format: name, recognition: Self.reason(set, state), confidence: .byName, segments: segments,
      strays: set?.strays ?? [], primary: state)
    if let set, set.latest != nil, !set.bases.isEmpty { layout.confidence = .certain }
    if let set, !set.place.bytes.isEmpty { layout.includes = [set.place] }
    return layout
  }

  private static func reason(_ set: TgstreamSet?, _ state: FileName?) -> String {
    let found = "base and segment files of a backup set are named as tgstream names them"
    return switch (set, state) {
    case (nil, _): "The name ends in .stream.toml; the set that it is about is not below."
    case (_?, nil): "Below base/ and segments/, " + found + "."
    case (_?, _?): "The name of the state file ends in .stream.toml; below, " + found + "."
    }
  }
}
