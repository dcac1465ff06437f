import LogFiles
import LogFormats
import TestSupport

/// Small logs of the formats beside nori-wal, the same on every machine.
enum FormatLogs {
  static func make(_ name: String, in directory: TemporaryDirectory) throws {
    func make(
      _ format: any LogFormat, after events: [String] = [], damage: [LogDamage] = [],
      _ change: (inout LogRecipe) -> Void = { _ in }
    ) throws {
      try MadeLogs.make(name, format: format, in: directory, after: events, damage: damage) {
        $0.records = 24
        $0.segmentSize = 1024
        $0.valueSizes = 10...60
        $0.keys = 9
        change(&$0)
      }
    }
    switch name {
    case "okaywal-sound": try make(OkayWAL())
    case "okaywal-damaged": try make(OkayWAL(), damage: [.bitFlip])
    case "okaywal-special":
      try make(OkayWAL(), after: ["checkpoint", "recycle", "checkpoint"]) {
        $0.records = 40
        $0.kinds = ["entry", "entry", "empty-entry", "aborted"]
      }
    case "tegdb-sound": try make(TegDB())
    case "tegdb-damaged": try make(TegDB(), damage: [.hugeLength])
    case "tegdb-special":
      try make(TegDB()) {
        $0.records = 23
        $0.preallocation = .setLength
        $0.segmentSize = 4096
        $0.closesCleanly = false
      }
    case "tegdb-sql": try makeSQL(name, in: directory)
    case "mmlog-sound": try make(Mmlog()) { $0.segmentSize = 4096 }
    case "mmlog-damaged":
      try make(Mmlog(), after: ["failed-growth"]) {
        $0.segmentSize = 4096
        $0.closesCleanly = false
      }
    case "mmlog-special": try make(Mmlog(), after: ["power-loss"]) { $0.segmentSize = 4096 }
    default:
      try make(Mmlog(), damage: [.zeroHole]) {
        $0.segmentSize = 4096
        $0.records = 60
        $0.contents = .binary
      }
    }
  }

  /// A table of the SQL layer, and zeros that the noted end of the data covers.
  private static func makeSQL(_ name: String, in directory: TemporaryDirectory) throws {
    func big(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    func record(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
      big(key.count, 4) + big(value.count, 4) + key + value
    }
    func rowKey(_ number: Int) -> [UInt8] {
      big(5, 4).reversed() + Array("users:".utf8) + [1] + big(number, 8)
    }
    func row(_ number: Int, _ text: String) -> [UInt8] {
      big(number, 8).reversed() + Array(text.utf8)
        + [UInt8](repeating: 0, count: 8 - text.utf8.count)
    }
    let marker = record(Array("__TX_COMMIT__".utf8), [])
    let schema = Array("id:Integer:PRIMARY_KEY|name:Text(Some(8))".utf8)
    let records =
      record(Array("S:users".utf8), schema) + marker + record(rowKey(1), row(1, "Ada")) + marker
      + record(rowKey(2), row(2, "Grace")) + marker + record(rowKey(1), []) + marker
    let zeros = [UInt8](repeating: 0, count: 100)
    let header =
      Array("TEGDB".utf8) + [0] + big(2, 2) + big(0, 4) + big(1024, 4) + big(262_144, 4) + [1]
      + big(64 + records.count + 40, 8) + [UInt8](repeating: 0, count: 35)
    _ = try OpenDirectory.make(FileName(directory.path(name)))
    try MadeLogs.age(directory.write(header + records + zeros, to: "\(name)/db.teg"))
  }
}
