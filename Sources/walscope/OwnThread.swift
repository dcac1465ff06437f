import Dispatch

/// Runs work on a thread of its own, at once or after a pause.
///
/// The global queue has as many threads as the machine has processors, and a scan keeps one of them
/// to its end: what the screen waits for must not stand in line behind it. A serial queue is given
/// a thread whatever else runs.
func onOwnThread(
  after pause: DispatchTimeInterval = .nanoseconds(0), _ work: @escaping @Sendable () -> Void
) {
  DispatchQueue(label: "walscope.work").asyncAfter(deadline: .now() + pause, execute: work)
}
