import Foundation
import LogFiles
import LogFormats
import TestSupport

/// What `expected.json` of a nori-wal fixture says.
struct NoriWALTruth: Decodable {
  struct Segment: Decodable {
    var file: String
    var ignored: Bool?
    var segment_id: UInt64?
    var canonical_name: Bool?
    var file_size: UInt64
    var file_sha256: String
    var logical_end: UInt64?
    var valid_records: UInt64?
    var kinds: [String: UInt64]?
    var records: [Record]?
    var records_first: [Record]?
    var records_last: [Record]?
    var records_sha256: String?
    var first_invalid: FirstInvalid?
    var tail: Tail?
    var good_records_after_damage: GoodRecords?
  }
  struct Record: Decodable {
    var offset: UInt64
    var length: UInt64
    var kind: String
    var ttl_ms: UInt64?
    var compression: String
    var key_hex: String
    var stored_value_length: UInt64
    var value_length: UInt64
    var crc_stored: String
  }
  struct FirstInvalid: Decodable {
    var offset: UInt64
    var reason: String
    var stored: String?
    var computed: String?
  }
  struct Tail: Decodable {
    var all_zero: Bool
  }
  struct GoodRecords: Decodable {
    var count: UInt64
  }
  struct Totals: Decodable {
    var missing_segment_id_ranges: [[UInt64]]
  }
  struct Recovery: Decodable {
    struct Position: Decodable {
      var segment_id: UInt64
      var offset: UInt64
    }
    var ok: Bool
    var error: String?
    var valid_records: UInt64?
    var segments_scanned: UInt64?
    var bytes_truncated: UInt64?
    var last_valid_position: Position?
    var corruption_detected: Bool?
    var file_sizes_after: [String: UInt64]
  }
  var segments: [Segment]
  var totals: Totals
  var real_recovery: Recovery

  static func read(_ name: String) throws -> NoriWALTruth {
    let bytes = try Fixtures.bytes("nori-wal/\(name)/expected.json")
    return try JSONDecoder().decode(NoriWALTruth.self, from: Data(bytes))
  }

  /// The segments that the owner's discovery takes.
  var discovered: [Segment] { segments.filter { $0.ignored != true && $0.segment_id != nil } }
}

extension NoriWALTruth.Segment {
  func bytes(of name: String) throws -> [UInt8] {
    try Fixtures.bytes("nori-wal/\(name)/data/\(file)")
  }
}

/// The word of a fixture for a reason.
extension Reason {
  var fixtureWord: String {
    switch self {
    case .checksum: "crc_mismatch"
    case .varintOverflow: "varint_overflow"
    case .badCompression: "bad_compression"
    case .decompressFailed: "decompress_failed"
    default: rawValue
    }
  }
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func hex(_ value: UInt32) -> String {
  hex((0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) })
}

func bytes(hex text: String) -> [UInt8] {
  let digits = text.utf8.filter { $0 != 0x20 }.compactMap {
    Character(UnicodeScalar($0)).hexDigitValue
  }
  return stride(from: 0, to: digits.count - 1, by: 2).map {
    UInt8(digits[$0] * 16 + digits[$0 + 1])
  }
}
