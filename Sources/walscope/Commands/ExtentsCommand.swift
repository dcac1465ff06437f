import LogFiles
import LogFormats
import LogInspection
import Quantities

/// `extents`: where files lie on disk, and what each extent holds.
struct ExtentsCommand {
  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    let path = context.command.operands[0]
    guard let tree = context.open(path, fallsBackToRaw: true) else { return .failed }
    guard tree.logs.contains(where: { !$0.layout.segments.isEmpty }) else {
      context.diagnostics.report(
        path, "it holds no file that could have extents", advice: "check the path")
      return .failed
    }
    var status: ExitStatus = tree.problems.isEmpty && !tree.isTruncated ? .done : .failed
    var isFirst = true
    for log in tree.logs {
      for index in log.layout.segments.indices where context.output.isOpen {
        let name = log.layout.segments[index].name
        let file = tree.namedFile == nil ? path.appending(log.place).appending(name) : path
        do throws(FileError) {
          guard let mapped = try map(log, segment: index, file: file) else { return .interrupted }
          if mapped.report.failure != nil { status = .failed }
          defer { isFirst = false }
          if context.wantsJSON {
            ExtentsJSON(context).write(mapped)
          } else {
            if !isFirst { context.text.line() }
            ExtentsText(context).write(mapped)
          }
        } catch {
          context.diagnostics.report(file, error)
          status = .failed
        }
      }
    }
    return status
  }

  /// Asks for the extents and scans the file; nil after it was interrupted and that was told.
  private func map(_ log: Log, segment index: Int, file: FileName) throws(FileError)
    -> MappedSegment?
  {
    let handle = try log.directory.openFile(log.layout.segments[index].name)
    let extents = handle.extents(sync: context.command.has(.sync))
    let control = ScanControl()
    let scanned = WatchedWork(control: control, progress: context.progressLine()).run {
      log.scanSegment(index, control: control)
    }
    if Interruption.isRequested {
      context.diagnostics.report(file, "interrupted")
      return nil
    }
    return MappedSegment(
      path: file, report: scanned.report, extents: extents,
      fileSystem: (try? handle.fileSystem())?.typeName ?? "unknown file system")
  }
}

/// A segment with the places of its bytes.
struct MappedSegment {
  let path: FileName
  let report: SegmentReport
  let extents: ExtentMap
  let fileSystem: String

  /// What a run of the file's bytes is to the log: kinds of ranges, each with its bytes.
  func contents(of run: Range<UInt64>) -> [(what: String, bytes: UInt64)] {
    var result: [(what: String, bytes: UInt64)] = []
    func add(_ what: String, _ bytes: UInt64) {
      guard bytes > 0 else { return }
      if let index = result.firstIndex(where: { $0.what == what }) {
        result[index].bytes += bytes
      } else {
        result.append((what, bytes))
      }
    }
    // Where nothing is of the format, nothing of it can be damaged.
    let isForeign = report.verdict == .foreign
    for range in report.ranges where range.offset < run.upperBound && range.end > run.lowerBound {
      add(
        isForeign && range.kind == .damage ? RangeKind.unknown.rawValue : Self.word(for: range),
        min(range.end, run.upperBound) - max(range.offset, run.lowerBound))
    }
    if run.upperBound > report.fileSize {
      add("past-the-end", run.upperBound - max(run.lowerBound, report.fileSize))
    }
    return result
  }

  static func word(for range: ByteRange) -> String {
    switch range.kind {
    case .records: range.isFoundByResync ? "found-by-resync" : "log"
    default: range.kind.rawValue
    }
  }
}
