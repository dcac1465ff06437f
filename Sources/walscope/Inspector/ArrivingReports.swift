import LogFormats
import Synchronization

/// Reports on their way from the scanning threads to the screen: small segments are scanned faster
/// than a screen is drawn, and no message is to wait for each of them.
final class ArrivingReports: Sendable {
  private let waiting = Mutex<[(index: Int, report: SegmentReport)]>([])

  /// Reports that wait at most: what does not fit comes with the judgement of the log.
  private static let limit = 4096

  /// Adds a report; true when none was waiting, so that it has to be told.
  func add(_ report: SegmentReport, at index: Int) -> Bool {
    waiting.withLock { waiting in
      guard waiting.count < Self.limit else { return false }
      waiting.append((index, report))
      return waiting.count == 1
    }
  }

  /// Takes all that wait.
  func take() -> [(index: Int, report: SegmentReport)] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}
