public import LogFiles
import Quantities

extension TegDB {
  public func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal)
    -> Salvage
  {
    guard let segment = report.segments.first else {
      throw RepairRefusal(.impossible, "there is no file to copy records from")
    }
    var salvage = TegDBSalvage(segment, directory)
    return try salvage.run()
  }
}

/// Puts the records of all stretches of a file one behind the other into a new file of version 2.
///
/// That is what the owner would read were the damage not there: all records before the last commit
/// marker count, and what follows it stays what it was, not committed. Nothing is sorted out: a
/// transaction has no number by which a record could be told to belong to it.
struct TegDBSalvage {
  private let segment: SegmentReport
  private let directory: OpenDirectory
  private var pieces: [SalvagedFile.Piece] = []
  private var gaps: [Salvage.Gap] = []
  private var length: UInt64 = TegDBHeader.length
  private var records: UInt64 = 0
  private var markers: UInt64 = 0
  /// Zeros behind the last record that was taken, of which it is not yet known what follows them.
  private var zeros: Range<UInt64>?
  private var name: FileName { segment.file.name }

  init(_ segment: SegmentReport, _ directory: OpenDirectory) {
    self.segment = segment
    self.directory = directory
  }

  mutating func run() throws(RepairRefusal) -> Salvage {
    do throws(RecordSourceError) {
      if segment.ranges.contains(where: { $0.kind == .records }) {
        try takeRanges()
      } else {
        try takeWithoutHeader()
      }
    } catch {
      throw .unreadable(segment.file, error)
    }
    guard records > 0 else {
      throw RepairRefusal(.impossible, "the file holds no record that could be copied out")
    }
    takeCutMarker()
    noteMissingMarkers()
    let header = SalvagedFile.Piece.bytes(try header())
    let file = SalvagedFile(TegDBNames.opened(name), pieces: [header] + pieces)
    return Salvage(files: [file], gaps: gaps)
  }

  // MARK: Records

  private mutating func takeRanges() throws(RecordSourceError) {
    var walk = try RecordWalk.of(segment, TegDBWalker(), in: directory)
    for range in segment.ranges {
      switch range.kind {
      case .records:
        let end = try take(range.offset..<range.end, &walk)
        if end < range.end {
          gaps.append(Salvage.Gap(name, end..<range.end, "the bytes changed after the scan"))
        }
      case .header, .zeroTail: break
      case .damage, .stale, .padding, .unknown:
        gaps.append(Salvage.Gap(name, range.offset..<range.end, Self.reason(range)))
      }
      if range.kind != .zeroTail { settleZeros(isAtEnd: false) }
    }
    settleZeros(isAtEnd: true)
  }

  private static func reason(_ range: ByteRange) -> String {
    switch (range.kind, range.reason) {
    case (.padding, _): "zeros where records belong"
    case (.unknown, .unreadable?): "the bytes could not be read"
    case (.unknown, _): "there are too many damaged places to tell them all apart"
    default: "no well-formed record is there"
    }
  }

  /// Takes the records of a file whose header cannot be used as if the header were whole, where
  /// they lead to a commit marker or to the end of the data: chance does not do that.
  private mutating func takeWithoutHeader() throws(RecordSourceError) {
    guard segment.fileSize > TegDBHeader.length else { return }
    var walk = try RecordWalk.of(segment, TegDBWalker(), in: try withHeader())
    let end = try take(TegDBHeader.length..<segment.fileSize, &walk)
    settleZeros(isAtEnd: true)
    guard markers > 0 || (records > 1 && end == segment.fileSize) else {
      records = 0
      return
    }
    gaps.insert(
      Salvage.Gap(
        name, 0..<TegDBHeader.length,
        "the header is not one of TegDB that is known; the records behind it are taken for version 2"
      ), at: 0)
    if end < segment.fileSize {
      gaps.append(
        Salvage.Gap(
          name, end..<segment.fileSize,
          "what is there was not searched, because the header is damaged"))
    }
  }

  /// The directory as if the file had a header.
  private func withHeader() throws(RecordSourceError) -> OpenDirectory {
    do throws(FileError) {
      return try directory.asIfChanged(
        by: [(name, .write(TegDBHeader.fresh(validDataEnd: segment.fileSize), at: 0))])
    } catch {
      throw .file(error)
    }
  }

  private mutating func take(_ range: Range<UInt64>, _ walk: inout RecordWalk)
    throws(RecordSourceError) -> UInt64
  {
    try walk.forEachStep(in: range) { take($0) }
  }

  private mutating func take(_ step: TegDBStep) {
    if step.isZeros {
      let start = zeros?.lowerBound ?? step.range.lowerBound
      zeros = start..<step.range.upperBound
      return
    }
    settleZeros(isAtEnd: false)
    append(step.range)
    if step.isMarker { markers += 1 }
  }

  private mutating func append(_ range: Range<UInt64>) {
    records += 1
    length += range.upperBound - range.lowerBound
    if case .copy(let file, let last) = pieces.last, last.upperBound == range.lowerBound {
      pieces[pieces.count - 1] = .copy(file, last.lowerBound..<range.upperBound)
    } else {
      pieces.append(.copy(name, range))
    }
  }

  /// Eight zeros are a delete of the empty key. More are space, of which the owner reads the first
  /// eight as such a delete all the same, so that this one is kept, unless nothing commits it.
  private mutating func settleZeros(isAtEnd: Bool) {
    guard let run = zeros else { return }
    zeros = nil
    let pair = TegDBWalker.lengthsLength
    let isSpace = run.upperBound - run.lowerBound > pair
    let isKept = !isSpace || !isAtEnd || (markers == 0 && segment.facts.number("version") == 2)
    let start = run.lowerBound + (isKept ? pair : 0)
    if isKept { append(run.lowerBound..<start) }
    if isSpace {
      gaps.append(
        Salvage.Gap(name, start..<run.upperBound, "zeros, which count as deletes of the empty key"))
    }
  }

  // MARK: Transactions

  /// The owner takes a commit marker that the end of the file cuts for whole.
  private mutating func takeCutMarker() {
    guard let tally = TegDBTally(segment.facts), case .marker = tally.acceptedCut,
      tally.undone > 0, segment.afterDamage.records == 0
    else { return }
    let marker = TegDBRecord.marker
    pieces.append(.bytes(marker))
    length += UInt64(marker.count)
    markers += 1
  }

  private mutating func noteMissingMarkers() {
    guard markers == 0, let index = gaps.firstIndex(where: { !$0.range.isEmpty }),
      segment.firstInvalid != nil
    else { return }
    gaps[index].reason +=
      "; whether a commit marker stood there is not known, and without any each record counts"
  }

  // MARK: Header

  /// The old header where it can be read, as version 2 with the end of the new file.
  private func header() throws(RepairRefusal) -> [UInt8] {
    let fresh = TegDBHeader.fresh(validDataEnd: length)
    guard segment.facts.word("headerStatus") == TegDBHeader.Status.ok.rawValue else { return fresh }
    do throws(FileError) {
      var window = FileWindow(capacity: Int(TegDBHeader.length))
      let file = try directory.openFile(name)
      try window.load(file, at: 0, end: TegDBHeader.length)
      var old: [UInt8] = []
      old.append(window.bytes, limit: fresh.count)
      guard old.count == fresh.count else { return fresh }
      let version = Int(TegDBHeader.versionOffset)..<Int(TegDBHeader.versionOffset) + 2
      let dataEnd = Int(TegDBHeader.dataEndOffset)..<Int(TegDBHeader.dataEndOffset) + 8
      for field in [version, dataEnd] { old.replaceSubrange(field, with: fresh[field]) }
      return old
    } catch {
      throw .unreadable(segment.file, error)
    }
  }
}

extension TegDBNames {
  /// The name under which the owner opens what this file holds: it takes no other ending.
  static func opened(_ name: FileName) -> FileName {
    if isLog(name) { return name }
    return log(ofLeftover: name) ?? FileName(name.bytes + Array(".teg".utf8))
  }
}
