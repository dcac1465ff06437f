import Foundation
import TestSupport

/// What `expected.json` of a TegDB fixture says of a log file.
struct TegDBTruth: Decodable {
  struct FirstInvalid: Decodable {
    var offset: UInt64
    var reason: String
  }
  struct Entry: Decodable {
    var offset: UInt64
    var total: UInt64
    var kind: String
    var tx: String
    var beyond_valid_data_end: Bool?
  }
  struct Listing: Decodable {
    var count: Int
    var listing_sha256: String
  }
  struct Recovery: Decodable {
    var opens: Bool?
    var error: String?
    var live_keys: Listing?
    var valid_data_end_after: UInt64?
    var file_size_after: UInt64?
    var config: String?

    /// The configuration in walscope's words, nil for one that it has no word for.
    var assuming: [String: UInt64]? {
      var assuming: [String: UInt64] = [:]
      for part in (config ?? "").split(separator: " ") {
        let pair = part.split(separator: "=")
        let words = ["mk": "max-key-bytes", "mv": "max-value-bytes"]
          .merging(["prealloc": "preallocate-limit-bytes"]) { $1 }
        guard pair.count == 2, let word = words[String(pair[0])], let number = UInt64(pair[1])
        else { return nil }
        assuming[word] = number
      }
      return assuming
    }
  }
  var format: String
  var file: String?
  var header_status: String?
  var logical_end: UInt64?
  var valid_records: UInt64?
  var records_sha256: String?
  var records: [Entry]?
  var records_first: [Entry]?
  var first_invalid: FirstInvalid?
  var uncommitted_tail_records: UInt64?
  var records_beyond_valid_data_end: UInt64?
  var live_keys: Listing?
  var real_recovery: Recovery?
  var real_recovery_older: [Recovery]?
  var real_recovery_other_configs: [Recovery]?

  static func read(_ name: String) throws -> TegDBTruth {
    struct Format: Decodable { var format: String }
    let bytes = Data(try Fixtures.bytes("tegdb/\(name)/expected.json"))
    let format = try JSONDecoder().decode(Format.self, from: bytes).format
    // A backup set says other things under the same names.
    guard format == "tegdb-log" else { return TegDBTruth(format: format) }
    return try JSONDecoder().decode(TegDBTruth.self, from: bytes)
  }

  /// The cases that are a log file.
  static let logs = Fixtures.cases("tegdb").filter { (try? read($0).format) == "tegdb-log" }
}
