import LogFiles

/// The journal of a store, open for appending by one process at a time.
///
/// It is a write-ahead log itself: each line is on the disk before the step that it announces, a
/// torn last line is passed over, and a line that a checksum does not confirm counts for nothing.
final class Journal {
  static let name = FileName("journal.jsonl")
  /// Bytes that a journal may have to be read: some 10,000 entries of the usual size.
  static let sizeLimit: UInt64 = 1 << 30

  private let file: ChangeableFile
  private var end: UInt64
  private var isTorn: Bool

  /// Opens the journal, or makes it, and keeps other processes from writing to it.
  ///
  /// - Throws: `FileError`, `isBusy` when another process is at work.
  init(in directory: OpenDirectory) throws(FileError) {
    file = try Self.open(in: directory)
    try file.takeFileLock()
    end = try file.status().size
    isTorn = end > 0 ? try file.reader().bytes(in: (end - 1)..<end) != [0x0A] : false
  }

  private static func open(in directory: OpenDirectory) throws(FileError) -> ChangeableFile {
    do throws(FileError) {
      return try directory.openForChange(name)
    } catch {
      guard error.isVanished else { throw error }
    }
    try directory.makePrivateFile(name).sync()
    try directory.sync()
    return try directory.openForChange(name)
  }

  /// Takes space for lines to come, so that a full disk cannot stop a repair half way.
  ///
  /// - Throws: `FileError` when there is no room.
  func reserve(_ bytes: UInt64) throws(FileError) {
    do throws(FileError) {
      try file.allocate(end..<(end + bytes), keepingSize: true)
    } catch {
      guard error.isUnsupported else { throw error }
    }
  }

  /// Gives back what was reserved and not used.
  func giveBackReserve() { try? file.setLength(end) }

  /// Appends lines and waits until they are on the disk.
  ///
  /// - Throws: `FileError`; nothing that the lines announce may be done then.
  func append(_ lines: [JournalLine]) throws(FileError) {
    var bytes: [UInt8] = isTorn ? [0x0A] : []
    for line in lines { bytes += line.encoded() }
    do throws(FileError) {
      try file.write(bytes, at: end)
    } catch {
      isTorn = true
      // What is left of it must not stand before what comes next.
      if (try? file.setLength(end)) != nil { isTorn = false }
      throw error
    }
    isTorn = false
    end += UInt64(bytes.count)
    try file.sync()
  }

  func append(_ line: JournalLine) throws(FileError) { try append([line]) }

  /// The lines of a journal; empty where there is none. `damaged` counts those that are not
  /// confirmed by their checksum.
  ///
  /// - Throws: `FileError`.
  static func read(in directory: OpenDirectory) throws(FileError)
    -> (lines: [JournalLine], damaged: Int)
  {
    let bytes: [UInt8]
    do throws(FileError) {
      let file = try directory.openFile(name)
      bytes = try file.bytes(in: 0..<min(try file.status().size, sizeLimit))
    } catch {
      if error.isVanished { return ([], 0) }
      throw error
    }
    var lines: [JournalLine] = []
    var damaged = 0
    for text in bytes.split(separator: 0x0A) {
      if let line = JournalLine(Array(text)) { lines.append(line) } else { damaged += 1 }
    }
    return (lines, damaged)
  }
}
