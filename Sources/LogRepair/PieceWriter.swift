import LogFiles
import LogFormats
import LogInspection

/// Writes the pieces of a salvaged file one behind the other. There may be a million of them, of a few
/// bytes each: they are read and written many at once.
struct PieceWriter: ~Copyable {
  private let directory: OpenDirectory
  private let control: ScanControl
  private var window = FileWindow()
  /// What is to be written next, behind `written` bytes of the file.
  private var waiting: [UInt8] = []
  private var written: UInt64 = 0

  /// Bytes that are written at once.
  private static let batch = 1 << 20
  /// Bytes behind a piece that are read with it: the next one is likely there.
  private static let readAhead: UInt64 = 1 << 16

  /// A writer of pieces from the files of `directory`.
  init(from directory: OpenDirectory, _ control: ScanControl) {
    self.directory = directory
    self.control = control
  }

  /// Writes the pieces from the start of `file` on; answers its size in bytes.
  ///
  /// - Throws: `NewLogFailure` of reading or writing, and when it was stopped.
  mutating func write(_ pieces: [SalvagedFile.Piece], into file: borrowing NewFile)
    throws(NewLogFailure) -> UInt64
  {
    (waiting, written) = ([], 0)
    var next = pieces.startIndex
    while next < pieces.endIndex {
      switch pieces[next] {
      case .bytes: try write(pieces, from: &next, into: file)
      case .copy(let name, _): try copy(pieces, from: &next, of: name, into: file)
      }
    }
    try flush(into: file, unlessBelow: 1)
    return written
  }

  /// Writes bytes that are in the pieces themselves, from `next` on.
  private mutating func write(
    _ pieces: [SalvagedFile.Piece], from next: inout Int, into file: borrowing NewFile
  ) throws(NewLogFailure) {
    while next < pieces.endIndex, case .bytes(let bytes) = pieces[next] {
      waiting += bytes
      try flush(into: file, unlessBelow: Self.batch)
      next += 1
    }
  }

  /// Writes pieces from `next` on as long as none comes from another file than `name`.
  private mutating func copy(
    _ pieces: [SalvagedFile.Piece], from next: inout Int, of name: FileName,
    into file: borrowing NewFile
  ) throws(NewLogFailure) {
    let source: OpenFile
    do throws(FileError) {
      source = try directory.openFile(name)
    } catch {
      throw .source(name, error)
    }
    window = FileWindow()
    while next < pieces.endIndex {
      switch pieces[next] {
      case .bytes: try write(pieces, from: &next, into: file)
      case .copy(name, let range):
        try copy(range, of: source, into: file)
        next += 1
      case .copy: return
      }
    }
  }

  private mutating func copy(
    _ range: Range<UInt64>, of source: borrowing OpenFile, into file: borrowing NewFile
  ) throws(NewLogFailure) {
    var position = range.lowerBound
    while position < range.upperBound {
      if control.isCancelled { throw .stopped }
      if !window.holds(position..<position + 1) {
        let (ahead, overflow) = position.addingReportingOverflow(Self.readAhead)
        do throws(FileError) {
          try window.load(
            source, at: position, end: overflow ? .max : max(range.upperBound, ahead))
        } catch {
          throw .source(source.name, error)
        }
      }
      let part = position..<min(range.upperBound, window.stop)
      guard Self.append(part, of: window, to: &waiting) else {
        throw .refused(reason: "a file of the log was truncated meanwhile", advice: nil)
      }
      position = part.upperBound
      try flush(into: file, unlessBelow: Self.batch)
    }
  }

  /// Appends what the window holds of a file; false where that is nothing.
  private static func append(
    _ part: Range<UInt64>, of window: borrowing FileWindow, to bytes: inout [UInt8]
  ) -> Bool {
    guard !part.isEmpty,
      let held = window.bytes.slice(
        Int(part.lowerBound - window.offset), Int(part.upperBound - part.lowerBound))
    else { return false }
    bytes.append(copying: held)
    return true
  }

  private mutating func flush(into file: borrowing NewFile, unlessBelow least: Int)
    throws(NewLogFailure)
  {
    guard waiting.count >= least else { return }
    do throws(FileError) {
      try file.write(waiting.rawBytes, at: written)
    } catch {
      throw .destination(file.name, error)
    }
    written += UInt64(waiting.count)
    waiting.removeAll(keepingCapacity: true)
  }
}
