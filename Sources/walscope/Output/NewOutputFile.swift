import LogFiles
import LogInspection

/// A file that a command writes beside its output: never over what exists, never into a log.
struct NewOutputFile {
  let stream: OutputStream
  private let path: FileName
  private let what: String
  private let context: CommandContext

  /// Makes the file; nil after it was said why it could not be made. `what` is what goes into it.
  static func make(_ path: FileName, what: String, _ context: CommandContext) -> NewOutputFile? {
    let (parent, name) = path.parentAndName
    do throws(FileError) {
      let directory = try OpenDirectory.open(parent)
      guard try !context.holdsLog(directory) else {
        context.diagnostics.report(
          path, "\(what) is not written into a directory that holds the log",
          advice: "name a file elsewhere")
        return nil
      }
      return NewOutputFile(
        stream: OutputStream(try directory.makeFile(name)), path: path, what: what,
        context: context)
    } catch {
      context.diagnostics.report(path, error)
      return nil
    }
  }

  /// Waits until the file is on the disk; false after it was said that it is not.
  func finish() -> Bool {
    stream.sync()
    guard let code = stream.failure else { return true }
    context.diagnostics.report(
      path, "\(what) is not whole: \(SystemError.text(code))",
      advice: "remove it, make room, and call again")
    return false
  }
}

extension CommandContext {
  /// Whether a directory is that of a log among the operands.
  fileprivate func holdsLog(_ directory: OpenDirectory) throws(FileError) -> Bool {
    let identity = try directory.status().identity
    return command.operands.contains { path in
      guard let tree = try? LogTree.open(path, fallsBackToRaw: true) else { return false }
      return tree.logs.contains { (try? $0.directory.status().identity) == identity }
    }
  }
}

extension FileName {
  /// The directory of a path, and the name in it.
  var parentAndName: (parent: FileName, name: FileName) {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (FileName("."), self) }
    let parent = slash == 0 ? bytes[...slash] : bytes[..<slash]
    return (FileName(Array(parent)), FileName(Array(bytes[(slash + 1)...])))
  }
}
