import JSON
import LogFormats
import Quantities

/// `formats`: what walscope knows.
struct FormatsCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    if context.wantsJSON { writeJSON() } else { writeText() }
    return .done
  }

  private func writeText() {
    var table = TextTable([
      ("FORMAT", .left), ("EVIDENCE", .left), ("OWNER", .left), ("WHAT IT IS", .left),
    ])
    for format in FormatRegistry.formats {
      table.add([
        Phrase(format.name, .strong), Phrase(format.evidence.rawValue), Phrase(format.owner),
        Phrase(format.summary),
      ])
    }
    table.print(to: context.text)
    for format in FormatRegistry.formats {
      for assumption in format.assumptions {
        context.text.line(
          "\(format.name): --assume \(assumption.name)=\(assumption.defaultValue): \(assumption.explanation)"
        )
      }
    }
  }

  private func writeJSON() {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("formats", array: FormatRegistry.formats) { json, format in
        json.object { json in
          json.member("name", format.name)
          json.member("summary", format.summary)
          json.member("owner", format.owner)
          json.member("evidence", format.evidence.rawValue)
          json.member("kinds", array: format.kinds) { $0.value($1) }
          json.member("assumptions", array: format.assumptions) { json, assumption in
            json.object {
              $0.member("name", assumption.name)
              $0.member("default", assumption.defaultValue)
              $0.member("explanation", assumption.explanation)
            }
          }
        }
      }
    }
    json.endLine()
  }
}
