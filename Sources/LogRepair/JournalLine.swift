import JSON
import LogFiles
import LogFormats

/// One line of the journal.
struct JournalLine: Sendable {
  enum Direction: String, Sendable {
    case apply
    case undo
  }

  /// How an entry ended.
  enum Outcome: String, Sendable {
    /// All steps were made.
    case applied
    /// All files were put back.
    case undone
    /// Refused or failed before anything was changed.
    case abandoned
  }

  enum Event: Sendable {
    /// The entry begins: its backup is about to be made.
    case planned(Plan)
    case saved(SavedFile)
    /// Nobody writes, or why that is not proven.
    case proof(notProven: String?)
    /// Step `index` of the plan, or file `index` of an undo, is about to be made.
    case begins(Direction, index: Int)
    case done(Direction, index: Int)
    case left(LeftFile)
    case ended(Outcome, reason: String?)
    /// The backup is about to be removed.
    case purged
  }

  var entry: String
  var time: Timestamp
  var event: Event

  init(_ entry: String, _ event: Event, at time: Timestamp = .now) {
    self.entry = entry
    self.time = time
    self.event = event
  }
}

/// JSON in memory.
private final class TextSink: JSONSink {
  var bytes: [UInt8] = []
  func write(_ bytes: [UInt8]) { self.bytes += bytes }
  func write(_ text: String) { bytes += Array(text.utf8) }
}

extension JournalLine {
  /// Behind what stands before it, `,"check":"01234567"}` and a newline.
  static let checkStart = Array(",\"check\":\"".utf8)
  static let checkLength = checkStart.count + 8 + 2

  /// The line with its checksum and newline.
  func encoded() -> [UInt8] {
    let sink = TextSink()
    var json = JSONWriter(sink)
    json.object { write(&$0) }
    var bytes = sink.bytes
    bytes.removeLast()
    bytes += Self.checkStart
    let check = Self.checksum(bytes, count: bytes.count - Self.checkStart.count)
    return bytes + Array("\(check)\"}\n".utf8)
  }

  /// CRC-32C of the first bytes of a line, in 8 hexadecimal digits.
  static func checksum(_ line: [UInt8], count: Int) -> String {
    var part = line
    part.removeSubrange(count...)
    return Hexadecimal.digits(CRC32C.checksum(part.rawBytes))
  }

  private func write(_ json: inout JSONWriter) {
    json.member("entry", entry)
    json.member("time") { $0.writeTime(time) }
    switch event {
    case .planned(var plan):
      plan.prospect = nil
      json.member("event", "planned")
      json.member("plan") { $0.writePlan(plan) }
    case .saved(let file):
      json.member("event", "saved")
      json.member("saved") { $0.writeSaved(file) }
    case .proof(let notProven):
      json.member("event", "writer-proof")
      json.member("proven", notProven == nil)
      if let notProven { json.member("reason", notProven) }
    case .begins(let direction, let index):
      json.member("event", "begins")
      json.member("direction", direction.rawValue)
      json.member("index", index)
    case .done(let direction, let index):
      json.member("event", "done")
      json.member("direction", direction.rawValue)
      json.member("index", index)
    case .left(let file):
      json.member("event", "left")
      json.member("left") { $0.writeLeft(file) }
    case .ended(let outcome, let reason):
      json.member("event", "ended")
      json.member("outcome", outcome.rawValue)
      if let reason { json.member("reason", reason) }
    case .purged: json.member("event", "purged")
    }
  }
}

extension JSONWriter {
  fileprivate mutating func writeSaved(_ file: SavedFile) {
    member("file", file: file.name)
    member("way", file.way.rawValue)
    member("device", file.identity.device)
    member("inode", file.identity.inode)
    member("size", file.size)
    member("mode", file.mode)
    member("owner", file.owner)
    member("group", file.group)
    member("modified") { $0.writeTime(file.modified) }
    member("pieces", array: file.pieces, isCut: false) { json, piece in
      json.object {
        $0.member("kind", piece.kind.rawValue)
        $0.member("offset", piece.range.lowerBound)
        $0.member("length", piece.range.upperBound - piece.range.lowerBound)
      }
    }
  }

  fileprivate mutating func writeLeft(_ file: LeftFile) {
    member("file", file: file.name)
    if let horizon = file.horizon { member("horizon") { $0.writeHorizon(horizon) } }
    if let digest = file.digest { member("digest", digest.hexadecimal) }
  }
}
