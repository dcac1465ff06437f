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
          size = try write(file.pieces, into: made, control)
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

  private func write(
    _ pieces: [SalvagedFile.Piece], into file: borrowing NewFile, _ control: ScanControl
  ) throws(NewLogFailure) -> UInt64 {
    var end: UInt64 = 0
    var window = FileWindow()
    for piece in pieces {
      switch piece {
      case .bytes(let bytes):
        do throws(FileError) {
          try file.write(bytes.rawBytes, at: end)
        } catch {
          throw .destination(file.name, error)
        }
        end += UInt64(bytes.count)
      case .copy(let name, let range):
        try copy(range, of: name, into: file, at: end, &window, control)
        end += range.upperBound - range.lowerBound
      }
    }
    return end
  }

  private func copy(
    _ range: Range<UInt64>, of name: FileName, into file: borrowing NewFile, at place: UInt64,
    _ window: inout FileWindow, _ control: ScanControl
  ) throws(NewLogFailure) {
    let source: OpenFile
    do throws(FileError) {
      source = try directory.openFile(name)
    } catch {
      throw .source(name, error)
    }
    var position = range.lowerBound
    while position < range.upperBound {
      if control.isCancelled { throw .stopped }
      do throws(FileError) {
        try window.load(source, at: position, end: range.upperBound)
      } catch {
        throw .source(name, error)
      }
      guard window.count > 0 else {
        throw .refused(reason: "a file of the log was truncated meanwhile", advice: nil)
      }
      do throws(FileError) {
        try file.write(window.bytes, at: place + (position - range.lowerBound))
      } catch {
        throw .destination(file.name, error)
      }
      position += UInt64(window.count)
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
