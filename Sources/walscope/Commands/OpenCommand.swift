import LogFiles

/// A call without a verb: opens a path.
struct OpenCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() throws(UsageError) -> ExitStatus {
    let path = context.command.operands.first ?? FileName(".")
    if let word = path.utf8, isNoPath(path) {
      let hint = Spelling.nearest(to: word, in: Verb.allCases.map(\.rawValue))
      throw UsageError(
        "\(word) is neither a verb nor the path of something that exists",
        hint: hint.map { "did you mean `walscope \($0)`?" } ?? "`walscope help` lists the verbs")
    }
    return ListCommand(context).run()
  }

  /// Whether a word can only have been meant as a verb: there is no such file.
  private func isNoPath(_ path: FileName) -> Bool {
    guard path.isEntryName else { return false }
    do throws(FileError) {
      _ = try OpenDirectory.open(FileName(".")).status(of: path)
      return false
    } catch {
      return error.isVanished
    }
  }
}
