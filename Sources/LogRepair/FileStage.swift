import LogFiles
import LogFormats

/// Which state a file of a plan is in, by its real bytes.
enum FileStage: Equatable {
  /// So many of its steps are made. Two numbers where the steps between them change no byte.
  case after(ClosedRange<Int>)
  /// In the middle of the step of this number, or of putting the file back: each byte is an old or
  /// a new one.
  case between(Int)
  /// Neither: somebody else changed it.
  case foreign(String)
}

/// Tells the states of files.
struct StageSearch {
  /// The log's.
  let directory: OpenDirectory
  /// The entry's, nil where nothing is kept.
  let entry: OpenDirectory?
  /// An undo may have begun: bytes that it has not put back yet may be zeros.
  let isUndoing: Bool
  /// The steps of the plan that have begun and maybe not come to their end.
  let begun: Set<Int>

  func stage(of work: FileWork, _ saved: SavedFile) throws(FileError) -> FileStage {
    switch work.kind {
    case .removed: return try stageOfRemoved(work, saved)
    case .created(let bytes): return try stageOfCreated(work, bytes)
    case .edited:
      do throws(FileError) {
        return try stageOfEdited(
          work, saved, try directory.openFile(work.name), identity: saved.identity)
      } catch {
        guard error.isVanished else { throw error }
        return .foreign("it is not there any more")
      }
    }
  }

  // MARK: Whole files

  private func stageOfRemoved(_ work: FileWork, _ saved: SavedFile) throws(FileError)
    -> FileStage
  {
    if let found = try status(of: work.name, in: directory) {
      if found.identity == saved.identity {
        return found.size == saved.size
          ? .after(0...0) : .foreign("it has another size than the plan says")
      }
      // A file that an undo has copied back is a new one.
      guard saved.way == .copied, isUndoing, let entry,
        try isSame(work, entry, found.size == saved.size)
      else { return .foreign("there is another file of its name") }
      return .after(0...0)
    }
    guard saved.way == .renamed, let entry else { return .after(1...1) }
    let kept = try status(of: RepairStore.savedName(ofFile: work.index), in: entry)
    return kept?.identity == saved.identity
      ? .after(1...1) : .foreign("it is neither in the log nor in the backup")
  }

  private func isSame(_ work: FileWork, _ entry: OpenDirectory, _ hasSize: Bool)
    throws(FileError) -> Bool
  {
    guard hasSize else { return false }
    let saved = try entry.openFile(RepairStore.savedName(ofFile: work.index))
    let file = try directory.openFile(work.name)
    let range = 0..<work.oldSize
    return try ContentDigest(of: saved, in: range) == ContentDigest(of: file, in: range)
  }

  private func stageOfCreated(_ work: FileWork, _ bytes: [UInt8]) throws(FileError) -> FileStage {
    guard let found = try status(of: work.name, in: directory) else { return .after(0...0) }
    guard found.kind == .regular, found.size == UInt64(bytes.count) else {
      return .foreign("there is another file of its name")
    }
    let file = try directory.openFile(work.name)
    return try ContentDigest(of: file, in: 0..<found.size) == ContentDigest(of: bytes)
      ? .after(1...1) : .foreign("there is another file of its name")
  }

  private func status(of name: FileName, in directory: OpenDirectory) throws(FileError)
    -> FileStatus?
  {
    do throws(FileError) {
      return try directory.status(of: name)
    } catch {
      if error.isVanished { return nil }
      throw error
    }
  }

  // MARK: Edited files

  /// The state of an edited file that is read through `file`.
  func stageOfEdited(
    _ work: FileWork, _ saved: SavedFile, _ file: borrowing OpenFile, identity: FileIdentity
  ) throws(FileError) -> FileStage {
    let status = try file.status()
    guard status.identity == identity else { return .foreign("there is another file of its name") }
    if let reason = try changeBeside(work, file, size: status.size) { return .foreign(reason) }
    var found: ClosedRange<Int>?
    for count in 0...work.steps.count where work.size(afterSteps: count) == status.size {
      let isThere =
        saved.way == .image
        ? try matchesImage(work, file, count, size: status.size)
        : try matchesDigests(work, file, count)
      if isThere { found = (found?.lowerBound ?? count)...count }
    }
    if let found { return .after(found) }
    return try stageBetween(work, saved, file, size: status.size)
  }

  /// What the plan says beside the steps must be as it was.
  private func changeBeside(
    _ work: FileWork, _ file: borrowing OpenFile, size: UInt64
  ) throws(FileError) -> String? {
    let touched = work.touched
    for step in work.steps {
      for part in step.planned.kept where part.range.upperBound <= size {
        if touched.contains(where: { $0.overlaps(part.range) }) { continue }
        if try ContentDigest(of: file, in: part.range) != part.digest {
          return "its bytes beside the steps are others than the plan says"
        }
      }
    }
    return nil
  }

  private func matchesImage(
    _ work: FileWork, _ file: borrowing OpenFile, _ count: Int, size: UInt64
  ) throws(FileError) -> Bool {
    guard let image = try image(of: work, afterSteps: count) else { return false }
    for range in work.touched {
      let part = range.clamped(to: 0..<size)
      if part.isEmpty { continue }
      if try ContentDigest(of: file, in: part) != ContentDigest(of: image.file, in: part) {
        return false
      }
    }
    return true
  }

  /// The saved file as so many of the steps leave it.
  private func image(of work: FileWork, afterSteps count: Int) throws(FileError) -> StageFile? {
    guard let entry else { return nil }
    let name = RepairStore.savedName(ofFile: work.index)
    let changed = try entry.asIfChanged(by: work.changes.prefix(count).map { (name, $0) })
    return StageFile(try changed.openFile(name))
  }

  /// Without saved bytes: what the next step is about must be there, or what the last one left.
  private func matchesDigests(
    _ work: FileWork, _ file: borrowing OpenFile, _ count: Int
  ) throws(FileError) -> Bool {
    if count < work.steps.count {
      let next = work.steps[count].planned
      return try ContentDigest(of: file, in: next.going) == next.goingDigest
    }
    guard case .preallocate(let end)? = work.changes.last else { return true }
    let start = work.size(afterSteps: count - 1)
    var window = FileWindow()
    return try window.firstNonZero(file, from: start, end: end) { false } == nil
  }

  // MARK: Between two states

  private func stageBetween(
    _ work: FileWork, _ saved: SavedFile, _ file: borrowing OpenFile, size: UInt64
  ) throws(FileError) -> FileStage {
    let foreign = FileStage.foreign("it was changed by somebody else")
    guard saved.way == .image else {
      return foreign
    }
    if isUndoing {
      let sizes = (0...work.steps.count).map(work.size(afterSteps:))
      guard let least = sizes.min(), let most = sizes.max(), (least...most).contains(size),
        try isMixture(work, file, of: Array(0...work.steps.count), allowsZeros: true, size: size)
      else { return foreign }
      return .between(0)
    }
    for (number, step) in work.steps.enumerated() where begun.contains(step.index) {
      let (before, after) = (work.size(afterSteps: number), work.size(afterSteps: number + 1))
      guard (min(before, after)...max(before, after)).contains(size) else { continue }
      if try isMixture(work, file, of: [number, number + 1], allowsZeros: false, size: size) {
        return .between(number)
      }
    }
    return foreign
  }

  /// Whether each byte of the touched parts is that of one of these states.
  private func isMixture(
    _ work: FileWork, _ file: borrowing OpenFile, of counts: [Int], allowsZeros: Bool,
    size: UInt64
  ) throws(FileError) -> Bool {
    var images: [StageFile] = []
    for count in counts {
      if let image = try image(of: work, afterSteps: count) { images.append(image) }
    }
    for range in work.touched {
      var position = range.lowerBound
      let end = min(range.upperBound, size)
      while position < end {
        let part = position..<min(end, position + (1 << 16))
        let real = try file.bytes(in: part)
        var unexplained = real.map { byte in !allowsZeros || byte != 0 }
        for image in images {
          let bytes = try image.file.bytes(in: part)
          for index in real.indices where index < bytes.count && bytes[index] == real[index] {
            unexplained[index] = false
          }
        }
        if unexplained.contains(true) { return false }
        position = part.upperBound
      }
    }
    return true
  }
}

/// An open file that can stand in an array.
private final class StageFile {
  let file: OpenFile
  init(_ file: consuming OpenFile) { self.file = file }
}
