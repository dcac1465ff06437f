import Foundation
import LogFiles
import LogFormats
import TestSupport

/// What `expected.json` of an okaywal fixture says of the entries.
struct OkayWALTruth: Decodable {
  struct Segment: Decodable {
    var file: String
    var ignored: Bool?
    var segment_id: UInt64?
    var state: String?
    var header: Header?
    var entries: [Entry]?
    var entries_first: [Entry]?
    var entries_last: [Entry]?
    var entries_sha256: String?
    var resume_offset: UInt64?
  }
  struct Header: Decodable {
    var version_info_hex: String
    var header_length: UInt64
  }
  struct Entry: Decodable {
    var offset: UInt64
    var entry_id: UInt64
    var length: UInt64
    var status: String
    var chunks: [Chunk]
  }
  struct Chunk: Decodable {
    var offset: UInt64
    var length: UInt64
    var payload_sha256: String
    var crc_stored: String
    var crc_valid: Bool
  }
  var segments: [Segment]

  static func read(_ name: String) throws -> OkayWALTruth {
    let bytes = try Fixtures.bytes("okaywal/\(name)/expected.json")
    return try JSONDecoder().decode(OkayWALTruth.self, from: Data(bytes))
  }

  /// The segments that the owner's discovery takes.
  var discovered: [Segment] { segments.filter { $0.ignored != true && $0.segment_id != nil } }
}

extension OkayWALTruth.Segment {
  func bytes(of name: String) throws -> [UInt8] {
    try Fixtures.bytes("okaywal/\(name)/data/\(file)")
  }

  /// All listed entries.
  var listed: [OkayWALTruth.Entry] { entries ?? (entries_first ?? []) + (entries_last ?? []) }
}
