import CZlib
import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// A backup set made by hand: one base, two segments, `latest.json`, and a state file.
struct BackupSet {
  static let id = "20260102T030405"

  /// Contents by the place in the set.
  var files: [String: [UInt8]] = [:]
  let isCompressed: Bool
  let base: [UInt8]
  let first: [UInt8]
  let second: [UInt8]

  init(isCompressed: Bool = false) {
    self.isCompressed = isCompressed
    base = Self.database(Self.put("a", "1") + Self.put("b", "2") + Self.marker)
    first = Self.put("c", "3") + Self.put("a", "4") + Self.marker
    second = Self.put("d", "5") + Self.marker
    put(base, as: baseName)
    put(first, as: firstSegment)
    put(second, as: secondSegment)
    setLatest(offset: baseEnd)
    setState(offset: end)
  }

  private var suffix: String { isCompressed ? ".gz" : "" }
  var baseEnd: UInt64 { UInt64(base.count) }
  var firstEnd: UInt64 { baseEnd + UInt64(first.count) }
  var end: UInt64 { firstEnd + UInt64(second.count) }
  var baseName: String { "base/\(Self.id).snap\(suffix)" }
  var firstSegment: String { "segments/\(Self.id)/\(baseEnd)-\(firstEnd).seg\(suffix)" }
  var secondSegment: String { "segments/\(Self.id)/\(firstEnd)-\(end).seg\(suffix)" }

  mutating func put(_ bytes: some Sequence<UInt8>, as name: String) {
    files[name] = isCompressed ? Self.gzip(Array(bytes)) : Array(bytes)
  }

  mutating func remove(_ name: String) { files[name] = nil }

  mutating func setLatest(offset: UInt64) {
    files["latest.json"] = Array(
      """
      {"base_id":"\(Self.id)","checksums":{"base_etag":"00"},\
      "created_at":"2026-01-02T03:04:05+00:00","last_offset":\(offset)}
      """.utf8)
  }

  mutating func setState(offset: UInt64, base: String = BackupSet.id) {
    files["../shop.stream.toml"] = Array(
      """
      device = 1
      inode = 2
      db_path = "/var/lib/shop.teg"
      base_id = "\(base)"
      last_committed_offset = \(offset)
      last_seen_size = \(end)

      """.utf8)
  }

  // MARK: Bytes

  static let marker = put("__TX_COMMIT__", "")

  static func put(_ key: String, _ value: String) -> [UInt8] {
    record(Array(key.utf8), Array(value.utf8))
  }

  static func record(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
    number(UInt32(key.count)) + number(UInt32(value.count)) + key + value
  }

  /// A database of version 2 that ends with the last record.
  static func database(_ records: [UInt8]) -> [UInt8] {
    Array("TEGDB".utf8) + [0, 0, 2] + number(UInt32(0)) + number(UInt32(1024))
      + number(UInt32(262_144)) + [1] + number(UInt64(64 + records.count))
      + [UInt8](repeating: 0, count: 35) + records
  }

  private static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// One gzip member. zlib's own format is the same deflate data in another frame.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    let answer = compress2(&packed, &size, bytes, UInt(bytes.count), 6)
    precondition(answer == Z_OK)
    let crc = UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff] + packed[2..<Int(size) - 4]
      + number(crc).reversed() + number(UInt32(bytes.count)).reversed()
  }

  // MARK: Files

  /// Writes the set as `shop.teg/` beside its state file.
  func save() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    var made: Set<String> = []
    for name in files.keys.sorted() {
      var parts = ("shop.teg/" + name).split(separator: "/").map(String.init)
      if let up = parts.firstIndex(of: "..") { parts.removeSubrange(up - 1...up) }
      for depth in parts.indices.dropLast() {
        let above = parts[...depth].joined(separator: "/")
        if made.insert(above).inserted { #expect(mkdir(directory.path(above), 0o700) == 0) }
      }
      try directory.write(files[name] ?? [], to: parts.joined(separator: "/"))
    }
    return directory
  }

  func judge() throws -> LogReport {
    let directory = try save()
    return try withExtendedLifetime(directory) {
      let logs = try LogTree.open(FileName(directory.path)).logs
      #expect(logs.count == 1)
      return try #require(logs.first).scan()
    }
  }
}
