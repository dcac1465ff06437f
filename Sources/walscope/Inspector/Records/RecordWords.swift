import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// Rows of a segment in words.
struct RecordWords: Sendable {
  let evidence: Evidence
  /// The first thing that is wrong with the segment, once that is known.
  var firstInvalid: FirstInvalid?

  /// What a range without records is, as its line in the list says it.
  func line(_ range: ByteRange) -> String {
    let place = "\(Quantity.offset(range.offset)) +\(Quantity.bytes(range.length))"
    switch range.kind {
    case .header: return "header \(place)"
    case .records: return "records \(place)"
    case .padding: return "zeros \(place) between records"
    case .zeroTail: return "zero tail \(place) to the end of the file"
    case .stale where range.records > 0:
      return "recycled \(place): \(Quantity.count(range.records, "record")) of an earlier life"
    case .stale where range.isEarlierLife:
      return "stale \(place): remains of an earlier life of the file"
    case .stale: return "left over \(place): bytes behind the end of the data"
    case .damage, .unknown:
      let name = range.kind == .damage ? "damage" : "unknown"
      return "\(name) \(place)" + (reason(range).map { ": \($0)" } ?? "")
    }
  }

  private func reason(_ range: ByteRange) -> String? {
    guard let reason = range.reason else { return nil }
    guard let flip = bitFlip(inRowAt: range.offset) else { return reason.title }
    return "\(reason.title); bit \(flip.bit) of byte \(Quantity.offset(flip.offset)) explains it"
  }

  /// The one flipped bit that explains what is wrong with the row at an offset.
  func bitFlip(inRowAt offset: UInt64) -> BitFlip? {
    guard let firstInvalid, firstInvalid.offset == offset else { return nil }
    return firstInvalid.bitFlip
  }

  /// The selected row in a sentence.
  func sentence(_ row: Row, in index: RecordIndex, isFinal: Bool) -> String {
    switch row {
    case .range(let range): return sentence(range, in: index)
    case .record(let record, let number):
      let total = Quantity.grouped(index.frameCount) + (isFinal ? "" : "…")
      var text = "record \(Quantity.grouped(number + 1)) of \(total): \(record.kind)"
      if let key = record.key { text += ", key \(Quantity.bytes(key.total))" }
      if let value = record.value { text += ", value \(Quantity.bytes(value.total))" }
      if let fault = record.fault {
        text += "; \(fault.reason.explanation)"
      } else if let uncounted = record.uncounted {
        text += "; \(evidence.accepted), \(uncounted.explanation)"
      } else if record.isFoundByResync {
        text += "; \(evidence.accepted), found by resync: its owner does not reach it"
      } else {
        text += "; \(evidence.accepted)"
      }
      return text
    }
  }

  private func sentence(_ range: ByteRange, in index: RecordIndex) -> String {
    let size = Quantity.count(range.length, "byte")
    switch range.kind {
    case .header: return "The header of the segment, \(size)."
    case .records: return "\(Quantity.count(range.records, "record")), \(size)."
    case .padding: return "\(size) of zeros between records" + followers(of: range, in: index) + "."
    case .zeroTail:
      return "\(size) of zeros up to the end of the file: space that no record has used yet."
    case .stale where range.records > 0:
      let records = Quantity.count(range.records, "whole record")
      return "\(size) of a recycled file: \(records) of its earlier life, which its owner ignores."
    case .stale where range.isEarlierLife:
      return "\(size) that belong to an earlier life of the file."
    case .stale: return "\(size) that stand behind the end of the data."
    case .damage, .unknown:
      var text = "\(size) that are no \(evidence.acceptedAsAdjective) record"
      if let reason = range.reason { text += ": \(reason.explanation)" }
      if let flip = bitFlip(inRowAt: range.offset) {
        text += "; bit \(flip.bit) of byte \(Quantity.offset(flip.offset)) explains it"
      }
      return text + followers(of: range, in: index) + "."
    }
  }

  /// How many records stand behind a range, as the end of a sentence.
  private func followers(of range: ByteRange, in index: RecordIndex) -> String {
    let records = index.ranges.reduce(0) {
      $0 + ($1.offset > range.offset && $1.kind == .records ? $1.records : 0)
    }
    guard records > 0 else { return "" }
    let what = Quantity.count(records, "\(evidence.acceptedAsAdjective) record")
    return ". \(what) \(records == 1 ? "follows" : "follow") it"
  }
}

extension ByteRange {
  /// Whether its bytes are left from what the file held before it was used anew.
  var isEarlierLife: Bool { kind == .stale && reason != .afterEnd }
}

/// Why a record that is as it should be does not count.
enum Uncounted {
  case neverCommitted, undoneOnOpen

  /// A minus, which colour may strengthen.
  var sign: String { Sign.uncounted }

  var role: Role {
    switch self {
    case .neverCommitted: .note
    case .undoneOnOpen: .warning
    }
  }

  var title: String {
    switch self {
    case .neverCommitted: "never committed"
    case .undoneOnOpen: "undone on open"
    }
  }

  var explanation: String {
    switch self {
    case .neverCommitted: "but never committed"
    case .undoneOnOpen: "but its owner undoes it when it opens the log"
    }
  }
}

extension Record {
  /// Why the record does not count although nothing is wrong with it; nil where it counts.
  var uncounted: Uncounted? {
    if fault != nil { return nil }
    return isFlawed ? .neverCommitted : isUndone ? .undoneOnOpen : nil
  }
}
