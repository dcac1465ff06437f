public import LogFiles
import Quantities

extension Mmlog {
  public func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    let rules: MmlogRepair
    let steps: [RepairStep]
    switch action {
    case .recover:
      rules = try MmlogRepair(report, directory)
      steps = try rules.recover()
    case .truncate(let file, let place):
      rules = try MmlogRepair(report, directory, asked: file)
      steps = try rules.truncate(at: place)
    case .finalize(let file):
      rules = try MmlogRepair(report, directory, asked: file)
      steps = try rules.finalize()
    case .deleteBefore:
      throw RepairRefusal(
        .impossible,
        "an mmlog is one file whose cursor counts from its first byte: nothing can go "
          + "before a position")
    case .repairBit:
      throw RepairRefusal(
        .impossible, "mmlog has no checksums, so that nothing tells which bit is wrong")
    }
    try rules.requireNoWriter()
    return steps
  }
}

/// The repairs of one pair of files (format page, section 5).
///
/// The metadata are always written before the data file is changed: a recorded size that is too
/// small does no harm, while one that is too large loses the next insert. A data file that is too
/// short for its owner is made longer last, so that nobody can open it before all is right.
struct MmlogRepair {
  private let report: LogReport
  private let state: MmlogState
  private let data: SegmentReport
  private let directory: OpenDirectory
  /// The metadata as they are on disk, nil where there are none of version 1.
  private let metadata: MmlogMetadata?
  private var name: FileName { data.file.name }
  private var metadataName: FileName { MmlogNames.metadata(ofData: name) }
  private var size: UInt64 { data.fileSize }

  init(_ report: LogReport, _ directory: OpenDirectory, asked: FileName? = nil)
    throws(RepairRefusal)
  {
    self.report = report
    self.directory = directory
    state = MmlogState(report)
    guard let data = state.data, data.status != nil else {
      throw RepairRefusal(
        .impossible, "the data file is not there, and the metadata hold none of its bytes")
    }
    self.data = data
    guard report.segments.filter({ $0.file.state != .metadata }).count == 1 else {
      throw RepairRefusal(
        .impossible, "several files without metadata are no log", advice: "name one data file")
    }
    guard asked == nil || asked == data.file.name else {
      throw RepairRefusal(.impossible, "only the data file of the log can be cut")
    }
    metadata = try Self.metadata(of: data.file.name, state, in: directory)
  }

  /// Reads the metadata afresh: the report keeps their meaning, and not each byte.
  private static func metadata(
    of data: FileName, _ state: MmlogState, in directory: OpenDirectory
  ) throws(RepairRefusal) -> MmlogMetadata? {
    switch state.reading.status {
    case .unreadable:
      throw RepairRefusal(
        .impossible, "what stands where the metadata file belongs cannot be read as a file",
        advice: "move it away first")
    case .versionMismatch: throw unknownVersion(state)
    case .notReady where !isUnfinished(state.reading) && state.metadata == nil:
      throw unknownVersion(state)
    case .missing, .empty, .short, .notReady, .ok: break
    }
    let now = MmlogMetadataReading.read(MmlogNames.metadata(ofData: data), in: directory)
    guard now.status == state.reading.status, now.usable?.cursor == state.metadata?.cursor,
      now.usable?.recordedSize == state.metadata?.recordedSize, !now.isChanging
    else {
      throw RepairRefusal(.unsafe, "the metadata are changing: somebody writes to the log")
    }
    return now.usable
  }

  /// Whether the creator died before it wrote anything but the size of the file.
  private static func isUnfinished(_ reading: MmlogMetadataReading) -> Bool {
    reading.fields.map { $0.bytes.allSatisfy { $0 == 0 } } ?? false
  }

  private static func unknownVersion(_ state: MmlogState) -> RepairRefusal {
    RepairRefusal(
      .impossible,
      "the metadata name version \(state.reading.fields?.version ?? 0), and what that means is not known",
      advice: RepairRefusal.salvageAdvice)
  }

  /// A process that writes moves the cursor while it is being mended, and may hold the growth lock
  /// by right.
  func requireNoWriter() throws(RepairRefusal) {
    let identities = Set(report.segments.compactMap { $0.status?.identity })
    let writer = findHolders(of: identities).values.flatMap(\.holders).first { $0.isWriting }
    guard let writer else { return }
    throw RepairRefusal(
      .unsafe, "process \(writer.pid) has the log open for writing", advice: "stop it first")
  }

  // MARK: Recover

  func recover() throws(RepairRefusal) -> [RepairStep] {
    try requireNothingBehindCursor()
    var wanted = MmlogMetadata()
    if let metadata { wanted = metadata }
    wanted.ready = 1
    wanted.locked = 0
    wanted.panicked = 0
    wanted.chunkSize = chunkSize
    wanted.cursor = cursor
    wanted.recordedSize = max(size, UInt64(wanted.chunkSize))
    let steps = metadataSteps(wanted) + growth(to: wanted.recordedSize)
    if steps.isEmpty { throw nothingToRecover }
    return steps
  }

  private var nothingToRecover: RepairRefusal {
    guard let gaps = data.gaps, gaps.total > 0 else {
      return RepairRefusal(.nothingToDo, "the data file and its metadata agree")
    }
    return RepairRefusal(
      .nothingToDo,
      "the data file and its metadata agree; \(Quantity.count(gaps.total, "gap")) in the data "
        + "cannot be filled", advice: "salvage copies what stands around them into a new log")
  }

  /// Whether those bytes are data or remains only the user can know.
  private func requireNothingBehindCursor() throws(RepairRefusal) {
    guard metadata != nil, data.ranges.contains(where: { $0.kind == .stale }) else { return }
    let end = data.lastDataEnd(in: directory)
    throw RepairRefusal(
      .unsafe,
      "\(Quantity.bytes(end - data.logicalEnd)) with data stand behind the cursor: they are "
        + "overwritten if the cursor stays, and kept if it moves",
      advice: "choose with truncate: at \(end) keeps them, at last-valid drops them")
  }

  /// The end of the data.
  private var cursor: UInt64 {
    if let metadata, metadata.cursor <= size { return metadata.cursor }
    // Zeros at the end of a text are none of its bytes; of other data they may be.
    guard data.countsRecords else { return size }
    guard let gap = data.gaps?.last, gap.upperBound == size else {
      return metadata == nil ? data.logicalEnd : size
    }
    return gap.lowerBound
  }

  /// The chunk size that stands there, or one that fits the file where that one cannot be.
  private var chunkSize: UInt32 {
    guard let metadata, MmlogChunk.isUsable(metadata, dataSize: size) else {
      return MmlogChunk.size(forData: size)
    }
    return metadata.chunkSize
  }

  // MARK: Truncate and finalize

  func truncate(at place: CutPoint) throws(RepairRefusal) -> [RepairStep] {
    let metadata = try requireSound()
    let end = min(metadata.cursor, size)
    let target: UInt64
    switch place {
    case .lastValid: target = end
    case .offset(let offset):
      target = offset
      let last = max(end, data.lastDataEnd(in: directory))
      guard offset <= last else {
        throw RepairRefusal(
          .impossible, "nothing but zeros stands between the end of the data and that offset",
          advice: "the data end at \(last)")
      }
    case .record: throw RepairRefusal(.impossible, "the number of a line is not an offset")
    }
    let shortest = max(target, UInt64(metadata.chunkSize))
    var wanted = metadata
    wanted.cursor = target
    wanted.recordedSize = shortest
    var steps = metadataSteps(wanted)
    // The file must keep a chunk, in which nothing may stand behind the cursor.
    let last = min(size, shortest)
    if target < last, data.lastDataEnd(in: directory) > target {
      steps.append(
        RepairStep(name, .zero(target..<last), "makes zeros of what stands behind the new end"))
    }
    steps += cut(to: shortest, "cuts the data file off") + growth(to: shortest)
    if steps.isEmpty {
      throw RepairRefusal(.nothingToDo, "the log ends there, and its metadata say so")
    }
    return steps
  }

  func finalize() throws(RepairRefusal) -> [RepairStep] {
    let metadata = try requireSound()
    guard metadata.cursor <= size, !data.ranges.contains(where: { $0.kind == .stale }) else {
      throw RepairRefusal(
        .unsafe, "the cursor is not where the data end", advice: "recover the log first")
    }
    let end = max(metadata.cursor, UInt64(metadata.chunkSize))
    guard end < size else {
      throw RepairRefusal(
        .nothingToDo,
        metadata.cursor >= size
          ? "the file ends at the cursor"
          : "the file has one chunk of \(Quantity.grouped(metadata.chunkSize)) bytes, without which "
            + "its owner cannot open it")
    }
    var wanted = metadata
    wanted.recordedSize = end
    return metadataSteps(wanted) + cut(to: end, "gives the space behind the cursor back")
  }

  private func requireSound() throws(RepairRefusal) -> MmlogMetadata {
    guard let metadata, state.reading.status == .ok,
      MmlogChunk.isUsable(metadata, dataSize: size)
    else {
      throw RepairRefusal(
        .unsafe, "the metadata cannot be used as they are", advice: "recover the log first")
    }
    return metadata
  }

  // MARK: Steps

  /// Writes the metadata, from the first byte that changes to the last one.
  private func metadataSteps(_ wanted: MmlogMetadata) -> [RepairStep] {
    let new = wanted.bytes
    guard let old = metadata else {
      if state.reading.status == .missing {
        return [RepairStep(metadataName, .create(new), "makes the metadata file: \(words(wanted))")]
      }
      return metadataGrowth + [
        RepairStep(
          metadataName, .write(new, at: 0), "writes the metadata afresh: \(words(wanted))")
      ]
    }
    let changed = new.indices.filter { new[$0] != old.bytes[$0] }
    guard let first = changed.first, let last = changed.last else { return [] }
    return [
      RepairStep(
        metadataName, .write(Array(new[first...last]), at: UInt64(first)),
        "writes the metadata: \(words(old, wanted))")
    ]
  }

  /// Makes a short metadata file whole, of zeros, which say that it is not ready.
  private var metadataGrowth: [RepairStep] {
    let old = state.reading.size
    let full = UInt64(MmlogMetadata.size)
    guard old < full else { return [] }
    let erasure =
      old > 0
      ? [
        RepairStep(
          metadataName, .zero(0..<old),
          "makes zeros of the remains of the metadata, so that nobody takes them for ready")
      ] : []
    return erasure + [
      RepairStep(
        metadataName, .preallocate(to: full),
        "makes the metadata file 32 bytes long, which say that it is not ready")
    ]
  }

  private func words(_ new: MmlogMetadata) -> String {
    "cursor \(Quantity.grouped(new.cursor)), recorded size \(Quantity.grouped(new.recordedSize)), "
      + "chunks of \(Quantity.grouped(new.chunkSize)) bytes"
  }

  private func words(_ old: MmlogMetadata, _ new: MmlogMetadata) -> String {
    var words: [String] = []
    if old.cursor != new.cursor { words.append("cursor \(Quantity.grouped(new.cursor))") }
    if old.recordedSize != new.recordedSize {
      words.append("recorded size \(Quantity.grouped(new.recordedSize))")
    }
    if old.chunkSize != new.chunkSize {
      words.append("chunks of \(Quantity.grouped(new.chunkSize)) bytes")
    }
    if !old.isReady { words.append("ready") }
    if old.isLocked { words.append("not locked") }
    if old.isPanicked { words.append("not panicked") }
    return words.joined(separator: ", ")
  }

  private func cut(to end: UInt64, _ purpose: String) -> [RepairStep] {
    end < size ? [RepairStep(name, .cut(to: end), purpose)] : []
  }

  private func growth(to end: UInt64) -> [RepairStep] {
    guard end > size else { return [] }
    return [
      RepairStep(
        name, .preallocate(to: end),
        "makes the data file one chunk long, without which its owner cannot open it")
    ]
  }
}

/// Which chunk sizes a log can have.
enum MmlogChunk {
  /// The largest that is made up; no owner needs more.
  static let usual: UInt64 = 65_536

  /// Whether the stored one can be right: whole pages, and no more than the file had when it was
  /// made.
  static func isUsable(_ metadata: MmlogMetadata, dataSize: UInt64) -> Bool {
    let chunk = UInt64(metadata.chunkSize)
    guard chunk > 0, chunk % MmlogOwner.page == 0 else { return false }
    return chunk <= dataSize || (metadata.recordedSize > 0 && metadata.recordedSize % chunk == 0)
  }

  /// One with which a data file of this size can be opened as it is, if there is one.
  static func size(forData size: UInt64) -> UInt32 {
    let pages = min(size, usual) / MmlogOwner.page
    return UInt32(max(1, pages) * MmlogOwner.page)
  }
}
