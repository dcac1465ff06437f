import LogFiles

/// The files of a set put together: each base with the segments that go on from it.
struct TgstreamChain {
  /// One base or segment, after it was scanned.
  struct File {
    let report: SegmentReport
    let role: TgstreamRole
    /// Bytes of the database that the file holds; nil where not all of them could be got.
    let length: UInt64?
    /// What was found in them, nil where nothing could be.
    let tally: TegDBTally?

    var name: FileName { report.file.name }

    init(_ report: SegmentReport, _ role: TgstreamRole) {
      self.report = report
      self.role = role
      tally = TegDBTally(report.facts)
      switch role {
      case .base(isCompressed: true), .segment(_, isCompressed: true):
        let isWhole = report.facts.number("compressedEnd") != nil
        length = isWhole ? report.facts.number("uncompressedSize") : nil
      default: length = report.status == nil ? nil : report.fileSize
      }
    }

    /// The bytes of the database that a segment's name promises.
    var range: Range<UInt64> {
      if case .segment(let range, _) = role { range } else { 0..<(length ?? 0) }
    }

    var isCompressed: Bool {
      switch role {
      case .base(let isCompressed), .segment(_, let isCompressed): isCompressed
      case .state, .latest: false
      }
    }

    /// Where in the contents framing fails, for a compressed file.
    var contentsFault: (offset: UInt64, reason: Reason)? {
      guard let offset = report.facts.number("contentsFaultAt"),
        let reason = report.facts.word("contentsFault").flatMap(Reason.init(rawValue:))
      else { return nil }
      return (offset, reason)
    }

    /// All bytes are there, and all of them are records.
    var isSound: Bool {
      length != nil && contentsFault == nil && report.firstInvalid == nil && report.failure == nil
        && report.slack == 0
    }

    /// The end of the last commit in a base, as tgstream finds it: 64 where there is none.
    var lastCommit: UInt64 {
      guard let tally, tally.markers > 0 else { return TegDBHeader.length }
      return tally.lastCommitEnd
    }
  }

  /// One base with what goes on from it.
  struct Line {
    let id: FileName
    var base: File?
    /// In the order of their offsets.
    var segments: [File] = []

    /// Up to where the line holds committed bytes, by the names of its segments.
    var end: UInt64? { segments.last?.range.upperBound ?? base?.lastCommit }
  }

  /// In the order of their ids.
  private(set) var lines: [Line] = []
  let latest: TgstreamNotes?
  let state: TgstreamNotes?
  let latestName: FileName?
  let stateName: FileName?

  init(_ report: LogReport, in directory: OpenDirectory) {
    func notes(_ role: TgstreamRole) -> (TgstreamNotes?, FileName?) {
      let name = report.segments.first { TgstreamRole($0.file.name) == role }?.file.name
      return (name.flatMap { TgstreamNotes.read(role, $0, in: directory) }, name)
    }
    (latest, latestName) = notes(.latest)
    (state, stateName) = notes(.state)
    var places: [FileName: Int] = [:]
    func line(_ id: FileName) -> Int {
      if let place = places[id] { return place }
      lines.append(Line(id: id))
      places[id] = lines.count - 1
      return lines.count - 1
    }
    for segment in report.segments {
      let parts = segment.file.name.parts
      guard let role = TgstreamRole(segment.file.name), let last = parts.last else { continue }
      switch role {
      case .base:
        guard let id = TgstreamNames.base(last)?.id else { continue }
        let place = line(id)
        if lines[place].base == nil { lines[place].base = File(segment, role) }
      case .segment:
        let id = parts.count > 1 ? parts[parts.count - 2] : FileName("")
        lines[line(id)].segments.append(File(segment, role))
      case .state, .latest: continue
      }
    }
    lines.sort { $0.id < $1.id }
  }

  func line(_ id: FileName?) -> Line? { id.flatMap { id in lines.first { $0.id == id } } }

  /// Whether the files of a set are here, and not only one file by itself.
  var isSet: Bool { lines.contains { $0.base != nil && !$0.id.bytes.isEmpty } || latestName != nil }
}
