public import LogFiles
import LogFormats

extension LogTree {
  /// The logs under a path, for actions: a file is opened as the whole log that it belongs to, for
  /// what happens to one segment concerns them all. `namedFile` tells which file was meant.
  ///
  /// - Throws: `OpenFailure`.
  public static func openWhole(
    _ path: FileName, format formatName: String? = nil, calls: SystemCalls = .linux
  ) throws(OpenFailure) -> LogTree {
    let tree = try open(path, format: formatName, calls: calls)
    guard let file = tree.namedFile, let single = tree.logs.first else { return tree }
    let entries: [DirectoryEntry]
    do throws(FileError) {
      entries = try single.directory.entries()
    } catch {
      throw .file(error)
    }
    let layouts = single.format.logs(in: single.directory, entries: entries)
    guard
      let layout = layouts.first(where: { layout in
        layout.segments.contains { $0.name == file }
      })
    else { return tree }
    let whole = Log(
      directory: single.directory, layout: layout, format: single.format, place: single.place,
      recognition: .names)
    return LogTree(logs: [whole], problems: [], isTruncated: false, namedFile: file)
  }
}
