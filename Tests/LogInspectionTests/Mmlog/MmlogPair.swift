import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// A data file and its metadata in a directory of their own, laid out by hand (format page,
/// section 2).
final class MmlogPair {
  let directory: TemporaryDirectory
  let name: String
  /// The bytes of the data file, nil for none.
  var data: [UInt8]?
  /// The bytes of the metadata file, nil for none.
  var metadata: [UInt8]?

  init(
    _ data: [UInt8]?, cursor: UInt64, recorded: UInt64? = nil, chunk: UInt32 = 8192,
    ready: UInt8 = 1, locked: UInt8 = 0, panicked: UInt8 = 0, name: String = "app.log"
  ) throws {
    directory = try TemporaryDirectory()
    self.name = name
    self.data = data
    metadata =
      Self.littleEndian(UInt32(1)) + [ready, locked, panicked, 0]
      + Self.littleEndian(recorded ?? UInt64(data?.count ?? 0)) + Self.littleEndian(cursor)
      + Self.littleEndian(UInt32(4096)) + Self.littleEndian(chunk)
  }

  /// The example of section 7.1: two lines, eight bytes whose writer died, a third line. With a
  /// chunk of less than a page, which the owner does not check, the data file is shorter.
  static func example(chunk: UInt32 = 8192) throws -> MmlogPair {
    let lines = "first\nsecond line\n\0\0\0\0\0\0\0\0third\n"
    return try MmlogPair(filled(lines, to: Int(chunk)), cursor: 32, chunk: chunk)
  }

  static func filled(_ text: String, to size: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// Writes both files, as if long ago: nothing waits for a writer that may come back.
  func save() throws {
    for (bytes, name) in [(data, name), (metadata, name + ".mmlog")] {
      guard let bytes else { continue }
      try directory.write(bytes, to: name)
      try Self.age(directory.path(name))
    }
  }

  static func age(_ path: String) throws {
    let long = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
    guard utimes(path, long) == 0 else { throw SetupFailure("utimes", errno) }
  }

  func open() throws -> Log {
    try save()
    return try #require(try LogTree.open(FileName(directory.path), format: "mmlog").logs.first)
  }

  func judge(assuming: [String: UInt64] = [:]) throws -> LogReport {
    try open().scan(assuming: assuming)
  }

  /// Judges what is in the files, and looks for no writer of the log as a whole, which takes time.
  func judgeUnwatched() throws -> LogReport {
    let log = try open()
    return log.judge(log.layout.segments.indices.map { log.scanSegment($0).report })
  }

  func forecast(_ mode: String, insert: UInt64 = 26) throws -> Forecast {
    let report = try judge(assuming: ["insert-bytes": insert])
    return try #require(report.forecasts.first { $0.mode == mode })
  }
}

extension LogReport {
  /// The report of the data file.
  var data: SegmentReport? { segments.first { $0.file.state != .metadata } }
  var metadata: SegmentReport? { segments.first { $0.file.state == .metadata } }

  /// What is found, without the words.
  var found: Set<String> {
    Set(
      findings.map { finding in
        let range = finding.range.map { "\($0)" } ?? "-"
        return "\(finding.severity) \(finding.code) \(range)"
      } + segments.map { "\($0.verdict)" })
  }

  func has(_ code: FindingCode, _ severity: Severity? = nil) -> Bool {
    findings.contains { $0.code == code && (severity == nil || $0.severity == severity) }
  }
}

extension [Attribute] {
  subscript(name: String) -> FieldValue? { first { $0.name == name }?.value }
}
