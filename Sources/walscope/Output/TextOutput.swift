import TerminalUI

/// What a piece of a printed line means; colour never says anything that the words do not.
enum Emphasis: Sendable {
  case plain, strong, good, warning, bad, faint

  /// The number that switches it on in an escape sequence; nil for plain text.
  var code: String? {
    switch self {
    case .plain: nil
    case .strong: "1"
    case .good: "32"
    case .warning: "33"
    case .bad: "31"
    case .faint: "2"
    }
  }
}

/// A piece of a line.
struct Phrase: ExpressibleByStringInterpolation {
  let text: String
  var emphasis = Emphasis.plain

  init(_ text: String, _ emphasis: Emphasis = .plain) {
    self.text = text
    self.emphasis = emphasis
  }

  init(stringLiteral value: String) { self.init(value) }
}

/// Lines of text for people. Every line passes the escape function here, so that no foreign byte
/// can reach the terminal unescaped, whoever put it into the line.
struct TextOutput {
  let stream: OutputStream
  var usesColor = false
  var isASCII = false

  func line(_ phrases: Phrase...) { line(phrases) }

  func line(_ text: String) { line([Phrase(text)]) }

  func line(_ phrases: [Phrase]) {
    for phrase in phrases {
      let safe = DisplayText.escape(phrase.text, ascii: isASCII)
      if usesColor, let code = phrase.emphasis.code {
        stream.write("\u{1B}[\(code)m\(safe)\u{1B}[0m")
      } else {
        stream.write(safe)
      }
    }
    stream.write("\n")
  }

  /// A paragraph, each line of it behind `indentation` blanks, broken into lines of `columns`
  /// where that is not nil.
  func paragraph(_ text: String, indentation: Int, first: String? = nil, columns: Int?) {
    let margin = String(repeating: " ", count: indentation)
    let lines = columns.map { HelpText.wrap(text, width: max(20, $0 - indentation)) } ?? [text]
    for (number, part) in lines.enumerated() {
      line(Phrase((number == 0 ? first ?? margin : margin) + part))
    }
  }
}
