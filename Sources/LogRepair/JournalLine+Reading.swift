import FoundationEssentials
import LogFiles
import LogFormats

extension JournalLine {
  /// The line that these bytes are, without the newline; nil when it is torn or damaged.
  init?(_ line: [UInt8]) {
    let end = line.count - Self.checkLength
    guard end > 0, line[end..<(end + Self.checkStart.count)].elementsEqual(Self.checkStart),
      line[(end + Self.checkStart.count)...]
        .elementsEqual("\(Self.checksum(line, count: end))\"}".utf8),
      let document = try? JSONDecoder().decode(LineDocument.self, from: Data(line)),
      let event = document.event, Plan.isID(document.entry)
    else { return nil }
    self.init(document.entry, event, at: document.time)
  }
}

private struct LineDocument: Decodable {
  let entry: String
  let time: Timestamp
  let event: JournalLine.Event?

  private enum Key: String, CodingKey {
    case entry, time, event, plan, saved, reason, direction, index, left, outcome
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    entry = try object.decode(String.self, forKey: .entry)
    time = try object.decode(TimeDocument.self, forKey: .time).time
    event = try Self.event(object)
  }

  private static func event(_ object: KeyedDecodingContainer<Key>) throws
    -> JournalLine.Event?
  {
    func step() throws -> (JournalLine.Direction, Int)? {
      let word = try object.decode(String.self, forKey: .direction)
      let index = try object.decode(Int.self, forKey: .index)
      return JournalLine.Direction(rawValue: word).map { ($0, index) }
    }
    let reason = try object.decodeIfPresent(String.self, forKey: .reason)
    switch try object.decode(String.self, forKey: .event) {
    case "planned":
      return try object.decode(PlanDocument.self, forKey: .plan).plan.map { .planned($0) }
    case "saved":
      return try object.decode(SavedDocument.self, forKey: .saved).file.map { .saved($0) }
    case "writer-proof": return .proof(notProven: reason)
    case "begins": return try step().map { .begins($0, index: $1) }
    case "done": return try step().map { .done($0, index: $1) }
    case "left":
      return try object.decode(LeftDocument.self, forKey: .left).file.map { .left($0) }
    case "ended":
      let word = try object.decode(String.self, forKey: .outcome)
      return JournalLine.Outcome(rawValue: word).map { .ended($0, reason: reason) }
    case "purged": return .purged
    default: return nil
    }
  }
}

private struct SavedDocument: Decodable {
  let file: SavedFile?

  private enum Key: String, CodingKey {
    case file, fileBytes, way, device, inode, size, mode, owner, group, modified, pieces
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let way = SavedFile.Way(rawValue: try object.decode(String.self, forKey: .way))
    let pieces = try object.decode([PieceDocument].self, forKey: .pieces).map(\.piece)
    guard let name = try object.name(.file, .fileBytes), name.isEntryName, let way,
      !pieces.contains(nil)
    else {
      file = nil
      return
    }
    var read = SavedFile(name, way, nil, pieces: pieces.compactMap(\.self))
    read.identity = FileIdentity(
      device: try object.decode(UInt64.self, forKey: .device),
      inode: try object.decode(UInt64.self, forKey: .inode))
    read.size = try object.decode(UInt64.self, forKey: .size)
    read.mode = try object.decode(UInt32.self, forKey: .mode)
    read.owner = try object.decode(UInt32.self, forKey: .owner)
    read.group = try object.decode(UInt32.self, forKey: .group)
    read.modified = try object.decode(TimeDocument.self, forKey: .modified).time
    file = read
  }
}

private struct PieceDocument: Decodable {
  let piece: SavedFile.Piece?

  private enum Key: String, CodingKey { case kind, offset, length }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let range = try object.range(.offset, .length)
    let kind = SavedFile.PieceKind(rawValue: try object.decode(String.self, forKey: .kind))
    guard let range, let kind else {
      piece = nil
      return
    }
    piece = SavedFile.Piece(range: range, kind: kind)
  }
}

private struct LeftDocument: Decodable {
  let file: LeftFile?

  private enum Key: String, CodingKey { case file, fileBytes, horizon, digest }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let horizon = try object.decodeIfPresent(HorizonDocument.self, forKey: .horizon)?.horizon
    let digest = try object.decodeIfPresent(String.self, forKey: .digest)
      .flatMap { ContentDigest(hexadecimal: $0) }
    file = try object.name(.file, .fileBytes).map {
      LeftFile(name: $0, horizon: horizon, digest: digest)
    }
  }
}
