import Glibc
import LogFiles
import Synchronization

/// Makes the n-th system call of a test fail, counted over all kinds; `close` is left alone, for
/// Linux closes whatever it answers.
final class CallFault: Sendable {
  enum Manner: Sendable {
    /// The one call fails with this `errno`.
    case error(Int32)
    /// The one call, if it writes, writes so many bytes; all later ones fail, as after a kill.
    case killAfter(bytes: Int?)
    /// The process is killed instead of making the call, which is one that changes something.
    case kill
  }

  private let place: Int
  private let manner: Manner
  private let only: Set<SystemCalls.Name>?
  private let count = Atomic<Int>(0)

  /// A fault at the call number `place`, from 0, of those in `only` or of all.
  init(at place: Int, _ manner: Manner, only: Set<SystemCalls.Name>? = nil) {
    self.place = place
    self.manner = manner
    self.only = only
  }

  /// Whether the call came.
  var wasReached: Bool { count.load(ordering: .relaxed) > place }

  var calls: SystemCalls {
    SystemCalls { [self] call in
      if call == .close || only?.contains(call) == false {
        // After a kill nothing else is done either.
        return call != .close && isKilled ? .error(EIO) : nil
      }
      let number = count.add(1, ordering: .relaxed).oldValue
      switch manner {
      case .error(let code): return number == place ? .error(code) : nil
      case .kill:
        if number == place { Glibc.kill(getpid(), SIGKILL) }
        return nil
      case .killAfter(let bytes):
        if number == place, call == .write, let bytes { return .short(bytes) }
        return number >= place ? .error(EIO) : nil
      }
    }
  }

  private var isKilled: Bool {
    if case .killAfter = manner { wasReached } else { false }
  }

  /// The calls that change something on the disk, or keep others from it.
  static let changing: Set<SystemCalls.Name> = [
    .makeDirectory, .create, .write, .preallocate, .setLength, .sync, .remove, .rename, .lease,
    .lock, .punchHole, .setProperties,
  ]

  /// Those among them that a full disk or quota stops.
  static let takingRoom: Set<SystemCalls.Name> = [
    .makeDirectory, .create, .write, .preallocate, .setLength, .sync, .rename,
  ]
}
