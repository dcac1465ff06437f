import LogFiles
import LogFormats
import LogInspection

/// Why a path could not be opened as a log, and what to do, in words.
struct OpeningFailureText {
  let message: String
  var advice: String?

  init(_ failure: OpenFailure, path: FileName) {
    switch failure {
    case .file(let error):
      message = error.whatHappened
      advice = error.advice
    case .unknownFormat(let name):
      message = "there is no format \(name)"
      advice = "`walscope formats` lists them"
    case .refusedKind(let kind):
      message = "it is a \(kind.words), and only directories and regular files are opened"
    case .notALog where Self.isEmptyDirectory(path):
      message = "the directory is empty"
      advice = "check the path; --format NAME tells what its owner would do with an empty log"
    case .notALog:
      let names = FormatRegistry.formats.map(\.name).joined(separator: ", ")
      message = "nothing here is a log of a known format (\(names))"
      advice = "check the path; --format NAME reads it as a log of that format whatever is in it"
    }
  }

  private static func isEmptyDirectory(_ path: FileName) -> Bool {
    guard let entries = try? OpenDirectory.open(path).entries() else { return false }
    return entries.isEmpty
  }
}
