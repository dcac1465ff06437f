import Foundation

/// What `expected.json` of a nori-wal fixture says.
package struct NoriWALTruth: Decodable {
  package struct Segment: Decodable {
    package var file: String
    package var ignored: Bool?
    package var segment_id: UInt64?
    package var canonical_name: Bool?
    package var file_size: UInt64
    package var file_sha256: String
    package var logical_end: UInt64?
    package var valid_records: UInt64?
    package var kinds: [String: UInt64]?
    package var records: [Record]?
    package var records_first: [Record]?
    package var records_last: [Record]?
    package var records_sha256: String?
    package var first_invalid: FirstInvalid?
    package var tail: Tail?
    package var good_records_after_damage: GoodRecords?
  }
  package struct Record: Decodable {
    package var offset: UInt64
    package var length: UInt64
    package var kind: String
    package var ttl_ms: UInt64?
    package var compression: String
    package var key_hex: String
    package var stored_value_length: UInt64
    package var value_length: UInt64
    package var crc_stored: String
  }
  package struct FirstInvalid: Decodable {
    package var offset: UInt64
    package var reason: String
    package var stored: String?
    package var computed: String?
  }
  package struct Tail: Decodable {
    package var all_zero: Bool
  }
  package struct GoodRecords: Decodable {
    package var count: UInt64
  }
  package struct Totals: Decodable {
    package var missing_segment_id_ranges: [[UInt64]]
  }
  package struct Recovery: Decodable {
    package struct Position: Decodable {
      package var segment_id: UInt64
      package var offset: UInt64
    }
    package var ok: Bool
    package var error: String?
    package var valid_records: UInt64?
    package var segments_scanned: UInt64?
    package var bytes_truncated: UInt64?
    package var last_valid_position: Position?
    package var corruption_detected: Bool?
    package var file_sizes_after: [String: UInt64]
  }
  package var segments: [Segment]
  package var totals: Totals
  package var real_recovery: Recovery

  package static func read(_ name: String) throws -> NoriWALTruth {
    let bytes = try Fixtures.bytes("nori-wal/\(name)/expected.json")
    return try JSONDecoder().decode(NoriWALTruth.self, from: Data(bytes))
  }

  /// The segments that the owner's discovery takes.
  package var discovered: [Segment] {
    segments.filter { $0.ignored != true && $0.segment_id != nil }
  }
}

extension NoriWALTruth.Segment {
  package func bytes(of name: String) throws -> [UInt8] {
    try Fixtures.bytes("nori-wal/\(name)/data/\(file)")
  }
}
