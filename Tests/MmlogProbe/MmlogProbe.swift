import Glibc
import LogFiles
import LogFormats

/// A second process at an mmlog, for tests: `MmlogProbe VERB DIRECTORY [NUMBER ...]`. Each verb says
/// when it is so far and waits for a line, or the end of its input, before it goes on.
@main
struct MmlogProbe {
  static let name = FileName("app.log")
  static let metadataName = FileName("app.log.mmlog")

  static func main() {
    let arguments = CommandLine.arguments
    let numbers = arguments.dropFirst(3).compactMap { Int($0) }
    do {
      let directory = try OpenDirectory.open(arguments[2])
      switch arguments[1] {
      case "insert": try insert(directory, numbers)
      case "owner-insert": try OwnersProcess(directory).insert(numbers)
      case "hold-growth": try holdGrowth(directory)
      case "hold-flag": try OwnersProcess(directory).holdFlag()
      case "open-as-owner": try openAsOwner(directory)
      default: exit(64)
      }
    } catch {
      say("failed: \(error)")
      exit(1)
    }
  }

  static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  static func wait() { _ = readLine() }

  /// The record `number` of a process: told apart from all others, and checked byte by byte.
  static func record(_ process: Int, _ number: Int, size: Int) -> [UInt8] {
    var text = "p\(process) \(number) "
    while text.utf8.count < size - 1 { text += String(number % 10) }
    return Array(text.utf8) + [0x0A]
  }

  /// Inserts records as walscope's writer: process, count, size, chunk size.
  static func insert(_ directory: OpenDirectory, _ numbers: [Int]) throws {
    let writer = try MmlogWriter.open(
      name, in: directory,
      options: MmlogWriterOptions(chunkSize: UInt64(numbers[3]), trimsOnClose: false))
    say("ready")
    wait()
    for number in 0..<numbers[1] {
      _ = try writer.insert(record(numbers[0], number, size: numbers[2]))
    }
    try writer.close()
    say("done")
  }

  /// Is a writer of ours that holds both growth locks, and does nothing with them.
  static func holdGrowth(_ directory: OpenDirectory) throws {
    let writer = try MmlogWriter.open(name, in: directory)
    let file = try directory.openForWriting(metadataName)
    // The locks as Mmlog.md names them.
    let growth: Range<UInt64> = (1 << 61) + 1..<(1 << 61) + 2
    try file.takeLock(on: growth, exclusive: true, waits: true)
    let memory = try SharedMemory(file, offset: 0, count: 32)
    guard try memory.exchange(byte: 0, for: 0x57, at: 5) else { exit(2) }
    say("held")
    wait()
    _ = writer
  }

  /// Has the pair open as a process of the owner has it, and holds nothing.
  static func openAsOwner(_ directory: OpenDirectory) throws {
    let process = try OwnersProcess(directory)
    say("open")
    wait()
    _ = process
  }
}

/// What a process of the C library does (format page, section 4), but for its 10 ms.
struct OwnersProcess {
  let data: WriterFile
  let metadata: SharedMemory

  init(_ directory: OpenDirectory) throws {
    data = try directory.openForWriting(MmlogProbe.name)
    let file = try directory.openForWriting(MmlogProbe.metadataName)
    metadata = try SharedMemory(file, offset: 0, count: 32)
  }

  func holdFlag() throws {
    guard try metadata.exchange(byte: 0, for: 1, at: 5) else { exit(2) }
    MmlogProbe.say("held")
    MmlogProbe.wait()
  }

  /// Process, count, size and chunk size.
  func insert(_ numbers: [Int]) throws {
    MmlogProbe.say("ready")
    MmlogProbe.wait()
    for number in 0..<numbers[1] {
      let bytes = MmlogProbe.record(numbers[0], number, size: numbers[2])
      let start = try reserve(UInt64(bytes.count))
      let end = start + UInt64(bytes.count)
      if try end > metadata.number(at: 8) { try grow(to: end, chunk: UInt64(numbers[3])) }
      try data.write(bytes, at: start)
    }
    MmlogProbe.say("done")
  }

  private func reserve(_ count: UInt64) throws -> UInt64 {
    while true {
      let cursor = try metadata.number(at: 16)
      if try metadata.exchange(cursor, for: cursor + count, at: 16) { return cursor }
    }
  }

  private func grow(to end: UInt64, chunk: UInt64) throws {
    while try !metadata.exchange(byte: 0, for: 1, at: 5) { sched_yield() }
    if try end > metadata.number(at: 8) {
      let size = (end + chunk - 1) / chunk * chunk
      try data.setLength(size)
      try metadata.store(size, at: 8)
    }
    try metadata.store(byte: 0, at: 5)
  }
}
