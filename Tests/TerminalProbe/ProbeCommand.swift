import Glibc
import TerminalUI

/// Runs the probe on the terminal; the options are those a user of the inspector would give.
@main
enum ProbeCommand {
  static func main() {
    switch run(CommandLine.arguments.dropFirst()) {
    case .none: exit(2)
    case .some(.quit(let status)): exit(status)
    case .some(.signal(let signal)):
      ProcessSignals.end(by: signal)
      exit(128 + signal.rawValue)
    }
  }

  private static func run(_ arguments: some Sequence<String>) -> Ending? {
    var options = Terminal.Options()
    var glyphs = Glyphs(ascii: false)
    for argument in arguments {
      switch argument {
      case "--ascii": glyphs = Glyphs(ascii: true)
      case "--light": options.background = .light
      case "--no-mouse": options.mouse = false
      case "--color=none": options.depth = ColorDepth.none
      case "--color=8": options.depth = .eight
      case "--color=16": options.depth = .sixteen
      default: break
      }
    }
    do {
      var terminal = try Terminal(options)
      let mailbox = Mailbox<String>(waker: terminal.waker)
      var probe = Probe()
      return Runner.run(&probe, on: &terminal, glyphs: glyphs, mailbox: mailbox) {
        perform($0, mailbox)
      }
    } catch {
      print("TerminalProbe: \(error)")
      return nil
    }
  }

  private static func perform(_ work: Probe.Work, _ mailbox: Mailbox<String>) {
    switch work {
    case .count:
      Task.detached {
        for number in 1...1_000 { mailbox.post("message \(number)") }
      }
    case .trap: fatalError("the probe was asked to trap")
    case .trapElsewhere: Task.detached { fatalError("the probe was asked to trap") }
    case .abort: abort()
    }
  }
}
