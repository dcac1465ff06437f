import LogFiles
import LogFormats
import LogInspection

/// The log that an action is about, and the one file of it that the user named.
struct RepairTarget {
  let log: Log
  /// The log's path: the directory that holds it, or the file that it is.
  let path: FileName
  /// The segment that was named, nil where the log was.
  let file: FileName?

  /// The file of the only segment that holds records.
  var onlyFile: FileName? {
    let holding = log.layout.segments.filter { $0.state != .metadata }
    return holding.count == 1 ? holding[0].name : nil
  }

  /// Opens what a path means, a file as the whole log that it belongs to; nil after it was said why
  /// that cannot be.
  static func open(_ path: FileName, _ context: CommandContext) -> RepairTarget? {
    let tree: LogTree
    do throws(OpenFailure) {
      tree = try LogTree.openWhole(path, format: context.command.text(.format))
    } catch {
      let failure = OpeningFailureText(error, path: path)
      context.diagnostics.report(path, failure.message, advice: failure.advice)
      return nil
    }
    // Those verbs tell of it themselves, or are the way out of it.
    if ![.history, .undo, .apply].contains(context.command.verb) {
      context.tellUnfinished(tree, path)
    }
    return target(tree, path, context)
  }

  private static func target(_ tree: LogTree, _ path: FileName, _ context: CommandContext)
    -> RepairTarget?
  {
    guard let log = tree.logs.first, tree.logs.count == 1 else {
      let names = tree.logs.prefix(5).map { DisplayName.text($0.nameBelow(path)) }
      context.diagnostics.report(
        path,
        "there are several logs under it: \(names.joined(separator: ", "))"
          + (tree.logs.count > 5 ? ", ..." : ""),
        advice: "name one of them")
      return nil
    }
    if let named = tree.namedFile, log.layout.primary == nil, log.layout.segments.count > 1 {
      return RepairTarget(log: log, path: path.parentAndName.parent, file: named)
    }
    return RepairTarget(log: log, path: path.appending(log.place), file: tree.namedFile)
  }
}

extension Log {
  /// A path by which the log can be named: its file where the directory holds several logs.
  func nameBelow(_ path: FileName) -> FileName {
    let place = path.appending(place)
    return layout.primary.map { place.appending($0) } ?? place
  }
}
