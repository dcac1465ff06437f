import LogFiles

/// A turn that one thread at a time has: who comes while it is taken waits. Another thread than
/// the one that took it may give it back, which no lock allows.
struct Turn: Sendable {
  private let isTaken = Monitor(false)

  /// Takes the turn, and waits for it where it is taken.
  func take() {
    isTaken.wait { isTaken -> Void? in
      if isTaken { return nil }
      isTaken = true
      return ()
    }
  }

  /// Gives the turn back that was taken.
  func giveBack() { isTaken.changeForOne { $0 = false } }
}
