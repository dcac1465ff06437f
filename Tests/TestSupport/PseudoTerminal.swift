import Glibc

/// The two ends of a pseudo terminal. Neither is inherited by programs that are started meanwhile.
final class PseudoTerminal {
  let master: Int32
  /// Held open so that the terminal keeps its modes and its last output when the program has ended.
  let slave: Int32
  let slavePath: String

  init(rows: Int, columns: Int) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard master >= 0 else { throw TerminalFailure("cannot open /dev/ptmx: error \(errno)") }
    // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which unlockpt and ptsname stand on; those
    // are not imported.
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    guard ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0
    else {
      throw TerminalFailure("cannot unlock the pseudo terminal: error \(errno)")
    }
    slavePath = "/dev/pts/\(number)"
    slave = open(slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw TerminalFailure("cannot open \(slavePath): error \(errno)") }
    resize(rows: rows, columns: columns)
  }

  deinit {
    close(master)
    close(slave)
  }

  func resize(rows: Int, columns: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }
}

/// The modes of a terminal, to compare before and after.
public struct TerminalModes: Equatable, CustomStringConvertible {
  let input: UInt32
  let output: UInt32
  let control: UInt32
  let local: UInt32
  let characters: [UInt8]

  init(descriptor: Int32) throws {
    var modes = termios()
    guard tcgetattr(descriptor, &modes) == 0 else {
      throw TerminalFailure("cannot read the terminal's modes: error \(errno)")
    }
    input = modes.c_iflag
    output = modes.c_oflag
    control = modes.c_cflag
    local = modes.c_lflag
    characters = withUnsafeBytes(of: modes.c_cc) { Array($0) }
  }

  /// Whether typed characters are shown, and lines are waited for.
  public var isCooked: Bool { local & UInt32(ECHO) != 0 && local & UInt32(ICANON) != 0 }

  /// The flags, for a failing test's message.
  public var description: String {
    let flags = [input, output, control, local].map { String($0, radix: 16) }
    return flags.joined(separator: ":") + ":\(characters)"
  }
}

/// Why a test's terminal did not do what the test needs.
public struct TerminalFailure: Error, CustomStringConvertible {
  /// What went wrong.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
