import Dispatch
import LogFiles
import LogInspection

extension BackgroundWork {
  /// Scans one segment and tells what is known of it while that goes on; `size` is the file's, in
  /// bytes, where it is known.
  /// Where `cache` knows the segment as it is, nothing of it is read.
  static func scan(
    _ log: Log, segment: Int, size: UInt64?, threads: Int, cache: ScanCache?, readsAll: Bool
  ) -> BackgroundWork {
    BackgroundWork("scanning", total: size) { control, post in
      let status = try? log.status(ofSegment: segment)
      post(RecordNews.begun(size: status?.size ?? 0))
      if !readsAll, let known = cache?.scan(of: log, segment: segment) {
        return post(RecordNews.scanned(known))
      }
      let moment = Timestamp.now
      let watching = PartialScans(control, post: post)
      let scanned = log.scanSegment(
        segment, control: control, threads: threads, publishing: true)
      watching.stop()
      post(RecordNews.scanned(scanned))
      cache?.keep(scanned, of: log, segment: segment, scannedFrom: moment)
    }
  }
}

/// Passes on what a scan publishes, at a pace that a screen can follow.
private final class PartialScans: Sendable {
  /// The first rows are to be there at once, later ones are only counted.
  private static let firstPause = DispatchTimeInterval.milliseconds(5)
  private static let pause = DispatchTimeInterval.milliseconds(100)

  private let end = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  init(_ control: ScanControl, post: @escaping @Sendable (any Sendable) -> Void) {
    onOwnThread { [end, done] in
      var offset: UInt64 = 0
      while end.wait(timeout: .now() + (offset == 0 ? Self.firstPause : Self.pause)) == .timedOut {
        guard let partial = control.partial, partial.offset > offset else { continue }
        offset = partial.offset
        post(RecordNews.partial(partial))
      }
      done.signal()
    }
  }

  /// Returns when nothing more will be passed on.
  func stop() {
    end.signal()
    done.wait()
  }
}
