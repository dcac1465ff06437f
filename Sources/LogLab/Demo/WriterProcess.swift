public import LogFiles
import LogFormats

/// A process of its own that writes a nori-wal log as its owner does, and that can be killed.
///
/// It reads what to do from its standard input, a line at a time, and answers each with a line.
public final class WriterProcess: Sendable {
  private let process: ChildProgram

  /// The process id.
  public var pid: Int32 { process.pid }

  /// The word by which this program knows that it is such a process: its first argument.
  public static let word = "lab-writer"

  /// Starts the process. It opens the log in the directory, or begins one there, with segments of
  /// `segmentSize` bytes that are preallocated.
  ///
  /// - Throws: `LabFailure`, also with what the writer said.
  public init(in directory: FileName, segmentSize: UInt64) throws(LabFailure) {
    process = try inLab { () throws(FileError) in
      try ChildProgram(arguments: [
        FileName(Self.word), directory, FileName(String(segmentSize)),
      ])
    }
    guard try expectedAnswer() == .opened else { throw Self.ended }
  }

  /// Has it append records of so many bytes of value, and waits until they are on the disk.
  ///
  /// - Throws: `LabFailure`.
  public func append(_ records: Int, valueSize: Int) throws(LabFailure) {
    try send(.append(records, valueSize: valueSize))
    guard try expectedAnswer() == .appended else { throw Self.ended }
  }

  /// Has it append a record of which it can only write what is below `size`, and kills it when it has
  /// done so: at that place, however busy the machine is.
  ///
  /// - Parameters:
  ///   - valueSize: bytes of the record's value.
  ///   - size: bytes of the segment, among them a part of the record.
  /// - Throws: `LabFailure`.
  public func killInsideOfRecord(valueSize: Int, below size: UInt64) throws(LabFailure) {
    try send(.tear(below: size, valueSize: valueSize))
    guard try expectedAnswer() == .torn else { throw Self.ended }
    process.kill()
  }

  // MARK: Talking

  private func send(_ order: WriterOrder) throws(LabFailure) {
    try inLab { () throws(FileError) in try process.send(order.line) }
  }

  private func nextAnswer() throws(LabFailure) -> WriterAnswer? {
    guard let line = try inLab({ () throws(FileError) in try process.nextLine() }) else {
      return nil
    }
    return WriterAnswer(line: line)
  }

  /// The next answer, which is not that it has failed.
  private func expectedAnswer() throws(LabFailure) -> WriterAnswer? {
    let answer = try nextAnswer()
    if case .failed(let reason)? = answer { throw LabFailure(.failed, reason) }
    return answer
  }

  private static let ended = LabFailure(.failed, "the process that writes the log has ended")
}

/// What the process is told to do.
enum WriterOrder: Equatable {
  case append(Int, valueSize: Int)
  /// To append a record, up to an offset in its file.
  case tear(below: UInt64, valueSize: Int)

  var line: String {
    switch self {
    case .append(let records, let size): "append \(records) \(size)"
    case .tear(let end, let size): "tear \(end) \(size)"
    }
  }

  /// Nil where the line is none of ours.
  init?(line: String) {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 3, let first = UInt64(words[1]), let size = Int(words[2])
    else { return nil }
    switch words[0] {
    case "append":
      guard let records = Int(exactly: first) else { return nil }
      self = .append(records, valueSize: size)
    case "tear": self = .tear(below: first, valueSize: size)
    default: return nil
    }
  }
}

/// What the process answers.
enum WriterAnswer: Equatable {
  case opened
  /// All records are in the file, and on the disk.
  case appended
  /// A part of a record is in the file, and nothing more will be.
  case torn
  /// Why it gave up, without foreign bytes.
  case failed(String)

  var line: String {
    switch self {
    case .opened: "opened"
    case .appended: "appended"
    case .torn: "torn"
    case .failed(let reason): "failed \(reason)"
    }
  }

  /// Nil where the line is none of ours.
  init?(line: String) {
    switch line {
    case "opened": self = .opened
    case "appended": self = .appended
    case "torn": self = .torn
    default:
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.first == "failed", let reason = words.last else { return nil }
      self = .failed(reason)
    }
  }
}
