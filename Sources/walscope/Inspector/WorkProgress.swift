import LogInspection
import Quantities

/// How far some work is, in the words of the title line: `scanning 41 %  2.1 GB/s  3 s left`.
struct WorkProgress: Equatable {
  var verb: String
  var done: UInt64
  /// 0 while it is not known.
  var total: UInt64
  var elapsed: Duration

  init(verb: String, done: UInt64, total: UInt64, elapsed: Duration) {
    self.verb = verb
    self.done = done
    self.total = total
    self.elapsed = elapsed
  }

  init(verb: String, control: ScanControl, total: UInt64? = nil, elapsed: Duration) {
    self.init(
      verb: verb, done: control.bytesDone, total: total ?? control.bytesTotal, elapsed: elapsed)
  }

  /// Rates over less than this are noise.
  private static let shortest = Duration.milliseconds(200)

  var text: String { parts.joined(separator: "  ") }

  /// The same in the line that explains.
  var sentence: String { parts.joined(separator: ", ") + "; Esc stops" }

  private var parts: [String] {
    var parts = ["\(verb)"]
    if total > 0 {
      // It is under way, so it is not all done, even when all bytes have been counted.
      parts[0] += " " + Quantity.percent(min(done, total - 1), of: total)
    } else if done > 0 {
      parts[0] += " " + Quantity.bytes(done)
    }
    guard elapsed >= Self.shortest, done > 0 else { return parts }
    parts.append(Quantity.rate(bytes: done, in: elapsed))
    if total > done {
      let left = elapsed / .seconds(1) * Double(total - done) / Double(done)
      parts.append(Quantity.estimate(seconds: left) + " left")
    }
    return parts
  }
}
