import Glibc
import LogFiles
import LogFormats
import NumberedRecords
import Synchronization

/// Opens a log of any format as its owner opens it, and appends numbered records until its input
/// ends; then it closes the log. Each append that came back is told by one line: its number, and 1
/// where it is on the disk.
///
///     LogWriterProbe FORMAT POLICY DIRECTORY [--threads N] [--value-size N] [--segment-size N]
///                    [--first N]
///     LogWriterProbe --in-pieces DIRECTORY
///
/// A test kills it wherever it likes. What went wrong is told on one line, with exit status 1.
@main
struct LogWriterProbe {
  private static let arguments = CommandLine.arguments

  static func main() {
    if arguments.count == 3, arguments[1] == "--in-pieces" { PieceWriter.run(in: arguments[2]) }
    guard arguments.count >= 4, let format = FormatRegistry.format(named: arguments[1]) else {
      fail("usage: LogWriterProbe FORMAT POLICY DIRECTORY [options]")
    }
    do {
      let directory = try OpenDirectory.open(arguments[3])
      let writer = try format.openWriter(
        in: directory,
        options: WriterOptions(policy: arguments[2], segmentSize: option("--segment-size")))
      let work = Appending(
        writer, first: option("--first") ?? 0, valueSize: Int(option("--value-size") ?? 100))
      let threads = (0..<(option("--threads") ?? 1)).map { _ in startThread(work) }
      waitForEndOfInput()
      work.stop()
      for thread in threads { pthread_join(thread, nil) }
      try writer.close()
      tell("closed\n")
    } catch {
      fail((error as? WriterFailure)?.message ?? "\(error)")
    }
  }

  private static func option(_ name: String) -> UInt64? {
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else {
      return nil
    }
    return UInt64(arguments[place + 1])
  }

  private static func waitForEndOfInput() {
    var byte: UInt8 = 0
    while read(0, &byte, 1) > 0 || errno == EINTR {}
  }

  private static func startThread(_ work: Appending) -> pthread_t {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Appending>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(work).toOpaque())
    guard code == 0 else { fail("no thread could be started: error \(code)") }
    return thread
  }

  /// By one call, so that the lines of several threads, and of a killed process, stay whole.
  static func tell(_ line: String) {
    let bytes = Array(line.utf8)
    _ = write(1, bytes, bytes.count)
  }

  static func fail(_ reason: String) -> Never {
    tell("failed: \(reason)\n")
    exit(1)
  }
}

/// What the threads do together.
private final class Appending: Sendable {
  private let writer: any LogWriter
  private let next: Atomic<UInt64>
  private let isStopped = Atomic<Bool>(false)
  private let valueSize: Int

  init(_ writer: any LogWriter, first: UInt64, valueSize: Int) {
    self.writer = writer
    self.valueSize = valueSize
    next = Atomic(first)
  }

  func stop() { isStopped.store(true, ordering: .relaxed) }

  func run() {
    while !isStopped.load(ordering: .relaxed) {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      let record = NumberedRecord(number, size: valueSize)
      do {
        let appended = try writer.append(key: record.key, value: record.value)
        LogWriterProbe.tell("\(number) \(appended.isDurable ? 1 : 0)\n")
      } catch {
        LogWriterProbe.fail(error.message)
      }
    }
  }
}
