import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// A directory with one mmlog, and other processes that write it.
final class MmlogWorkplace: Sendable {
  let directory: TemporaryDirectory
  let open: OpenDirectory
  static let name = FileName("app.log")

  init(calls: SystemCalls = .linux) throws {
    directory = try TemporaryDirectory()
    open = try directory.open(calls: calls)
  }

  func writer(
    chunk: UInt64 = 8192, policy: MmlogWriterOptions.Policy = .os, preallocates: Bool = true,
    patience: Duration = .seconds(10), trims: Bool = false
  ) throws -> MmlogWriter {
    try MmlogWriter.open(
      Self.name, in: open,
      options: MmlogWriterOptions(
        policy: policy, chunkSize: chunk, preallocates: preallocates, patience: patience,
        trimsOnClose: trims))
  }

  /// The data file's bytes.
  func data() throws -> [UInt8] { try bytes(Self.name) }

  /// The metadata as they are in the file.
  func metadata() throws -> MmlogMetadata {
    let bytes = try bytes(FileName("app.log.mmlog"))
    let metadata = MmlogMetadata(bytes.rawBytes)
    return try #require(metadata)
  }

  /// Writes metadata over those that are there, which writers may have mapped.
  func overwrite(_ metadata: MmlogMetadata) throws {
    let file = try directory.open().openForWriting(FileName("app.log.mmlog"), [.creates])
    try file.write(metadata.bytes, at: 0)
  }

  /// A pair as something else than our writer left it.
  func lay(_ data: [UInt8], _ change: (inout MmlogMetadata) -> Void) throws {
    var metadata = MmlogMetadata()
    metadata.chunkSize = 8192
    metadata.recordedSize = UInt64(data.count)
    change(&metadata)
    try overwrite(metadata)
    try directory.write(data, to: "app.log")
  }

  private func bytes(_ name: FileName) throws -> [UInt8] {
    let file = try directory.open().openFile(name)
    return try file.bytes(in: 0..<(try file.status().size))
  }

  /// Another process, once it has said `line`.
  func process(_ verb: String, _ numbers: [Int] = [], saying line: String) throws -> ChildProcess {
    let program = try TerminalSession.builtProgram("MmlogProbe")
    let child = try ChildProcess([program, verb, directory.path] + numbers.map(String.init))
    let said = child.readLine()
    guard said == line else { throw SetupFailure("\(verb) said \(said ?? "nothing")") }
    return child
  }

  /// Runs processes that insert `count` records of `size` bytes each, at the same time.
  func insertByProcesses(_ verbs: [String], count: Int, size: Int, chunk: Int) throws {
    let children = try verbs.enumerated().map { index, verb in
      try process(verb, [index, count, size, chunk], saying: "ready")
    }
    for child in children { child.closeInput() }
    for child in children {
      #expect(child.readLine() == "done")
      #expect(child.wait() == 0)
    }
  }

  /// That each record of each process is there once, whole, in the order of its process, and
  /// nothing else.
  func expectAllRecords(processes: Int, count: Int, size: Int) throws {
    let cursor = try metadata().cursor
    #expect(cursor == UInt64(processes * count * size))
    let bytes = try data()
    try #require(UInt64(bytes.count) >= cursor)
    var next = [Int](repeating: 0, count: processes)
    var wrong = 0
    for start in stride(from: 0, to: Int(cursor), by: size) {
      let found = Array(bytes[start..<start + size])
      let index = (0..<processes).first { Self.record($0, next[$0], size: size) == found }
      if let index { next[index] += 1 } else { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(next == [Int](repeating: count, count: processes))
    #expect(bytes[Int(cursor)...].allSatisfy { $0 == 0 })
  }

  /// As `MmlogProbe` makes them.
  static func record(_ process: Int, _ number: Int, size: Int) -> [UInt8] {
    var text = "p\(process) \(number) "
    while text.utf8.count < size - 1 { text += String(number % 10) }
    return Array(text.utf8) + [0x0A]
  }
}
