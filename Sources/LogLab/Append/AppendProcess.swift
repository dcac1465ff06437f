import CAppend
import Glibc
public import LogFiles
import LogFormats

/// One of the processes that append: what it does itself.
///
/// It says `ready` when it has the file open, begins at the line `go`, and says `done` with the
/// moments of its first and after its last append. A dot in between tells that it goes on.
public enum AppendProcess {
  /// The word by which this program knows that it is such a process: its first argument.
  public static let word = "lab-append"

  static let chunkSize: UInt64 = 1 << 20

  /// Appends as its arguments behind `word` say: directory, number of the process, and the work.
  ///
  /// - Returns: whether everything was done.
  public static func serve(_ arguments: [FileName]) -> Bool {
    do throws(LabFailure) {
      let words = arguments.dropFirst().compactMap(\.utf8)
      guard let path = arguments.first, let process = words.first.flatMap({ Int($0) }),
        let work = AppendWork(arguments: Array(words.dropFirst()))
      else { throw LabFailure(.failed, "this process is started by the lab only") }
      let directory = try inLab { () throws(FileError) in try OpenDirectory.open(path) }
      let appender = try Appender(work, process, in: directory)
      say("ready")
      guard readLine() == "go" else { return false }
      let start = MonotonicTime.nanoseconds
      try appender.run()
      say("done \(start) \(MonotonicTime.nanoseconds)")
      return true
    } catch {
      say("\(error.kind == .unsupported ? "unsupported" : "failed") \(error.message)")
      return false
    }
  }

  fileprivate static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}

/// Appends the records of one process.
private struct Appender {
  private let work: AppendWork
  private let process: Int
  private let target: Target

  private enum Target {
    case mmlog(MmlogWriter)
    case file(WriterFile)
  }

  init(_ work: AppendWork, _ process: Int, in directory: OpenDirectory) throws(LabFailure) {
    self.work = work
    self.process = process
    if work.strategy == .mmlog {
      do throws(WriterFailure) {
        target = .mmlog(
          try MmlogWriter.open(
            AppendWork.fileName, in: directory,
            options: MmlogWriterOptions(
              chunkSize: AppendProcess.chunkSize, trimsOnClose: false)))
      } catch {
        throw LabFailure(error)
      }
    } else {
      let mode: WriterFileMode =
        work.strategy == .direct ? [.creates, .direct] : [.creates, .appends]
      target = .file(
        try inLab { () throws(FileError) in
          try directory.openForWriting(AppendWork.fileName, mode)
        })
    }
  }

  private var records: ca_records {
    ca_records(size: work.size, process: UInt32(process), count: UInt64(work.operations))
  }

  func run() throws(LabFailure) {
    switch target {
    case .mmlog(let writer): try insert(into: writer)
    case .file(let file):
      let outcome = file.withDescriptor(call)
      if outcome < 0 {
        throw LabFailure(FileError(call: .write, code: -outcome, name: AppendWork.fileName))
      }
    }
  }

  /// Every so many records the process says that it goes on, or learns that nobody listens.
  private static let watch: @convention(c) (UInt64) -> Int32 = { _ in
    print(".")
    return fflush(nil)
  }

  // Sound: the calls use the descriptor, which stays open, and memory of their own only.
  private func call(_ descriptor: Int32) -> Int32 {
    switch work.strategy {
    case .mmlog: 0
    case .write: ca_write(descriptor, records, Self.watch)
    case .writev: ca_writev(descriptor, records, Self.watch)
    case .stdio: ca_stdio(descriptor, records, Self.watch)
    case .direct: ca_direct(descriptor, records, work.regionStart(process), Self.watch)
    case .aio: ca_aio(descriptor, records, Self.watch)
    case .ioUring: ca_io_uring(descriptor, records, Self.watch)
    }
  }

  private func insert(into writer: MmlogWriter) throws(LabFailure) {
    var record = [UInt8](repeating: 0, count: work.size)
    // Sound: both calls write `size` bytes, as many as the array has.
    unsafe ca_begin(&record, records)
    do throws(WriterFailure) {
      for number in 0..<UInt64(work.operations) {
        unsafe ca_stamp(&record, work.size, number)
        _ = try writer.insert(record)
        if (number + 1) % 65_536 == 0, Self.watch(number + 1) != 0 { throw .ended }
      }
    } catch {
      throw LabFailure(error)
    }
  }
}
