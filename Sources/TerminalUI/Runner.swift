/// Plays an application on a terminal.
public enum Runner {
  /// Messages alone are drawn at most this often, so that a busy sender does not keep the loop
  /// drawing. Keys are always answered at once.
  private static let messagePause = Duration.milliseconds(33)

  /// Runs the loop on the calling thread until the application ends, and answers how.
  ///
  /// `perform` starts the work that the application asks for. It must not block: the work is done
  /// on another thread, which posts messages to `mailbox` and may await everything but this thread.
  /// `mailbox` is to be made with the terminal's waker.
  public static func run<App: Application>(
    _ application: inout App, on terminal: inout Terminal, glyphs: Glyphs,
    mailbox: Mailbox<App.Message>, perform: (App.Work) -> Void
  ) -> Ending {
    var stage = Stage(
      application, rows: terminal.rows, columns: terminal.columns, glyphs: glyphs)
    defer { application = stage.application }
    terminal.show(stage.draw())
    var lastDrawn = ContinuousClock.now
    var isStale = false
    while true {
      var wait: Int32?
      if isStale {
        let left = messagePause - (.now - lastDrawn)
        wait = max(0, Int32(left / .milliseconds(1)) + 1)
      }
      let events = terminal.waitForEvents(milliseconds: wait)
      var effects: [Effect<App.Work>] = []
      for event in events { effects += stage.handle(event) }
      for message in mailbox.collect() {
        effects += stage.receive(message)
        isStale = true
      }
      for effect in effects {
        switch effect {
        case .end: break
        case .repaint: terminal.repaint()
        case .perform(let work): perform(work)
        }
      }
      if let ending = stage.ending { return ending }
      let mustDraw = events.contains { $0 != .wake }
      isStale = isStale || events.contains(.wake)
      if mustDraw || (isStale && .now - lastDrawn >= messagePause) {
        terminal.show(stage.draw())
        lastDrawn = .now
        isStale = false
      }
    }
  }
}
