public import LogFiles
public import LogFormats
public import LogInspection

/// What a salvage has made.
public struct SalvagedLog: Sendable {
  /// The files of the new log and their sizes in bytes.
  public var files: [(name: FileName, size: UInt64)]
  /// Bytes of the old log that are left behind though they may have held records.
  public var gaps: [Salvage.Gap]
  /// Bytes of the old log in the new one, and what of them may be damage.
  public var bytesCopied: UInt64
  public var gapsTakenAlong: GapList
  /// The new log, scanned.
  public var report: LogReport
  /// Acceptable records of the old log, by the walk or by resync, and those of the new one; nil where
  /// their data have none.
  public var recordsFound: UInt64?
  public var recordsSaved: UInt64?
}

extension Log {
  /// Copies every record that can be had, on both sides of damage, into a new log in a new
  /// directory, and scans that.
  ///
  /// - Throws: `NewLogFailure`; what was made is removed again.
  public func salvage(
    _ report: LogReport, to destination: FileName, assuming: [String: UInt64] = [:],
    control: ScanControl = ScanControl()
  ) throws(NewLogFailure) -> SalvagedLog {
    let salvage: Salvage
    do throws(RepairRefusal) {
      salvage = try format.salvage(
        tellingRangesApart(in: report, control: control), in: directory)
    } catch {
      throw .refused(reason: error.reason, advice: error.advice)
    }
    let new = try NewLog(at: destination, calls: directory.systemCalls)
    do throws(NewLogFailure) {
      var files: [(name: FileName, size: UInt64)] = []
      for file in salvage.files {
        var size: UInt64 = 0
        try new.make(file.name) { (made) throws(NewLogFailure) in
          var writer = PieceWriter(from: directory, control)
          size = try writer.write(file.pieces, into: made)
        }
        files.append((file.name, size))
      }
      try new.finish()
      let saved = try scanned(destination, assuming: assuming, control)
      return SalvagedLog(
        files: files, gaps: salvage.gaps, bytesCopied: salvage.bytesCopied,
        gapsTakenAlong: salvage.gapsTakenAlong, report: saved,
        recordsFound: report.segments.countedRecords,
        recordsSaved: saved.segments.countedRecords)
    } catch {
      new.discard()
      throw error
    }
  }

  private func scanned(
    _ destination: FileName, assuming: [String: UInt64], _ control: ScanControl
  ) throws(NewLogFailure) -> LogReport {
    let tree: LogTree
    do throws(OpenFailure) {
      tree = try LogTree.open(destination, format: format.name, calls: directory.systemCalls)
    } catch {
      throw .refused(reason: "the new log is not recognised as one", advice: nil)
    }
    guard let log = tree.logs.first else {
      throw .refused(reason: "the new log is not recognised as one", advice: nil)
    }
    let report = log.scan(control: control, assuming: assuming)
    if control.isCancelled { throw .stopped }
    return report
  }
}
