import LogInspection

/// Work of one view that is done on another thread.
///
/// The view has at most one under way: a second one stops the first, and so does leaving the view.
/// The title line shows its progress; Escape stops it.
struct BackgroundWork: Sendable {
  /// What the title says it is doing, such as `scanning` or `searching`.
  let verb: String
  /// Counts its bytes and stops it.
  let control: ScanControl
  /// Bytes to go through where the control does not know them.
  let total: UInt64?
  /// The log whose files it changes, by its number in the context. All others let go of the files
  /// first, nobody may leave meanwhile, and the log is opened anew afterwards.
  let changedLog: Int?
  /// Whether the program waits for its end before it ends itself: it leaves something behind
  /// otherwise.
  let mustEnd: Bool
  /// Told beside the control that it is to stop.
  private let stopping: @Sendable () -> Void
  /// Does it. What it posts arrives in the view's `receive`, in order; it should post at a pace
  /// that a screen can follow.
  let body: @Sendable (ScanControl, _ post: @escaping @Sendable (any Sendable) -> Void) -> Void

  init(
    _ verb: String, control: ScanControl = ScanControl(), total: UInt64? = nil,
    changing changedLog: Int? = nil, mustEnd: Bool = false,
    stopping: @escaping @Sendable () -> Void = {},
    _ body:
      @escaping @Sendable (ScanControl, _ post: @escaping @Sendable (any Sendable) -> Void) ->
      Void
  ) {
    self.verb = verb
    self.control = control
    self.total = total
    self.changedLog = changedLog
    self.mustEnd = mustEnd
    self.stopping = stopping
    self.body = body
  }

  /// Asks it to stop; it ends as soon as it can.
  func stop() {
    control.cancel()
    stopping()
  }
}
