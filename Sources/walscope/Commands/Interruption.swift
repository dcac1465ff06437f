import Glibc
import Synchronization

/// Ctrl-C while a command runs: the first one asks for an end, the second one ends the process.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether an end was asked for.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Watches SIGINT from now on, unless the parent had it ignored.
  static func watch() { watch(SIGINT) }

  /// Watches also what else asks a process to end: a change under way ends with its step.
  static func watchEverything() {
    for signal in [SIGINT, SIGTERM, SIGHUP] { watch(signal) }
  }

  private static func watch(_ signal: Int32) {
    // The flag must exist before a signal comes.
    guard !isRequested else { return }
    var before = sigaction()
    // Sound: the structures outlive the calls; the handler stores into an atomic and no more.
    guard unsafe sigaction(signal, nil, &before) == 0 else { return }
    let ignored = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    let handler = unsafe unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
    guard handler != ignored else { return }
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in
      Interruption.flag.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    _ = unsafe sigaction(signal, &action, nil)
  }
}
