/// The help, made of the table of verbs.
enum HelpText {
  static let width = 80

  /// The help of walscope as a whole.
  static var overview: String {
    var text = "walscope - look into write-ahead logs\n\n"
    text += "usage: \(CommandTable.open.usage)\n"
    text += "       walscope VERB [OPTIONS] ...\n\n"
    text += paragraph("Without a verb: " + CommandTable.open.summary + ".")
    text += CommandTable.open.details.map(paragraph).joined()
    text += "\nVerbs (`walscope help VERB` tells more):\n"
    text += rows(CommandTable.verbs.map { ($0.verb?.rawValue ?? "", $0.summary) })
    text += "\nOptions:\n"
    text += rows(CommandTable.open.options.map { ($0.usage, $0.help) })
    text += "\n" + exitStatus
    return text
  }

  /// The help of one verb.
  static func help(for syntax: VerbSyntax) -> String {
    guard let verb = syntax.verb else { return overview }
    var text = paragraph("walscope \(syntax.words.joined(separator: " ")) - \(syntax.summary)")
    text += "\nusage: \(syntax.usage)\n"
    for details in syntax.details { text += "\n" + paragraph(details) }
    let below = CommandTable.subcommands.filter { $0.verb == verb }
    if syntax.subcommand == nil, let name = syntax.operands.first?.name, !below.isEmpty {
      text += "\n\(name) is one of (`walscope help \(verb.rawValue) \(name)` tells more):\n"
      text += rows(below.map { ($0.subcommand ?? "", $0.summary) })
    }
    if !syntax.options.isEmpty {
      text += "\nOptions:\n" + rows(syntax.options.map { ($0.usage, $0.help) })
    }
    return text
  }

  private static var exitStatus: String {
    "Exit status:\n"
      + rows(
        ExitStatus.allCases.map { (String($0.rawValue), $0.meaning) })
  }

  private static func paragraph(_ text: String) -> String {
    wrap(text, width: width).joined(separator: "\n") + "\n"
  }

  /// Two columns; a long left word has its text on the next line.
  private static func rows(_ rows: [(String, String)]) -> String {
    let column = min(24, (rows.map { $0.0.count }.max() ?? 0) + 4)
    let margin = String(repeating: " ", count: column)
    return rows.map { word, help in
      let lines = wrap(help, width: width - column)
      let head = "  " + word
      let rest = lines.joined(separator: "\n" + margin) + "\n"
      if head.count + 2 > column { return head + "\n" + margin + rest }
      return head + String(repeating: " ", count: column - head.count) + rest
    }.joined()
  }

  /// Breaks a text at blanks into lines of at most `width` characters.
  static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    lines.append(line)
    return lines
  }
}
