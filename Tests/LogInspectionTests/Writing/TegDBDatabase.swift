import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// A TegDB database in a directory of its own, for a test to write and to look at.
struct TegDBDatabase {
  static let name = FileName("db.teg")
  let directory: TemporaryDirectory

  init(_ bytes: [UInt8]? = nil) throws {
    let directory = try TemporaryDirectory()
    if let bytes { try directory.write(bytes, to: "db.teg") }
    self.directory = directory
  }

  /// A database of these records, whose header notes where they end.
  static func of(records: [UInt8], noted: UInt64? = nil) throws -> TegDBDatabase {
    try TegDBDatabase(
      TegDBBytes.header(dataEnd: noted ?? 64 + UInt64(records.count)) + records)
  }

  func writer(
    calls: SystemCalls = .linux, _ change: (inout TegDBWriter.Options) -> Void = { _ in }
  ) throws -> TegDBWriter {
    var options = TegDBWriter.Options()
    change(&options)
    return try TegDBWriter(Self.name, in: try directory.open(calls: calls), options: options)
  }

  func bytes() throws -> [UInt8] {
    let file = try directory.open().openFile(Self.name)
    return try file.bytes(in: 0..<file.status().size)
  }

  /// The records behind the header, by the walk that reads logs.
  func records() throws -> [UInt8] { Array(try bytes().dropFirst(64)) }

  func notedEnd() throws -> UInt64? { Self.notedEnd(try bytes()) }

  private static func notedEnd(_ bytes: [UInt8]) -> UInt64? {
    bytes.rawBytes.be(UInt64.self, at: 21)
  }

  var names: [String] {
    get throws { try directory.open().entries().compactMap(\.name.utf8).sorted() }
  }

  func report() throws -> LogReport {
    let tree = try LogTree.open(FileName(directory.path), format: "tegdb")
    return try #require(tree.logs.first).scan()
  }

  /// Expects a log without a fault and with a noted end that is right, in which the owner finds so
  /// many keys.
  func expectSound(keys: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let report = try report()
    #expect(
      report.verdict == .clean, "\(report.findings.map(\.message))", sourceLocation: sourceLocation)
    #expect(
      try notedEnd() == report.segments.first?.logicalEnd, sourceLocation: sourceLocation)
    let found = try LiveKeys.find(TegDB(), report, in: try directory.open())
    #expect(found?.count == keys, sourceLocation: sourceLocation)
  }
}

extension TegDBWriter {
  func put(_ key: String, _ value: String) throws {
    _ = try append(key: Array(key.utf8), value: Array(value.utf8))
  }

  func text(_ key: String) throws -> String? {
    try get(Array(key.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension TegDBTransaction {
  func put(_ key: String, _ value: String) throws { try put(Array(key.utf8), Array(value.utf8)) }
  func delete(_ key: String) throws { try delete(Array(key.utf8)) }
}
