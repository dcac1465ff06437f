import Synchronization

/// Carries messages from other threads to the event loop.
///
/// The box has no limit of its own: a sender of progress should send at a pace that a reader of the
/// screen can follow.
public final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let waker: Waker?

  /// A mailbox that wakes a loop with `waker`; nil where a test collects the messages itself.
  public init(waker: Waker?) {
    self.waker = waker
  }

  /// Puts a message in and wakes the loop.
  public func post(_ message: Message) {
    let isFirst = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    // Who put the first one in has woken the loop for the others as well.
    if isFirst { waker?.wake() }
  }

  /// Takes all messages out, in the order of their posting.
  public func collect() -> [Message] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
