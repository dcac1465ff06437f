public import LogFiles
import LogFormats
public import LogInspection

/// A copy of a log: which files it has, and how each came about.
public struct LogCopy: Sendable {
  public struct File: Sendable {
    public var name: FileName
    public var copy: CopiedFile
    /// Whether the original was written to while it was copied: what the copy holds last may be
    /// records in part.
    public var wasWritten: Bool
  }

  public var files: [File]

  public var size: UInt64 { files.reduce(0) { $0 + $1.copy.size } }
  public var copied: UInt64 { files.reduce(0) { $0 + $1.copy.copied } }
  public var skipped: UInt64 { files.reduce(0) { $0 + $1.copy.skipped } }
  public var preallocated: UInt64 { files.reduce(0) { $0 + $1.copy.preallocated } }
  public var isShared: Bool { files.contains { $0.copy.isShared } }
}

extension Log {
  /// Copies the log's files, as they are at this moment, into a new directory under their names.
  ///
  /// Each file is copied up to its size at the start, what is appended meanwhile left out; files
  /// that tell where the data ends go first, so that the data they speak of is in the copy, and
  /// what is written behind that end meanwhile is left out as well. Holes stay holes; space that is
  /// preallocated and unwritten becomes a hole unless `preallocating`.
  /// Blocks are shared with the original where the file system can.
  ///
  /// - Throws: `NewLogFailure`; what was made is removed again.
  public func copy(
    to destination: FileName, preallocating: Bool = false,
    continuing: (_ bytes: UInt64) -> Bool = { _ in true }
  ) throws(NewLogFailure) -> LogCopy {
    let sources = try filesToCopy()
    let new = try NewLog(at: destination, calls: directory.systemCalls)
    do throws(NewLogFailure) {
      var result = LogCopy(files: [])
      var behind: UInt64 = 0
      for (segment, status) in sources {
        let name = segment.name
        var made: CopiedFile?
        try new.make(name) { (file) throws(NewLogFailure) in
          made = try fill(file, with: name, status, preallocating) { continuing(behind + $0) }
          try leaveOutNews(of: segment, in: file, beside: new.directory, preallocating)
        }
        guard let made else { throw NewLogFailure.stopped }
        behind += made.size
        let now = try? directory.status(of: name)
        result.files.append(
          LogCopy.File(name: name, copy: made, wasWritten: now?.horizon != status.horizon))
      }
      try new.finish()
      return result
    } catch {
      new.discard()
      throw error
    }
  }

  /// The regular files of the log with their sizes now, what is read first standing first.
  private func filesToCopy() throws(NewLogFailure) -> [(SegmentFile, FileStatus)] {
    var files: [(SegmentFile, FileStatus)] = []
    let segments =
      layout.segments.filter { $0.state == .metadata }
      + layout.segments.filter { $0.state != .metadata } + layout.strays
    for segment in segments where segment.kind == .regular {
      do throws(FileError) {
        files.append((segment, try directory.status(of: segment.name)))
      } catch {
        // A segment that its owner has just removed is not part of the log any more.
        if !error.isVanished { throw .source(segment.name, error) }
      }
    }
    if files.isEmpty { throw .refused(reason: "the log has no files to copy", advice: nil) }
    return files
  }

  /// Leaves out what was written behind the end that the copied metadata tell, where that end has
  /// moved on since.
  private func leaveOutNews(
    of segment: SegmentFile, in file: borrowing NewFile, beside copies: OpenDirectory,
    _ preallocating: Bool
  ) throws(NewLogFailure) {
    guard let end = format.writtenMark(of: segment, in: copies),
      end != format.writtenMark(of: segment, in: directory)
    else { return }
    do throws(FileError) {
      let size = try file.status().size
      guard end < size else { return }
      try file.setLength(end)
      try preallocating ? file.preallocate(size) : file.setLength(size)
    } catch {
      throw .destination(segment.name, error)
    }
  }

  private func fill(
    _ file: borrowing NewFile, with name: FileName, _ status: FileStatus, _ preallocating: Bool,
    continuing: (_ bytes: UInt64) -> Bool
  ) throws(NewLogFailure) -> CopiedFile {
    let source: OpenFile
    do throws(FileError) {
      source = try directory.openFile(name)
    } catch {
      throw .source(name, error)
    }
    let made: CopiedFile?
    do throws(FileError) {
      made = try file.fill(
        from: source, size: status.size, preallocating: preallocating, continuing: continuing)
      try file.takeProperties(of: status)
    } catch {
      throw error.call == .read || error.call == .seekData || error.call == .seekHole
        ? .source(name, error) : .destination(name, error)
    }
    guard let made else { throw .stopped }
    return made
  }
}
