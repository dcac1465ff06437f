import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// A log of these bytes in a directory of its own.
final class TegDBFile {
  let directory: TemporaryDirectory
  let log: Log

  /// - Parameter name: under the name of a leftover nobody looks for a writer, which takes time.
  init(_ bytes: [UInt8], name: String = "db.teg") throws {
    directory = try TemporaryDirectory()
    let path = try directory.write(bytes, to: name)
    // A fault in a file that has just changed is looked at again, for it may be a write under way.
    let longAgo = [
      timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0),
    ]
    utimensat(AT_FDCWD, path, longAgo, 0)
    let tree = try LogTree.open(FileName(directory.path), format: "tegdb")
    log = try #require(tree.logs.first)
  }

  /// Scans the log while its directory is there.
  func scan() -> LogReport { withExtendedLifetime(directory) { log.scan() } }
}

/// Headers and records as TegDB writes them (format page, sections 2 and 3).
enum TegDBBytes {
  /// A header as the owner writes it; version 1 notes no end of the data.
  static func header(version: UInt8 = 2, dataEnd: UInt64) -> [UInt8] {
    Array("TEGDB".utf8) + [0, 0, version] + number(UInt32(0)) + number(UInt32(1024))
      + number(UInt32(262_144)) + [1] + number(version == 1 ? 0 : dataEnd)
      + [UInt8](repeating: 0, count: 35)
  }

  static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  static func put(_ key: String, _ value: String) -> [UInt8] {
    number(UInt32(key.utf8.count)) + number(UInt32(value.utf8.count)) + Array((key + value).utf8)
  }
  static func delete(_ key: String) -> [UInt8] { put(key, "") }
  static let marker = put("__TX_COMMIT__", "")
}
