import LogFiles
import TerminalUI

/// The inspector: screens over the logs under a path. It only reads.
enum Inspector {
  /// Opens a path on the terminal and answers the exit status once the user has left.
  ///
  /// A signal that asked for the end ends the process itself, after the terminal was given back.
  ///
  /// - Parameter start: the screen to begin with, instead of opening the path.
  /// - Throws: `TerminalError` when there is no terminal to draw on.
  static func run(path: FileName, options: InspectorOptions, start: Destination? = nil)
    throws(TerminalError) -> Int32
  {
    let ending = try play(path: path, options: options, start: start)
    if case .signal(let signal) = ending { ProcessSignals.end(by: signal) }
    return ending.status
  }

  private static func play(path: FileName, options: InspectorOptions, start: Destination?)
    throws(TerminalError) -> Ending
  {
    // Threads start below: they must not take the signals that the terminal reads.
    ProcessSignals.block()
    var terminal = try Terminal(
      Terminal.Options(
        depth: options.color, background: options.background, mouse: options.mouse))
    let mailbox = Mailbox<InspectorMessage>(waker: terminal.waker)
    let runner = BackgroundRunner(path: path, options: options, mailbox: mailbox)
    var application = InspectorApplication(
      path: path, options: options, clock: .system, start: start)
    for case .perform(let work) in application.begin() { runner.perform(work) }
    defer {
      application.stopEverything()
      runner.waitForEnds()
    }
    let deadline = ContinuousClock.now + firstPause
    while !application.hasFirstRows, .now < deadline {
      runner.waitForNews(milliseconds: 2)
      for message in mailbox.collect() {
        for case .perform(let work) in application.receive(message) { runner.perform(work) }
      }
    }
    return Runner.run(
      &application, on: &terminal, glyphs: Glyphs(ascii: options.ascii), mailbox: mailbox,
      perform: runner.perform)
  }

  /// A small log is open within this: then the first screen already shows it.
  private static let firstPause = Duration.milliseconds(40)
}
