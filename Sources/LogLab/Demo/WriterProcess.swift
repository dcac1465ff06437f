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
    _ = try appended()
  }

  /// Has it append a large record, and kills it when a part of the record is in the file.
  ///
  /// - Parameters:
  ///   - valueSize: bytes of the record's value, so many that it takes a while to write them.
  ///   - name: the segment that it writes, and where it is.
  ///   - end: where its records end, in bytes.
  /// - Returns: false when the record was whole before anything could be done: the process lives on.
  /// - Throws: `LabFailure`.
  public func killInsideOfRecord(
    valueSize: Int, of name: FileName, in directory: OpenDirectory, end: UInt64
  ) throws(LabFailure) -> Bool {
    try send(.append(1, valueSize: valueSize))
    let (early, late) = (end + UInt64(valueSize / 8), end + UInt64(valueSize / 8 * 7))
    let process = process
    let wasKilled = try inLab { () throws(FileError) in
      let file = try directory.openFile(name)
      let deadline = MonotonicTime.nanoseconds + Self.patience
      while try file.bytes(in: early..<early + 1).first ?? 0 == 0 {
        // It may have failed before it wrote a byte, which its answer tells.
        if MonotonicTime.nanoseconds > deadline { return false }
      }
      // Whoever looks may have had to wait for a processor, and the record be whole by now.
      if try file.bytes(in: late..<late + 1).first ?? 0 != 0 { return false }
      process.kill()
      return true
    }
    if !wasKilled { _ = try appended() }
    return wasKilled
  }

  /// Nanoseconds after which whoever waits for the first bytes of a record asks the writer instead.
  private static let patience: UInt64 = 5_000_000_000

  // MARK: Talking

  private func send(_ order: WriterOrder) throws(LabFailure) {
    try inLab { () throws(FileError) in try process.send(order.line) }
  }

  /// Waits until it has appended a record, and answers where.
  private func appended() throws(LabFailure) -> UInt64 {
    guard case .appended(let offset)? = try expectedAnswer() else { throw Self.ended }
    return offset
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

  var line: String {
    switch self {
    case .append(let records, let size): "append \(records) \(size)"
    }
  }

  /// Nil where the line is none of ours.
  init?(line: String) {
    let words = line.split(separator: " ").map(String.init)
    switch (words.first, words.dropFirst().compactMap { Int($0) }) {
    case ("append"?, let numbers) where numbers.count == 2:
      self = .append(numbers[0], valueSize: numbers[1])
    default: return nil
    }
  }
}

/// What the process answers.
enum WriterAnswer: Equatable {
  case opened
  /// Where the last record begins, in bytes from the start of its file.
  case appended(offset: UInt64)
  /// Why it gave up, without foreign bytes.
  case failed(String)

  var line: String {
    switch self {
    case .opened: "opened"
    case .appended(let offset): "appended \(offset)"
    case .failed(let reason): "failed \(reason)"
    }
  }

  /// Nil where the line is none of ours.
  init?(line: String) {
    switch line {
    case "opened": self = .opened
    default:
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      switch (words.first, words.last) {
      case ("appended"?, let number?):
        guard let offset = UInt64(number) else { return nil }
        self = .appended(offset: offset)
      case ("failed"?, let reason?): self = .failed(reason)
      default: return nil
      }
    }
  }
}
