import LogFiles
import TerminalUI

/// Messages on standard error: `walscope: PATH: OFFSET: what (what to do)`.
final class Diagnostics {
  let stream = OutputStream(descriptor: 2)
  private let isASCII: Bool

  init(ascii: Bool) { isASCII = ascii }

  func report(_ message: String, advice: String? = nil) {
    report(nil, message, advice: advice)
  }

  func report(
    _ path: FileName?, offset: UInt64? = nil, _ message: String, advice: String? = nil
  ) {
    var parts = ["walscope"]
    if let path { parts.append(DisplayText.escape(path.bytes, ascii: isASCII)) }
    if let offset { parts.append(String(offset)) }
    parts.append(DisplayText.escape(message, ascii: isASCII))
    var line = parts.joined(separator: ": ")
    if let advice { line += " (\(DisplayText.escape(advice, ascii: isASCII)))" }
    stream.write(line + "\n")
    stream.flush()
  }

  func report(_ path: FileName, _ error: FileError) {
    report(path, offset: error.offset, error.whatHappened, advice: error.advice)
  }

  func report(_ error: UsageError) {
    report(nil, error.message, advice: error.hint)
  }
}
