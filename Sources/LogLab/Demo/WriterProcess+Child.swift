import Glibc
public import LogFiles
import LogFormats

extension WriterProcess {
  /// What the process itself does, from its arguments behind `word`: opens the log and does what it
  /// is told until its input ends. It never closes the log: it ends as a process that is killed.
  ///
  /// - Parameter arguments: the log's directory, and the size of its segments in bytes.
  /// - Returns: whether everything was done.
  public static func serve(_ arguments: [FileName]) -> Bool {
    func answer(_ answer: WriterAnswer) {
      print(answer.line)
      fflush(nil)
    }
    do throws(WriterFailure) {
      guard arguments.count == 2, let size = arguments[1].utf8.flatMap({ UInt64($0) }) else {
        throw .unsupported("this process is started by the lab only")
      }
      var child = try ChildWriter(directory: arguments[0], segmentSize: size)
      answer(.opened)
      while let line = readLine() {
        switch WriterOrder(line: line) {
        case .append(let records, let size)?:
          for _ in 0..<max(0, records) { try child.append(valueSize: size) }
          try child.sync()
          answer(.appended)
        case .tear(let end, let size)?:
          try child.stop(behind: end)
          try child.append(valueSize: size)
          throw .unsupported("the record ends before that")
        case nil: throw .unsupported("there is no such order")
        }
      }
      return true
    } catch {
      answer(.failed(error.message))
      return false
    }
  }
}

/// Appends numbered records to a nori-wal log.
private struct ChildWriter {
  private let writer: any LogWriter
  private var number = 0
  private var value: [UInt8] = []

  init(directory path: FileName, segmentSize: UInt64) throws(WriterFailure) {
    guard let format = FormatRegistry.format(named: "nori-wal") else {
      throw .unsupported("there is no format nori-wal")
    }
    let directory: OpenDirectory
    do throws(FileError) {
      directory = try OpenDirectory.open(path)
    } catch {
      throw .file(error)
    }
    writer = try format.openWriter(
      in: directory,
      options: WriterOptions(policy: "os", segmentSize: segmentSize, preallocates: true))
  }

  mutating func append(valueSize: Int) throws(WriterFailure) {
    if value.count != valueSize { value = Self.text(max(0, valueSize)) }
    _ = try writer.append(key: Array("demo:\(number)".utf8), value: value)
    number += 1
  }

  func sync() throws(WriterFailure) { try writer.sync() }

  /// Writes nothing behind the first so many bytes of any file, and says then that a record is torn.
  func stop(behind size: UInt64) throws(WriterFailure) {
    do throws(FileError) {
      try ChildProgram.stop(behind: size, saying: WriterAnswer.torn.line)
    } catch {
      throw .file(error)
    }
  }

  /// Something that can be read on the screen.
  private static func text(_ size: Int) -> [UInt8] {
    let words = Array("to be written first, and only then to be done; ".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(size + words.count)
    while text.count < size { text += words }
    return Array(text.prefix(size))
  }
}
