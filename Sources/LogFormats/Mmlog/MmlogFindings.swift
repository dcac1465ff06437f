public import LogFiles
import Quantities

extension Mmlog {
  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    let rules = MmlogFindings(report, directory)
    return rules.pair + rules.metadata + rules.flags + rules.sizes + rules.contents
  }
}

/// What only mmlog finds worth telling: how the two files fit, and what the owner does then
/// (format page, section 5).
struct MmlogFindings {
  private let report: LogReport
  private let state: MmlogState
  private let directory: OpenDirectory

  /// Gaps that are told one by one.
  private static let limit = 1000

  init(_ report: LogReport, _ directory: OpenDirectory) {
    self.report = report
    self.directory = directory
    state = MmlogState(report)
  }

  private var dataName: FileName? { state.data?.file.name }
  private var fileName: FileName? { state.file?.file.name }
  /// The structure, where the owner would come to read it.
  private var fields: MmlogMetadata? { state.metadata }

  // MARK: The pair

  var pair: [Finding] {
    var findings = report.layout.strays.map { stray in
      Finding(
        .error, .notARegularFile, file: stray.name,
        "a \(stray.kind.words) stands where the data file belongs; it is not opened here",
        explanation: stray.kind == .symbolicLink ? "The owner follows the link." : nil,
        advice: "Open what it points to by its own path, or move it away.")
    }
    if state.reading.status == .missing {
      findings += report.segments.map { data in
        Finding(
          .error, .missingMetadata, file: data.file.name,
          "there is no metadata file: opening this with mmlog wipes the data",
          explanation: "The owner creates the metadata file and cuts the data file to nothing. "
            + "Nothing tells where the data end; zeros at the end count as space here.",
          advice: "Do not open it with mmlog before the metadata file is back.")
      }
    } else if state.data == nil, report.layout.strays.isEmpty {
      findings.append(
        Finding(
          .error, .missingData, file: fileName, "the data file of this metadata is not there",
          explanation: fields.map {
            "By its metadata \(Quantity.bytes($0.cursor)) were written. "
              + "The owner fails with \"data not ready (open)\"."
          }, advice: "Look for the data file in backups."))
    }
    return findings
  }

  // MARK: Metadata

  var metadata: [Finding] {
    let advice = "Rebuild the metadata once no process has the log open; the data are untouched."
    switch state.reading.status {
    case .missing, .unreadable: return []
    case .empty, .short:
      return [
        Finding(
          .error, .unusableMetadata, file: fileName, range: 0..<state.reading.size,
          "the metadata have \(Quantity.count(state.reading.size, "byte")) instead of 32",
          explanation: "Their creator died, or they were cut. The owner fails with \"metadata not "
            + "ready (fstat)\", for ever.", advice: advice)
      ]
    case .versionMismatch:
      return [
        Finding(
          .error, .unusableMetadata, file: fileName, range: 0..<4,
          "the metadata name version \(state.reading.fields?.version ?? 0); only 1 is known",
          explanation: "The owner fails with \"incompatible metadata version\". What the other "
            + "fields mean is not known, so the whole data file is shown.",
          advice: "Do not change it; find the program that wrote it.")
      ]
    case .notReady:
      return [notReady(advice)] + oddFields
    case .ok: return oddFields
    }
  }

  private func notReady(_ advice: String) -> Finding {
    if let holder = holder {
      return Finding(
        .note, .unusableMetadata, file: fileName, range: 4..<5,
        "is_ready is 0; process \(holder) has the log open and may still be creating it")
    }
    return Finding(
      .error, .unusableMetadata, file: fileName, range: 4..<5,
      "is_ready is 0 and no process is seen that has the log open: nobody can open it",
      explanation: "The creator died before it was done. The owner fails with \"metadata not "
        + "ready\".", advice: advice)
  }

  private var oddFields: [Finding] {
    guard let fields else { return [] }
    var findings: [Finding] = []
    if fields.chunkSize == 0 {
      findings.append(
        Finding(
          .error, .chunkSize, file: fileName, range: 28..<32,
          "chunk_size is 0: the next insert kills the process (SIGFPE)",
          explanation: "The owner opens the log, and divides by it when it inserts.",
          advice: "Rebuild the metadata."))
    } else if UInt64(fields.chunkSize) % MmlogOwner.page != 0 {
      findings.append(
        Finding(
          .warning, .chunkSize, file: fileName, range: 28..<32,
          "chunk_size \(Quantity.grouped(fields.chunkSize)) is not a multiple of 4096",
          explanation: "The owner does not check it. Chunks that start off a page cannot be "
            + "mapped, and inserts into them fail.", advice: "Rebuild the metadata."))
    }
    if state.reading.hasOddFlags {
      findings.append(
        Finding(
          .note, .oddMetadata, file: fileName, range: 4..<7,
          "a flag's byte is neither 0 nor 1; the owner takes any byte but 0 for set"))
    }
    if fields.pageSize != 4096 {
      findings.append(
        Finding(
          .note, .oddMetadata, file: fileName, range: 24..<28,
          "page_size is \(Quantity.grouped(fields.pageSize)), not 4096; the owner never reads it"))
    }
    if fields.padding != 0 {
      findings.append(
        Finding(
          .note, .oddMetadata, file: fileName, range: 7..<8,
          "the padding byte is \(fields.padding), not 0; the owner ignores it"))
    }
    if state.reading.size > UInt64(MmlogMetadata.size) {
      findings.append(
        Finding(
          .note, .oddMetadata, file: fileName, range: 32..<state.reading.size,
          "\(Quantity.count(state.reading.size - 32, "byte")) follow the metadata; the owner "
            + "ignores them"))
    }
    return findings
  }

  // MARK: Flags

  var flags: [Finding] {
    guard let fields, state.reading.status == .ok else { return [] }
    var findings: [Finding] = []
    if fields.isLocked {
      if let holder {
        findings.append(
          Finding(
            .note, .growthLock, file: fileName, range: 5..<6,
            "the growth lock is set; process \(holder) has the log open and may be extending it"))
      } else {
        findings.append(
          Finding(
            .warning, .growthLock, file: fileName, range: 5..<6,
            "the growth lock is set and no process is seen that has the log open",
            explanation: "Its holder was killed, or growing failed before. Inserts work until "
              + "the current chunk is full, and then fail; each one leaves a hole.",
            advice: "Clear the flag once it is certain that nobody has the log open."))
      }
    }
    if fields.isPanicked {
      findings.append(
        Finding(
          .warning, .panicked, file: fileName, range: 6..<7,
          "is_panicked is set: extending the data file failed once",
          explanation: "A full disk or a size limit. Inserts that need no growth go on to work; "
            + "the first one that needs it fails and leaves the growth lock set.",
          advice: "Remove the cause, then clear the flag while nobody has the log open."))
    }
    return findings
  }

  /// A process that has one of the files open or mapped for writing.
  private var holder: Int32? {
    let identities = report.segments.compactMap { $0.status?.identity }
    let reports = findHolders(of: Set(identities))
    return reports.values.flatMap(\.holders).first { $0.isWriting }?.pid
  }

  // MARK: Sizes

  var sizes: [Finding] {
    guard let fields, let data = state.data, data.status != nil else { return [] }
    let size = data.fileSize
    var findings: [Finding] = []
    if state.missing > 0, data.beingWrittenBy == nil {
      findings.append(
        Finding(
          .error, .missingBytes, file: dataName, range: size..<size,
          "\(Quantity.bytes(state.missing)) below the cursor are behind the end of the file",
          explanation: "Growing failed, the file was cut, or inserts went to a trimmed file. The "
            + "cursor counts reservations, also those that were never written.",
          advice: "Look at the last lines and the gaps: nothing else tells what was lost."))
    }
    if size < UInt64(fields.chunkSize) {
      findings.append(
        Finding(
          .warning, .recordedSize, file: dataName, range: size..<size,
          "the file is shorter than one chunk of \(Quantity.grouped(fields.chunkSize)) bytes",
          explanation: "The owner cannot open the log: \"data not ready (fstat)\". Trim leaves "
            + "that when little was written.",
          advice: "To append again, extend the file to a chunk first."))
    } else if fields.recordedSize > size {
      findings.append(
        Finding(
          .warning, .recordedSize, file: fileName, range: 8..<16,
          "the recorded size is \(Quantity.bytes(fields.recordedSize - size)) larger than the file",
          explanation: "The file was trimmed or cut. The data are as they were, but the owner does "
            + "not grow the file: the next insert is lost, or kills the process (SIGBUS).",
          advice: "Read it, and do not append before the recorded size is right. See the forecast.")
      )
    } else if fields.recordedSize < size {
      findings.append(
        Finding(
          .note, .recordedSize, file: fileName, range: 8..<16,
          "the file is \(Quantity.bytes(size - fields.recordedSize)) larger than its recorded size",
          explanation: "Something else made it longer, or a process died while it did. The next "
            + "growth may cut it again."))
    }
    return findings
  }

  // MARK: Contents

  var contents: [Finding] {
    report.segments.filter { $0.file.state != .metadata }.flatMap { data in
      gaps(data) + cutLines(data) + behindCursor(data)
    }
  }

  private func gaps(_ data: SegmentReport) -> [Finding] {
    guard let gaps = data.gaps else { return [] }
    let told = gaps.ranges.prefix(Self.limit)
    var findings = told.map { gap(data, $0) }
    if gaps.total > UInt64(told.count) {
      findings.append(
        Finding(
          .error, .gap, file: data.file.name,
          "\(Quantity.grouped(gaps.total - UInt64(told.count))) more gaps"))
    }
    return findings
  }

  private func gap(_ data: SegmentReport, _ range: Range<UInt64>) -> Finding {
    let size = Quantity.bytes(range.upperBound - range.lowerBound)
    guard data.countsRecords else {
      return Finding(
        .error, .gap, file: data.file.name, range: range,
        "\(size) of zeros at \(Quantity.offset(range.lowerBound)): a gap, or data",
        explanation: "Space that was taken and not written reads as zeros, and so do zeros that "
          + "the program wrote. In binary data the two cannot be told apart.")
    }
    return Finding(
      .error, .gap, file: data.file.name, range: range,
      "gap of \(size) at \(Quantity.offset(range.lowerBound)): taken, and never written",
      explanation: "A writer died between its reservation and the copy, an insert failed, or a "
        + "page was lost; what belongs there is gone, and lines that it cuts are marked. Zeros that "
        + "the program wrote itself look the same.")
  }

  private func cutLines(_ data: SegmentReport) -> [Finding] {
    data.observations.filter { $0.code == .unterminatedLine }.map { seen in
      Finding(
        .note, .unterminatedLine, file: data.file.name, range: seen.firstOffset..<seen.firstOffset,
        "\(Quantity.count(seen.records, "line")) without a newline, the first at "
          + Quantity.offset(seen.firstOffset),
        explanation: "Cut by a gap or by the end of the data, or written that way.")
    }
  }

  private func behindCursor(_ data: SegmentReport) -> [Finding] {
    guard data.tail?.kind == .stale,
      let stale = data.ranges.first(where: { $0.kind == .stale })
    else { return [] }
    let end = data.lastDataEnd(in: directory)
    return [
      Finding(
        .error, .bytesAfterEnd, file: data.file.name, range: stale.offset..<end,
        "\(Quantity.bytes(end - stale.offset)) with data stand behind the cursor",
        explanation: "The metadata are older than the data, as after a power loss, or the cursor "
          + "was changed. The next inserts overwrite them, and trim cuts them off.",
        advice: "Keep a copy. If they belong to the log, the cursor should be \(end).")
    ]
  }
}
