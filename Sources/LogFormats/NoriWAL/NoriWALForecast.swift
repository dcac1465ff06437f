public import LogFiles
import Quantities

extension NoriWAL {
  /// The owner has one way to open a log: it recovers each segment by itself, cutting on the way.
  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    var open = NoriWALOpen(report)
    open.run()
    return [NoriWALForecastText(open).forecast]
  }
}

/// What the owner's recovery does to each segment (format page, section 5).
struct NoriWALOpen {
  /// One segment that the owner cuts.
  struct Cut {
    var file: FileName
    var sizeBefore: UInt64
    var sizeAfter: UInt64
    var zeros: UInt64
    var lostRecords: UInt64

    var bytes: UInt64 { sizeBefore - sizeAfter }
    var isOnlyZeros: Bool { zeros == bytes }
  }

  let report: LogReport
  /// Where the report of a segment stands that is not at its own place.
  private lazy var scanned: [FileName: Int] = Dictionary(
    report.segments.files.enumerated().map { ($1.name, $0) },
    uniquingKeysWith: { first, _ in first })
  private let inTheWay: [FileName: FileKind]

  private(set) var cuts: [Cut] = []
  /// Records that the owner counts; those of a segment that is found twice count twice.
  private(set) var keptRecords: UInt64 = 0
  private(set) var lostRecords: UInt64 = 0
  /// Segments that are scanned more than once, and their records.
  private(set) var repeated: [(file: FileName, records: UInt64)] = []
  private(set) var segmentsScanned: UInt64 = 0
  private(set) var lastValid: (id: UInt64, offset: UInt64)?
  private(set) var obstacle: (file: FileName, what: OpenObstacle)?
  /// Some segment was not scanned to its end: figures are of a part.
  private(set) var isPartial = false

  init(_ report: LogReport) {
    self.report = report
    inTheWay = Dictionary(
      report.layout.strays.filter { $0.state != .ignored }.map { ($0.name, $0.kind) },
      uniquingKeysWith: { first, _ in first })
  }

  /// A file that was opened by itself is judged as if it had the name that the owner looks for.
  private var isSingleFile: Bool { report.layout.primary != nil }

  /// Everything that the owner discovers, by ascending id.
  private var discovered: [SegmentFile] {
    let blocking = report.layout.strays.filter { $0.state != .ignored }
    if blocking.isEmpty { return report.layout.segments }
    return (report.layout.segments + blocking).sorted { ($0.id ?? 0) < ($1.id ?? 0) }
  }

  mutating func run() {
    for (place, file) in discovered.enumerated() {
      let name = isSingleFile ? file.name : file.id.map(NoriWALNames.canonical) ?? file.name
      if let segment = segment(named: name, expectedAt: place) {
        recover(report.segments[segment], as: file.id)
      } else {
        block(file, lookedForAs: name)
      }
      if obstacle != nil { return }
    }
  }

  /// Most segments stand where they are looked for, and then no table of all names is needed.
  private mutating func segment(named name: FileName, expectedAt place: Int) -> Int? {
    let files = report.segments.files
    return files.indices.contains(place) && files[place].name == name ? place : scanned[name]
  }

  private mutating func recover(_ segment: SegmentReport, as id: UInt64?) {
    guard segment.failure == nil, segment.verdict != .unreadable else {
      obstacle = (segment.file.name, .unreadableHere)
      return
    }
    if segment.isInterrupted { isPartial = true }
    segmentsScanned += 1
    keptRecords += segment.records
    if segment.records > 0 { lastValid = (id ?? 0, segment.logicalEnd) }
    if segment.file.id != nil, id == lastRecovered {
      repeated.append((segment.file.name, segment.records))
      return
    }
    lastRecovered = id
    guard segment.fileSize > segment.logicalEnd else { return }
    lostRecords += segment.afterDamage.records
    let zeros = segment.ranges.filter { $0.kind == .zeroTail && $0.offset >= segment.logicalEnd }
    cuts.append(
      Cut(
        file: segment.file.name, sizeBefore: segment.fileSize, sizeAfter: segment.logicalEnd,
        zeros: zeros.reduce(0) { $0 + $1.length }, lostRecords: segment.afterDamage.records))
  }

  /// The id that was recovered last: ids come in order, so a repeated one comes at once.
  private var lastRecovered: UInt64?

  private mutating func block(_ file: SegmentFile, lookedForAs name: FileName) {
    if let kind = inTheWay[name] {
      obstacle = (name, OpenObstacle(kind))
    } else if file.name == name {
      // Part of the log, but not scanned.
      isPartial = true
    } else {
      let wanted = String(decoding: name.bytes, as: UTF8.self)
      obstacle = (
        file.name,
        .error(
          "No such file or directory (os error 2)",
          because: "it finds a file of this id under another name, and then looks for \(wanted)")
      )
    }
  }

  /// The size of each segment afterwards, in the order of the report.
  var sizesAfter: [(file: FileName, size: UInt64)] {
    let cut = Dictionary(cuts.map { ($0.file, $0.sizeAfter) }, uniquingKeysWith: min)
    return report.segments.map { ($0.file.name, cut[$0.file.name] ?? $0.fileSize) }
  }
}
