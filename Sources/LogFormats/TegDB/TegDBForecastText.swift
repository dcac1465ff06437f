import LogFiles
import Quantities

extension TegDBOpen {
  private var name: FileName { segment.file.name }

  /// What release 0.5.0 does.
  func forecast() -> Forecast {
    if let refusal {
      return refused("open", error: refusal.error, because: refusal.reason)
    }
    if (1..<TegDBHeader.length).contains(assumptions.preallocation) {
      return refused(
        "open", error: nil,
        because: "The open fails: a configured preallocation must hold the header's 64 bytes.")
    }
    if status == .empty { return newFile() }
    var forecast = Forecast(mode: "open", opens: true, outcome: outcome, message: message)
    forecast.assumes = assumptions.said
    forecast.sizesAfter = [(name, segment.fileSize)]
    forecast.keepsRecords = keptRecords
    forecast.losesRecords = lost(undone) + unread
    forecast.attributes = attributes(keys)
    forecast.attributes.append(Attribute("validDataEndAfter", .number(ownerEnd)))
    return forecast
  }

  private func refused(_ mode: String, error: String?, because reason: String) -> Forecast {
    var forecast = Forecast(
      mode: mode, opens: false, outcome: .refuses, sizesAfter: [(name, segment.fileSize)],
      ownerError: error, message: reason)
    forecast.assumes = assumptions.said
    return forecast
  }

  private func newFile() -> Forecast {
    let size = max(TegDBHeader.length, assumptions.preallocation)
    var forecast = Forecast(
      mode: "open", opens: true, outcome: .grows, keepsRecords: 0, sizesAfter: [(name, size)],
      message: "Takes the empty file for a new database and writes a header into it.")
    forecast.assumes = assumptions.said
    forecast.attributes = [
      Attribute("keepsKeys", .number(0)),
      Attribute("validDataEndAfter", .number(TegDBHeader.length)),
    ]
    return forecast
  }

  private func attributes(_ keys: Result<Int, LiveKeys.Failure>) -> [Attribute] {
    switch keys {
    case .success(let count): [Attribute("keepsKeys", .number(UInt64(count)))]
    case .failure(let failure):
      [Attribute("keepsKeys", .none), Attribute("keysNotCounted", .word(failure.message))]
    }
  }

  // MARK: Refusals

  private var refusal: (error: String, reason: String)? {
    switch status {
    case .empty: return nil
    case .short:
      return (
        "I/O error: failed to fill whole buffer",
        "The open fails: the file is shorter than a header."
      )
    case .badMagic:
      return (
        "Invalid storage file magic header",
        "The open fails: the file does not start with TegDB's magic."
      )
    case .headerless, .stretch:
      return segment.fileSize < TegDBHeader.length
        ? (
          "I/O error: failed to fill whole buffer",
          "The open fails: the file has no header. Releases up to 0.3.0 wrote such files."
        )
        : (
          "Invalid storage file magic header",
          "The open fails: the file has no header. Releases up to 0.3.0 wrote such files and open them."
        )
    case .unsupportedVersion: return versionRefusal
    case .badEndian:
      return (
        "Corrupt storage header: unsupported endianness",
        "The open fails: the header's mark of the byte order is not 1."
      )
    case .ok:
      if version == 1 { return versionRefusal }
      return quotaRefusal
    }
  }

  private var versionRefusal: (error: String, reason: String) {
    (
      "Unsupported storage file version: \(version)",
      version == 1
        ? "The open fails: no release reads version 1, which was never released. The commits that wrote it read it."
        : "The open fails: the header names version \(version)."
    )
  }

  /// With preallocation its size is a hard cap.
  private var quotaRefusal: (error: String, reason: String)? {
    let cap = assumptions.preallocation
    guard cap > 0, segment.fileSize > cap || (validDataEnd ?? 0) > cap else { return nil }
    let what =
      segment.fileSize > cap
      ? "the file is larger than" : "the header notes an end of the data behind"
    return (
      "Storage quota exceeded (max \(cap) bytes)",
      "The open fails: \(what) the configured preallocation, which is a cap too."
    )
  }

  // MARK: In words

  /// Of records that are undone those that anybody could miss.
  private func lost(_ undone: UInt64) -> UInt64 { tally.undoesOnlyZeros ? 0 : undone }

  private var outcome: ForecastOutcome {
    if tally.acceptedCut != nil { return .misreads }
    if lost(undone) + unread > 0 { return .drops }
    return ownerEnd == validDataEnd ? .clean : .rewrites
  }

  private var message: String {
    var sentences: [String] = []
    switch keys {
    case .success(let count): sentences.append("Opens with \(Quantity.count(count, "key")).")
    case .failure(let failure):
      sentences.append("Opens; its keys were not counted: \(failure.message).")
    }
    if lost(undone) > 0 {
      let (they, them) = undone == 1 ? ("it stays", "it") : ("they stay", "them")
      sentences.append(
        "Undoes \(Quantity.count(undone, "record")) behind the last commit marker in memory; \(they) in the file, and the next commit brings \(them) back."
      )
    }
    if tally.recordsBeyond > 0 {
      sentences.append(
        "Takes \(Quantity.count(tally.recordsBeyond, "record")) behind its noted end for new data.")
    }
    sentences += cutSentences
    if unread > 0 {
      let records = Quantity.count(unread, "well-formed record")
      let place = "behind the end of its scan at \(Quantity.offset(tally.recordsEnd))"
      sentences.append(
        unread == 1
          ? "\(records) \(place) is not read, and the next write overwrites it."
          : "\(records) \(place) are not read, and the next write overwrites them.")
    }
    if let validDataEnd, validDataEnd != ownerEnd {
      sentences.append(
        "Writes \(Quantity.grouped(ownerEnd)) over the noted end of \(Quantity.grouped(validDataEnd)). Nothing is cut."
      )
    }
    return sentences.joined(separator: " ")
  }

  private var cutSentences: [String] {
    switch tally.acceptedCut {
    case .put:
      [
        "Takes a put whose long value the file cuts for whole: its key cannot be read, and on the open after the next write it swallows newer records."
      ]
    case .marker(let end):
      [
        "Takes a commit marker whose value the file cuts for whole, and notes an end of \(Quantity.grouped(end)), behind the end of the file."
      ]
    case nil: []
    }
  }

  // MARK: Older programs

  /// What the programs do that open what 0.5.0 refuses, or that read cut records otherwise.
  func olderForecasts() -> [Forecast] {
    switch status {
    case .headerless: [headerless]
    case .ok where version == 1: [strict("open-version-1", "The commits that wrote version 1 keep")]
    case .ok:
      // How 0.4.0 treats a marker that the file cuts, or a cap, is not known.
      if case .marker = tally.acceptedCut {
        []
      } else if quotaRefusal != nil {
        []
      } else {
        [strict("open-0.4.0", "Release 0.4.0, which reads each value in full, keeps")]
      }
    default: []
    }
  }

  private var headerless: Forecast {
    Forecast(
      mode: "open-0.3.0", opens: true, outcome: .clean,
      sizesAfter: [(name, segment.fileSize)],
      message: "Releases up to 0.3.0 wrote files without a header and open them.")
  }

  private func strictMessage(_ subject: String) -> String {
    let kept = tally.records - tally.undone
    var message = "\(subject) \(Quantity.count(kept, "record"))"
    if case .success(let count) = strictKeys { message += " with \(Quantity.count(count, "key"))" }
    guard lost(tally.undone) + unread > 0 else { return message + "." }
    var losses: [String] = []
    func tell(_ count: UInt64, _ what: String) {
      if count > 0 {
        losses.append("\(Quantity.grouped(count)) \(count == 1 ? "is" : "are") \(what)")
      }
    }
    tell(lost(tally.undone), "undone")
    tell(unread, "not reached")
    return message + "; " + losses.joined(separator: ", ") + "."
  }

  /// An open that does not take cut records.
  private func strict(_ mode: String, _ subject: String) -> Forecast {
    let isWrong = validDataEnd.map { $0 != tally.recordsEnd } ?? false
    var forecast = Forecast(
      mode: mode, opens: true,
      outcome: lost(tally.undone) + unread > 0 ? .drops : isWrong ? .rewrites : .clean,
      keepsRecords: tally.records - tally.undone,
      losesRecords: lost(tally.undone) + unread,
      sizesAfter: [(name, segment.fileSize)],
      message: strictMessage(subject))
    forecast.assumes = assumptions.said
    forecast.attributes = attributes(strictKeys)
    if validDataEnd != nil {
      forecast.attributes.append(
        Attribute("validDataEndAfter", .number(max(tally.recordsEnd, TegDBHeader.length))))
    }
    return forecast
  }
}
