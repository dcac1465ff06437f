import LogFiles
import Synchronization
import TestSupport
import Testing

@testable import LogFormats

/// A nori-wal log under a writer, in a directory of its own.
final class WriterScene: Sendable {
  let directory: TemporaryDirectory
  /// Nanoseconds of the clock that the writer goes by.
  let time = Atomic<UInt64>(1_000_000_000)
  private let seen = Mutex<[NoriWALEvent]>([])

  init() throws { directory = try TemporaryDirectory() }

  var events: [NoriWALEvent] { seen.withLock { $0 } }

  func open(
    segmentSize: UInt64 = 1000, policy: NoriWALSyncPolicy = .os,
    preallocation: Preallocation = .allocate, calls: SystemCalls = .linux
  ) throws -> NoriWALWriter {
    var options = NoriWALWriterOptions()
    options.segmentSize = segmentSize
    options.policy = policy
    options.preallocation = preallocation
    options.nodeID = 7
    return try NoriWALWriter(
      in: try directory.open(calls: calls), options: options,
      observe: { [self] event in seen.withLock { $0.append(event) } },
      now: { [self] in time.load(ordering: .relaxed) })
  }

  /// The names and sizes of all files, by name.
  func files() throws -> [String: UInt64] {
    let open = try directory.open()
    var sizes: [String: UInt64] = [:]
    for entry in try open.entries() {
      sizes[entry.name.utf8 ?? ""] = try open.status(of: entry.name).size
    }
    return sizes
  }

  func bytes(_ name: String) throws -> [UInt8] {
    let file = try directory.open().openFile(FileName(name))
    var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
    var span = bytes.mutableSpan
    var room = span.mutableBytes
    _ = try file.read(into: &room, at: 0)
    return bytes
  }

  /// What the format's own walk finds in a file.
  func scan(_ name: String) throws -> PlainScan {
    PlainScan(try bytes(name), walker: NoriWALWalker())
  }

  /// All records, as a reader that was not there when they were written gives them.
  func records() throws -> [NoriWALRecord] {
    var reader = NoriWALReader(in: try directory.open())
    var records: [NoriWALRecord] = []
    while let entry = try reader.next() { records.append(entry.record) }
    return records
  }
}

/// A record of exactly so many bytes on disk, from 8 to 134.
func record(bytes: Int, _ key: UInt8 = 1) -> NoriWALRecord {
  NoriWALRecord(key: [key], value: [UInt8](repeating: key, count: bytes - 8))
}

/// The failure of `body`, nil when it does not fail.
func writerFailure(_ body: () throws -> Void) -> WriterFailure? {
  do {
    try body()
    return nil
  } catch {
    return error as? WriterFailure
  }
}
