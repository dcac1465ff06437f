public import LogFiles
public import LogFormats

/// One log, opened: its files are known, none of them is read as a whole yet.
public final class Log: Sendable {
  public let directory: OpenDirectory
  public let layout: LogLayout
  public let format: any LogFormat
  /// Where the log is below the path that the user opened, empty for that path itself.
  public let place: FileName
  let recognition: Recognition

  /// How the files of the log are found, to find them again.
  enum Recognition: Sendable {
    /// By the names in the directory; `primary` tells several logs apart.
    case names
    /// One file, by itself.
    case file(FileName)
    /// The user said so, of a directory or of one file in it.
    case forced(FileName?)
  }

  init(
    directory: OpenDirectory, layout: LogLayout, format: any LogFormat, place: FileName,
    recognition: Recognition
  ) {
    self.recognition = recognition
    self.directory = directory
    self.layout = layout
    self.format = format
    self.place = place
  }

  /// The index of the segment with this file name.
  public func segment(named name: FileName) -> Int? {
    layout.segments.firstIndex { $0.name == name }
  }

  /// The segment that its owner writes to, as far as the layout tells.
  public var activeSegment: Int? { layout.segments.lastIndex { $0.state == .active } }

  /// Size, times and identity of a segment's file as they are now.
  ///
  /// - Throws: `FileError` when the file is gone or cannot be looked at.
  public func status(ofSegment index: Int) throws(FileError) -> FileStatus {
    try directory.status(of: layout.segments[index].name)
  }

  /// Where a segment lies on its disk.
  ///
  /// - Throws: `FileError` when the file cannot be opened.
  public func extents(ofSegment index: Int) throws(FileError) -> ExtentMap {
    try directory.openFile(layout.segments[index].name).extents()
  }

  /// In how many extents the segment of this name lies, nil where that is not told.
  public func extentCount(of name: FileName) -> Int? {
    guard case .mapped(let extents, isComplete: true) = try? directory.openFile(name).extents()
    else { return nil }
    return extents.count
  }

  /// Who has the log's files open, and for what.
  public func holders() -> LogHolders {
    let identities = layout.segments.map { segment in
      (try? directory.status(of: segment.name))?.identity
    }
    let found = findHeldFiles(among: identities.lazy.compactMap { $0 })
    var files: [FileName: [Holder]] = [:]
    if !found.holders.isEmpty {
      for (segment, identity) in zip(layout.segments, identities) {
        guard let identity, let holders = found.holders[identity] else { continue }
        files[segment.name] = holders
      }
    }
    return LogHolders(files: files, isComplete: found.isComplete)
  }
}

/// Who has the files of a log open.
public struct LogHolders: Sendable, Equatable {
  /// The holders of each file that has any, by pid; our own process is left out.
  public let files: [FileName: [Holder]]
  /// Whether every process could be looked into. When not, "nobody" means "nobody seen".
  public let isComplete: Bool
}
