import LogFiles
import LogFormats
import Quantities

/// What is to be seen in a step of the demonstration, computed from what was looked at.
struct DemoSentences {
  let step: DemoStep
  let before: DemoLook?
  let after: DemoLook

  var all: [String] {
    switch step {
    case .create: created
    case .look: looked
    case .append: appended
    case .crash: crashed
    case .recover: recovered
    case .finalize: finalized
    }
  }

  private var created: [String] {
    guard after.allocated >= after.size else {
      return [
        "The file is \(Quantity.bytes(after.size)) long, and \(Quantity.bytes(after.allocated)) are on the disk: this file system only set the length.",
        "Nothing is reserved: an append may still find the disk full.",
      ]
    }
    var sentences = [
      "The file is \(Quantity.bytes(after.size)) long and has all its blocks on the disk, before the first record."
    ]
    if let unwritten = after.unwritten, let count = after.extentCount, unwritten > 0 {
      sentences.append(
        "\(Quantity.count(count, "extent")), \(Quantity.bytes(unwritten)) unwritten: the blocks are taken, and the file system answers zeros for them."
      )
    }
    return sentences
  }

  private var looked: [String] {
    [
      "ls shows \(Quantity.bytes(after.size)), du \(Quantity.bytes(after.allocated)), and every byte reads as zero.",
      "Monitoring that wants records up to the end of the file calls this corrupt. It is a \(after.verdict.title): nothing is wrong.",
    ]
  }

  private var appended: [String] {
    var sentences = [
      "\(Quantity.count(after.records, "record")) end at \(Quantity.bytes(after.logicalEnd)). Size and blocks are as before: \(Quantity.bytes(after.size)), \(Quantity.bytes(after.allocated))."
    ]
    if let before = before?.unwritten, let now = after.unwritten, let count = after.extentCount,
      now < before
    {
      sentences.append(
        "\(Quantity.bytes(before - now)) went from unwritten to written, which is a change of metadata in each fdatasync: \(Quantity.count(count, "extent")) now."
      )
    } else if let count = after.extentCount, let before = before?.extentCount {
      sentences.append("The file has \(Quantity.count(count, "extent")), after \(before) before.")
    }
    return sentences
  }

  private var crashed: [String] {
    let gained = after.records - min(after.records, before?.records ?? 0)
    var sentences = [
      "\(Quantity.count(gained, "more record")) arrived whole; \(Quantity.bytes(after.torn)) of the next one are torn, at \(Quantity.offset(after.logicalEnd))."
    ]
    if let forecast = after.forecast {
      let cut = forecast.cutsBytes.map { ", and cut \(Quantity.bytes($0))" } ?? ""
      sentences.append(
        "nori-wal would now report corruption\(cut): only \(Quantity.bytes(after.torn)) of that are torn, the rest is preallocated."
      )
    }
    return sentences
  }

  private var recovered: [String] {
    var sentences = [
      "All \(Quantity.count(after.records, "record")) are kept. The torn bytes went into a backup first: undo would put them back."
    ]
    if after.size == before?.size {
      sentences.append(
        "The space behind the last record is taken again: \(Quantity.bytes(after.allocated)) on the disk, \(after.verdict.title)."
      )
    }
    return sentences
  }

  private var finalized: [String] {
    let given = before.map { $0.allocated - min($0.allocated, after.allocated) } ?? 0
    return [
      "\(Quantity.bytes(given)) went back to the file system: the file ends where its last record ends, at \(Quantity.bytes(after.size)).",
      "\(Quantity.count(after.records, "record")), \(after.verdict.title): this is how nori-wal itself ends a segment.",
    ]
  }
}
