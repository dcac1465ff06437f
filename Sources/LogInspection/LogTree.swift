public import LogFiles
public import LogFormats

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

  /// Directories below a path that are looked at, and how deep.
  static let directoryLimit = 10_000
  static let depthLimit = 16

  /// Finds the logs under a path.
  ///
  /// A directory may be a log itself, and hold others; a file is the log that it belongs to, with
  /// that one segment. Links inside are not followed.
  ///
  /// - Parameters:
  ///   - formatName: takes the path for a log of this format whatever is in it.
  ///   - fallsBackToRaw: gives files of no known format as raw bytes, instead of throwing.
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
    do throws(FileError) {
      let (directory, name) = try OpenDirectory.openParent(ofFile: path, calls: calls)
      let kind = try directory.status(of: name).kind
      guard kind == .regular else { throw OpenFailure.refusedKind(kind) }
      let candidates = forced.map { [$0] } ?? FormatRegistry.formats
      for format in candidates {
        let layout =
          forced == nil
          ? format.log(ofFile: name, in: directory)
          : format.forcedLog(in: directory, entries: [], file: name)
        guard let layout else { continue }
        return single(Log(directory: directory, layout: layout, format: format, place: FileName("")))
      }
      guard fallsBackToRaw else { throw OpenFailure.notALog }
      let raw = RawBytes()
      return single(
        Log(
          directory: directory, layout: raw.forcedLog(in: directory, entries: [], file: name),
          format: raw, place: FileName("")))
    } catch let error as OpenFailure {
      throw error
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .notALog
    }
  }

  private static func single(_ log: Log) -> LogTree {
    LogTree(logs: [log], problems: [], isTruncated: false)
  }

  private mutating func openDirectory(
    _ directory: OpenDirectory, forced: (any LogFormat)?, fallsBackToRaw: Bool
  ) throws(FileError) {
    let entries = try directory.entries()
    if let forced {
      let layout = forced.forcedLog(in: directory, entries: entries, file: nil)
      logs = [Log(directory: directory, layout: layout, format: forced, place: FileName(""))]
      return
    }
    var visited = 0
    descend(directory, entries: entries, place: [], depth: 0, visited: &visited)
    if logs.isEmpty, fallsBackToRaw {
      let raw = RawBytes()
      let layout = raw.forcedLog(in: directory, entries: entries, file: nil)
      logs = [Log(directory: directory, layout: layout, format: raw, place: FileName(""))]
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
    for format in FormatRegistry.formats {
      for layout in format.logs(in: directory, entries: entries) {
        logs.append(
          Log(directory: directory, layout: layout, format: format, place: FileName(place)))
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

extension FileName {
  /// The directory beside a log in which walscope keeps what its own plans need.
  static let backups = FileName(".walscope")
}
