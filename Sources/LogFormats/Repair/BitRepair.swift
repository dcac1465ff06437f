import LogFiles
import Quantities

/// Flips bits back where a checksum tells which one is wrong: a conclusion, not a proof.
struct BitRepair {
  let format: any LogFormat
  let report: LogReport
  let directory: OpenDirectory
  /// Whether a record of this kind has a checksum that can tell.
  var isProtected: (_ kind: UInt8) -> Bool = { _ in true }

  /// One step for each segment that one flipped bit explains.
  ///
  /// - Throws: `RepairRefusal`.
  func steps(for name: FileName?) throws(RepairRefusal) -> [RepairStep] {
    let segments = try report.segments(named: name)
    var steps: [RepairStep] = []
    for segment in segments {
      if let step = try step(for: segment) { steps.append(step) }
    }
    guard steps.isEmpty else { return steps }
    if segments.contains(where: { $0.firstInvalid != nil }) {
      throw RepairRefusal(
        .impossible, "no single bit explains the damage", advice: RepairRefusal.salvageAdvice)
    }
    throw RepairRefusal(.nothingToDo, "every record that has a checksum agrees with it")
  }

  /// The step that flips the bit back which explains the first damage of a segment; nil where none
  /// does.
  ///
  /// - Throws: `RepairRefusal` when the file cannot be read.
  func step(for segment: SegmentReport) throws(RepairRefusal) -> RepairStep? {
    guard segment.verdict != .foreign, let invalid = segment.firstInvalid,
      let flip = invalid.bitFlip
    else { return nil }
    do throws(RecordSourceError) {
      guard let byte = try byte(at: flip.offset, of: segment) else { return nil }
      let change = FileChange.write([byte ^ 1 << UInt8(flip.bit)], at: flip.offset)
      guard try isAcceptable(segment, from: invalid.offset - invalid.fault.offset, after: change)
      else { return nil }
      return RepairStep(
        segment.file.name, change,
        "flips bit \(flip.bit) of the byte at \(Quantity.offset(flip.offset)) back: with it alone the checksum agrees"
      )
    } catch {
      throw .unreadable(segment.file, error)
    }
  }

  /// Refuses to let a segment's last record go when one bit explains what is wrong with it.
  ///
  /// - Throws: `RepairRefusal`.
  func requireNoFlip(in segments: [SegmentReport]) throws(RepairRefusal) {
    for segment in segments where try step(for: segment) != nil {
      throw RepairRefusal(
        .unsafe, "one flipped bit explains the last record of \(segment.file.title)",
        advice:
          "flip it back: walscope repair-bit LOG; or let it go: walscope truncate FILE --at last-valid"
      )
    }
  }

  private func byte(at offset: UInt64, of segment: SegmentReport) throws(RecordSourceError)
    -> UInt8?
  {
    var source = try source(of: segment)
    return try source.bytes(at: offset, limit: 1).first
  }

  /// Whether a protected record stands at `start` after the change.
  private func isAcceptable(_ segment: SegmentReport, from start: UInt64, after change: FileChange)
    throws(RecordSourceError) -> Bool
  {
    let changed: OpenDirectory
    do throws(FileError) {
      changed = try directory.asIfChanged(by: [(segment.file.name, change)])
    } catch {
      throw .file(error)
    }
    var isAcceptable = false
    try SegmentCut.walk(segment, format.walker(for: segment.file, in: changed), changed) {
      (walk) throws(RecordSourceError) in
      if case .record(_, let kind) = try walk.frame(at: start) { isAcceptable = isProtected(kind) }
    }
    return isAcceptable
  }

  private func source(of segment: SegmentReport) throws(RecordSourceError) -> RecordSource {
    do throws(FileError) {
      return RecordSource(try directory.openFile(segment.file.name), end: segment.fileSize)
    } catch {
      throw .file(error)
    }
  }
}
