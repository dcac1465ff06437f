import JSON
import LogFiles
import LogFormats
import LogInspection

/// What `follow` prints as JSON: records as `dump` does, and events as objects with "event".
struct JSONRows {
  private let isRedacted: Bool
  private var json: JSONWriter

  init(_ context: CommandContext) {
    isRedacted = context.isRedacted
    json = context.json
  }

  mutating func row(_ row: Row, _ line: DumpLine, place: FileName?) {
    DumpJSON(place: place, limit: DumpWork.jsonLimit, isRedacted: isRedacted)
      .write(row, line, to: &json)
  }

  /// The first line: what is followed, and how.
  mutating func following(_ log: Log, place: FileName?, isPolling: Bool) {
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("event", "following")
      if let place { json.member("log", file: place) }
      json.member("format", log.format.name)
      json.member("segments", log.layout.segments.count)
      json.member("polling", isPolling)
    }
    json.endLine()
  }

  mutating func event(
    _ word: String, log: FileName?, file: FileName? = nil, change: SegmentChange? = nil
  ) {
    json.object { json in
      json.member("event", word)
      if let log { json.member("log", file: log) }
      if let file { json.member("file", file: file) }
      if let change { Self.write(change, to: &json) }
    }
    json.endLine()
  }

  private static func write(_ change: SegmentChange, to json: inout JSONWriter) {
    switch change {
    case .added, .moved, .appeared, .vanished: break
    case .renamed(let from), .checkpointed(let from), .recycled(let from):
      json.member("fromFile", file: from)
    case .replaced(let records): json.member("records", records)
    case .truncated(let from, let to), .finalized(let from, let to):
      json.member("from", from)
      json.member("to", to)
    case .beingWritten(let offset, let pid):
      json.member("offset", offset)
      json.member("pid", pid)
    case .damaged(let offset, let fault):
      json.member("offset", offset)
      json.member("reason", fault.reason.rawValue)
    case .unreadable(let error): json.member("message", error.message)
    }
  }
}
