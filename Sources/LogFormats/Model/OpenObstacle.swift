import LogFiles

/// Why an owner that opens the files of a log by their names does not get one of them open.
enum OpenObstacle: Sendable {
  /// It fails with this error of the operating system, because the file is what the text says.
  case error(String, because: String)
  /// It waits until somebody writes into the FIFO.
  case waits
  /// It follows a link, which walscope does not.
  case followsLink(FileKind)
  case unreadableHere

  /// What a file of this kind, which is no regular one, is to an owner that takes it for a segment.
  init(_ kind: FileKind) {
    switch kind {
    case .directory:
      self = .error(
        "Is a directory (os error 21)", because: "a directory has the name of a segment")
    case .socket:
      self = .error(
        "No such device or address (os error 6)", because: "a socket has the name of a segment")
    case .fifo: self = .waits
    default: self = .followsLink(kind)
    }
  }

  /// What the owner's open comes to, as the part of a sentence.
  var words: String {
    switch self {
    case .error(_, let reason): "the open fails: \(reason)"
    case .waits: "the open waits until something writes to the FIFO that has the name of a segment"
    case .followsLink(let kind):
      "what the owner does cannot be told: a \(kind.words) has the name of a segment, which the owner opens and walscope does not"
    case .unreadableHere:
      "what the owner does cannot be told: a segment could not be read here. If the owner cannot read it either, its open fails there"
    }
  }
}
