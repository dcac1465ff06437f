import LogFiles
import LogFormats
import LogInspection

/// The log of a cell, which all variants read.
struct ScannedLog {
  private let log: Log
  /// Whether records are looked for behind damage in it.
  private(set) var isSearched = false
  /// Bytes of its files.
  let size: UInt64

  /// Opens the log, after it was made when it is not there yet.
  ///
  /// - Throws: `LabFailure`.
  init(_ turn: LabTurn) throws(LabFailure) {
    guard let format = turn.cell.text("format").flatMap(FormatRegistry.format(named:)),
      format.canMake
    else { throw LabFailure(.unsupported, "logs of this format cannot be made") }
    let kind = turn.cell.text("kind")
    let name = FileName(
      "\(format.name)-\(turn.cell.integer("valueSize"))" + (kind.map { "-\($0)" } ?? ""))
    let path = turn.laboratory.path.appending(name)
    if (try? turn.laboratory.directory.status(of: name)) == nil {
      turn.reporter.enter(.preparing)
      try Self.make(format, name, turn)
    }
    try self.init(path, format: format.name)
  }

  /// Opens the hostile file of a cell, after it was made when it is not there yet.
  ///
  /// - Throws: `LabFailure`.
  init(hostile turn: LabTurn, size: UInt64) throws(LabFailure) {
    guard let format = turn.cell.text("format"),
      let contents = turn.cell.text("contents").flatMap(HostileContents.init(rawValue:)),
      let file = HostileFile(format: format, contents, size: Int(clamping: size))
    else { throw LabFailure(.unsupported, "these contents mean nothing in this format") }
    let name = FileName("\(format)-\(contents.rawValue)")
    if (try? turn.laboratory.directory.status(of: name)) == nil {
      turn.reporter.enter(.preparing)
      let laboratory = turn.laboratory
      try inLab { () throws(FileError) in
        let directory = try laboratory.directory.makeDirectory(name)
        try Self.write(file, in: directory)
      }
    }
    try self.init(turn.laboratory.path.appending(name), format: format)
    isSearched = file.isSearched
  }

  private static func write(_ file: HostileFile, in directory: OpenDirectory) throws(FileError) {
    let made = try directory.makeFile(FileName(file.name))
    var size: UInt64 = 0
    try file.forEachPiece { (piece) throws(FileError) in
      try made.write(piece.rawBytes, at: size)
      size += UInt64(piece.count)
    }
    try bringToRest(made.name, in: directory)
    if let (name, bytes) = file.companion(ofSize: size) {
      try directory.makeFile(FileName(name)).write(bytes.rawBytes, at: 0)
      try bringToRest(FileName(name), in: directory)
    }
  }

  /// Gives a file a time of change that is long ago. Damage in one that has just changed may be a
  /// record that is being written: then a check waits and searches once more, and all of that would
  /// be measured.
  private static func bringToRest(_ name: FileName, in directory: OpenDirectory)
    throws(FileError)
  {
    try directory.openForChange(name).setModified(Timestamp(seconds: 0, nanoseconds: 0))
  }

  private init(_ path: FileName, format: String) throws(LabFailure) {
    do throws(OpenFailure) {
      guard let found = try LogTree.open(path, format: format).logs.first else {
        throw OpenFailure.notALog
      }
      log = found
    } catch {
      throw LabFailure(.failed, "the log that was made cannot be opened")
    }
    var size: UInt64 = 0
    for index in log.layout.segments.indices {
      size += (try? log.status(ofSegment: index))?.size ?? 0
    }
    self.size = size
  }

  private static func make(_ format: any LogFormat, _ name: FileName, _ turn: LabTurn)
    throws(LabFailure)
  {
    var recipe = LogRecipe()
    let size = Int(turn.cell.integer("valueSize"))
    recipe.records = UInt64(turn.operations)
    recipe.valueSizes = size...size
    // One kind of work at a time: no transactions, and compressed values only by themselves.
    if let kind = turn.cell.text("kind") ?? format.kinds.first { recipe.kinds = [kind] }
    recipe.segmentSize = 32 << 20
    let laboratory = turn.laboratory
    let directory = try inLab { () throws(FileError) in
      try laboratory.directory.makeDirectory(name)
    }
    do throws(MakeError) {
      _ = try format.make(recipe, in: directory) { _ in !turn.control.isStopped }
    } catch {
      switch error {
      case .stopped: throw .stopped
      case .file(let error): throw LabFailure(error)
      default: throw LabFailure(.failed, error.message)
      }
    }
  }

  /// Reads all files once, with one checksum pass.
  func readOnce() throws(FileError) {
    var window = FileWindow()
    for segment in log.layout.segments {
      let file = try log.directory.openFile(segment.name)
      let end = try file.status().size
      var checksum: UInt32 = 0
      var offset: UInt64 = 0
      while offset < end {
        try window.load(file, at: offset, end: end)
        checksum = CRC32C.checksum(window.bytes, continuing: checksum)
        offset += UInt64(window.count)
      }
    }
  }

  /// Searches all records for what is in none of them, and answers how many there are.
  ///
  /// - Throws: `LabFailure` when it is stopped, or finds something.
  func search(_ control: LabControl) throws(LabFailure) -> UInt64 {
    guard let pattern = try? SearchPattern("x:00 ff 00 fe 00 fd 00 fc") else {
      throw LabFailure(.failed, "the pattern cannot be read")
    }
    var records: UInt64 = 0
    for segment in log.layout.segments.indices {
      let log = log
      let (found, count) = try inLab { () throws(FileError) in
        let rows = try StreamedRows(log, segment: segment, isCancelled: { control.isStopped })
        var found = false
        try rows.forEachMatch(of: pattern, previewLimit: 0, searching: { _ in }) { _ in
          found = true
          return false
        }
        return (found, rows.report?.records ?? 0)
      }
      if control.isStopped { throw .stopped }
      guard !found else { throw LabFailure(.failed, "the log holds what should be nowhere") }
      records += count
    }
    return records
  }

  /// Scans the log, whatever is in it, and judges it. `control` counts the bytes that it passes.
  func check(threads: Int = 1, _ control: ScanControl = ScanControl()) -> LogReport {
    log.scan(threads: threads, control: control)
  }

  /// Scans the log, and answers how many records it has.
  ///
  /// - Throws: `LabFailure` when it is stopped, or finds damage.
  func scan(threads: Int, _ control: LabControl) throws(LabFailure) -> UInt64 {
    let report = log.scan(threads: threads)
    guard report.verdict != .damaged else {
      throw LabFailure(.failed, "the log that was made is damaged")
    }
    return report.segments.reduce(0) { $0 + $1.records }
  }
}
