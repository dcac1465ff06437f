import Quantities

/// One line on standard error that tells how far long work is, and is gone when the work is done.
final class ProgressLine {
  private let stream: OutputStream
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?
  private var shownLength = 0

  /// Work that takes less is done without a word.
  private static let patience = Duration.milliseconds(500)
  private static let interval = Duration.milliseconds(200)

  init(_ stream: OutputStream, isShown: Bool) {
    self.stream = stream
    self.isShown = isShown && stream.isTerminal
  }

  /// Tells how many bytes of how many are done, when it is time for it.
  func update(done: UInt64, total: UInt64) {
    update { Self.text(done: min(done, total), total: total, elapsed: $0) }
  }

  /// Tells what is being done, when it is time for it.
  func update(_ words: String) {
    update { _ in words }
  }

  private func update(_ text: (_ elapsed: Duration) -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    let elapsed = now - start
    guard elapsed >= Self.patience, last.map({ now - $0 >= Self.interval }) ?? true else { return }
    last = now
    draw(text(elapsed))
  }

  static func text(done: UInt64, total: UInt64, elapsed: Duration) -> String {
    var text = "\(Quantity.bytes(done)) of \(Quantity.bytes(total))"
    text += "  \(Quantity.percent(done, of: total))"
    text += "  \(Quantity.rate(bytes: done, in: elapsed))"
    let part = total > 0 ? Double(done) / Double(total) : 0
    if part > 0.01 {
      let left = elapsed / .seconds(1) * (1 - part) / part
      text += "  \(Quantity.estimate(seconds: left)) left"
    }
    return text
  }

  private func draw(_ text: String) {
    let columns = max(20, (stream.columns ?? 80) - 1)
    let shown = text.prefix(columns)
    let fill = String(repeating: " ", count: max(0, shownLength - shown.count))
    stream.write("\r\(shown)\(fill)")
    stream.flush()
    shownLength = shown.count
  }

  /// Removes the line.
  func erase() {
    guard shownLength > 0 else { return }
    stream.write("\r" + String(repeating: " ", count: shownLength) + "\r")
    stream.flush()
    shownLength = 0
  }
}
