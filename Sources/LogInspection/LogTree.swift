import Dispatch
public import LogFiles
import LogFormats
import Synchronization

/// Why a path could not be opened as a log.
public enum OpenFailure: Error, Sendable {
  case file(FileError)
  case unknownFormat(String)
  /// Nothing under the path is a log of a known format.
  case notALog
  /// The path is neither a directory nor a regular file.
  case refusedKind(FileKind)
}

/// The logs under a path.
public struct LogTree: Sendable {
  /// In the order of their places.
  public var logs: [Log]
  /// Directories that could not be read, by their place below the path.
  public var problems: [(place: FileName, error: FileError)]
  /// More directories are below the path than are looked at.
  public var isTruncated: Bool
  /// The file that the path names, nil where it names a directory.
  public var namedFile: FileName?

  /// The one segment that the path means: the file that it names, or the only one that holds
  /// records. Nil where there are several.
  public var onlySegment: Int? {
    guard logs.count == 1 else { return nil }
    if let named = namedFile.flatMap({ logs[0].segment(named: $0) }) { return named }
    let segments = logs[0].layout.segments
    let holding = segments.indices.filter { segments[$0].state != .metadata }
    return segments.count == 1 ? 0 : holding.count == 1 ? holding[0] : nil
  }

  /// Directories below a path that are looked at, and how deep.
  static let directoryLimit = 10_000
  static let depthLimit = 16

  /// Finds the logs under a path.
  ///
  /// A directory may be a log itself, and hold others; a file is the log that it belongs to, with
  /// that one segment. Links inside are not followed. `formatName` takes the path for a log of this
  /// format whatever is in it; `fallsBackToRaw` gives files of no known format as raw bytes,
  /// instead of throwing.
  ///
  /// - Throws: `OpenFailure`.
  public static func open(
    _ path: FileName, format formatName: String? = nil, fallsBackToRaw: Bool = false,
    calls: SystemCalls = .linux
  ) throws(OpenFailure) -> LogTree {
    var forced: (any LogFormat)?
    if let formatName {
      forced = FormatRegistry.format(named: formatName)
      if forced == nil { throw .unknownFormat(formatName) }
    }
    let directory: OpenDirectory
    do throws(FileError) {
      directory = try OpenDirectory.open(path, calls: calls)
    } catch {
      guard error.isNotADirectory else { throw .file(error) }
      return try openFile(path, forced: forced, fallsBackToRaw: fallsBackToRaw, calls: calls)
    }
    var tree = LogTree(logs: [], problems: [], isTruncated: false)
    do throws(FileError) {
      try tree.openDirectory(directory, forced: forced, fallsBackToRaw: fallsBackToRaw)
    } catch {
      throw .file(error)
    }
    if tree.logs.isEmpty { throw .notALog }
    return tree
  }

  private static func openFile(
    _ path: FileName, forced: (any LogFormat)?, fallsBackToRaw: Bool, calls: SystemCalls
  ) throws(OpenFailure) -> LogTree {
    let found: (directory: OpenDirectory, name: FileName)
    let kind: FileKind
    do throws(FileError) {
      found = try OpenDirectory.openParent(ofFile: path, calls: calls)
      kind = try found.directory.status(of: found.name).kind
    } catch {
      throw .file(error)
    }
    guard kind == .regular else { throw .refusedKind(kind) }
    if let forced { return asked(forced, for: found) }
    for format in FormatRegistry.formats {
      if let layout = format.log(ofFile: found.name, in: found.directory) {
        return single(found, layout, format, .file(found.name))
      }
    }
    guard fallsBackToRaw else { throw .notALog }
    return asked(FormatRegistry.raw, for: found)
  }

  private static func asked(
    _ format: any LogFormat, for file: (directory: OpenDirectory, name: FileName)
  ) -> LogTree {
    let layout = format.forcedLog(in: file.directory, entries: [], file: file.name)
    return single(file, layout, format, .forced(file.name))
  }

  /// The logs that the format finds in a directory, or the directory as one where it finds none.
  private static func asked(
    _ format: any LogFormat, in directory: OpenDirectory, entries: [DirectoryEntry]
  ) -> [LogLayout] {
    var layouts = format.logs(in: directory, entries: entries)
    for index in layouts.indices { layouts[index].confidence = .forced }
    return layouts.count > 1
      ? layouts : [format.forcedLog(in: directory, entries: entries, file: nil)]
  }

  private static func single(
    _ file: (directory: OpenDirectory, name: FileName), _ layout: LogLayout,
    _ format: any LogFormat, _ recognition: Log.Recognition
  ) -> LogTree {
    let log = Log(
      directory: file.directory, layout: layout, format: format, place: FileName(""),
      recognition: recognition)
    return LogTree(logs: [log], problems: [], isTruncated: false, namedFile: file.name)
  }

  private mutating func openDirectory(
    _ directory: OpenDirectory, forced: (any LogFormat)?, fallsBackToRaw: Bool
  ) throws(FileError) {
    let entries = try directory.entries()
    if let forced {
      logs = Self.asked(forced, in: directory, entries: entries).map {
        Log(
          directory: directory, layout: $0, format: forced, place: FileName(""),
          recognition: .forced(nil))
      }
      return
    }
    var visited = 0
    descend(directory, entries: entries, place: [], depth: 0, visited: &visited)
    leaveOutIncluded()
    if logs.isEmpty, fallsBackToRaw {
      let raw = FormatRegistry.raw
      let layout = raw.forcedLog(in: directory, entries: entries, file: nil)
      logs = [
        Log(
          directory: directory, layout: layout, format: raw, place: FileName(""),
          recognition: .forced(nil))
      ]
    }
  }

  /// Entries from which on the formats look at them at the same time, each on a thread.
  private static let manyEntries = 4096

  /// What each format finds in a directory.
  private static func recognised(
    in directory: OpenDirectory, entries: [DirectoryEntry]
  ) -> [(format: any LogFormat, layouts: [LogLayout])] {
    let formats = FormatRegistry.formats
    guard entries.count >= manyEntries else {
      return formats.map { ($0, $0.logs(in: directory, entries: entries)) }
    }
    let found = Mutex([[LogLayout]](repeating: [], count: formats.count))
    DispatchQueue.concurrentPerform(iterations: formats.count) { index in
      let layouts = formats[index].logs(in: directory, entries: entries)
      found.withLock { $0[index] = layouts }
    }
    return Array(zip(formats, found.withLock { $0 }))
  }

  /// Takes out the logs whose files belong to a log of the same format above them.
  private mutating func leaveOutIncluded() {
    let included = Set(
      logs.flatMap { log in
        log.layout.includes.map { LogPlace(format: log.format.name, log.place.appending($0)) }
      })
    guard !included.isEmpty else { return }
    logs.removeAll { included.contains(LogPlace(format: $0.format.name, $0.place)) }
  }

  private struct LogPlace: Hashable {
    let format: String
    let place: FileName
    init(format: String, _ place: FileName) {
      self.format = format
      self.place = place
    }
  }

  private mutating func descend(
    _ directory: OpenDirectory, entries: [DirectoryEntry], place: [UInt8], depth: Int,
    visited: inout Int
  ) {
    visited += 1
    guard visited <= Self.directoryLimit, depth <= Self.depthLimit else {
      isTruncated = true
      return
    }
    for (format, layouts) in Self.recognised(in: directory, entries: entries) {
      for layout in layouts {
        logs.append(
          Log(
            directory: directory, layout: layout, format: format, place: FileName(place),
            recognition: .names))
      }
    }
    for entry in entries where entry.kind == .directory && entry.name != .backups {
      let below = place + (place.isEmpty ? [] : [UInt8(ascii: "/")]) + entry.name.bytes
      do throws(FileError) {
        let child = try directory.openDirectory(entry.name)
        descend(
          child, entries: try child.entries(), place: below, depth: depth + 1, visited: &visited)
      } catch {
        problems.append((FileName(below), error))
      }
    }
  }
}

extension Log {
  /// The log with its files found again in `directory`: its own after something has changed, or as
  /// it would be after changes. Nil when there is no such log any more. Files whose names are among
  /// `names`, which are in order, share the memory of them.
  ///
  /// - Throws: `FileError` when the directory cannot be read.
  public func foundAgain(
    in directory: OpenDirectory, sharing names: some Sequence<FileName> = EmptyCollection()
  ) throws(FileError) -> Log? {
    let layout: LogLayout?
    switch recognition {
    case .names:
      layout = format.logs(in: directory, entries: try directory.entries(sharing: names))
        .first { $0.primary == self.layout.primary }
    case .file(let name): layout = format.log(ofFile: name, in: directory)
    case .forced(let file):
      let entries = file == nil ? try directory.entries(sharing: names) : []
      let all = format.logs(in: directory, entries: entries)
      layout =
        all.first { $0.primary != nil && $0.primary == self.layout.primary }
        ?? format.forcedLog(in: directory, entries: entries, file: file)
    }
    return layout.map {
      Log(
        directory: directory, layout: $0, format: format, place: place, recognition: recognition)
    }
  }
}

extension FileName {
  /// The directory beside a log in which walscope keeps what its own plans need.
  public static let backups = FileName(".walscope")
}
