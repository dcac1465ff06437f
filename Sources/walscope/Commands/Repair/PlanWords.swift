import LogFiles
import LogFormats
import LogRepair
import Quantities

/// What a plan comes to in the words that the command line and the screen share.
struct PlanWords {
  let plan: Plan
  let prospect: Prospect

  private var word: String { "\(plan.evidence.accepted) record" }

  /// How many records are kept: `611 valid records stay`.
  var staying: String {
    "\(Quantity.count(prospect.recordsAfter, word)) stay"
  }

  /// How many are lost: `0 lost`.
  var lost: String { "\(Quantity.grouped(prospect.recordsLost)) lost" }

  /// How many go with whole segments, nil where none do.
  var removed: String? {
    prospect.recordsRemoved > 0
      ? "\(Quantity.grouped(prospect.recordsRemoved)) removed with their segments" : nil
  }

  /// What the backup takes and what comes back.
  var space: String {
    var text =
      plan.options.keepsBackup
      ? "the backup takes \(Quantity.bytes(prospect.backupSize))"
      : "no backup is kept, and nothing can be undone"
    if prospect.freed > 0 {
      text += "; \(Quantity.bytes(prospect.freed)) come back"
      text += prospect.isFreedByPurge ? " with `purge`" : ""
    }
    return text
  }

  /// What of the preallocated space is given back, nil where none is.
  var preallocation: String? {
    prospect.preallocationLost > 0
      ? "\(Quantity.bytes(prospect.preallocationLost)) are given back" : nil
  }

  /// What the owner would do before and after, a line for each of its modes; what the plan does not
  /// change is told once.
  var forecasts: [(label: String, forecast: Forecast)] {
    let (now, then) = (prospect.before.forecasts, prospect.after.forecasts)
    let modes = max(now.count, then.count)
    func line(_ when: String, _ forecast: Forecast) -> (label: String, forecast: Forecast) {
      (modes > 1 ? "\(when) (\(forecast.mode))" : when, forecast)
    }
    var lines: [(label: String, forecast: Forecast)] = []
    for forecast in now {
      let later = then.first { $0.mode == forecast.mode }
      if let later, later.message == forecast.message {
        lines.append(line("now and then", forecast))
      } else {
        lines += [line("now", forecast)] + (later.map { [line("then", $0)] } ?? [])
      }
    }
    let gone = Set(now.map(\.mode))
    return lines + then.filter { !gone.contains($0.mode) }.map { line("then", $0) }
  }
}

extension PlannedStep {
  /// What the step does to bytes.
  var changeWords: String {
    let length = Quantity.bytes(going.upperBound - going.lowerBound)
    switch step.change {
    case .cut(let end): return "cut at \(Quantity.offset(end)): \(length) go"
    case .preallocate(let end): return "preallocate up to \(Quantity.bytes(end))"
    case .write(let bytes, let offset):
      return "write \(Quantity.count(bytes.count, "byte")) at \(Quantity.offset(offset))"
    case .zero(let range): return "zero \(length) at \(Quantity.offset(range.lowerBound))"
    case .remove: return "remove: \(length)"
    case .create(let bytes): return "make: \(Quantity.count(bytes.count, "byte"))"
    }
  }
}
