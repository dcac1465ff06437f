/// The steps of the demonstration, in order.
public enum DemoStep: Int, Sendable, CaseIterable {
  case create = 1
  case look
  case append
  case crash
  case recover
  case finalize

  /// The step in one word.
  public var shortWord: String { self == .append ? "append" : word }

  /// The step as a heading.
  public var word: String {
    switch self {
    case .create: "create"
    case .look: "look"
    case .append: "append, and look again"
    case .crash: "crash"
    case .recover: "recover"
    case .finalize: "finalize"
    }
  }

  /// What is done in it, as a sentence for those who watch.
  public var purpose: String {
    switch self {
    case .create:
      "A writer starts a log. It takes the space of a whole segment before it writes a byte."
    case .look: "What does the file look like to ls, to du, to whoever reads it?"
    case .append: "The writer appends records of 1 KB and has the disk confirm them (fdatasync)."
    case .crash: "The writer appends large records, and is killed (SIGKILL) in the middle of one."
    case .recover: "walscope cuts off what is torn, saves it first, and takes the space again."
    case .finalize: "The log is ended: what was taken and never written is given back."
    }
  }

  /// What does the same on the command line, where something does; `LOG` stands for the log.
  public var command: String? {
    switch self {
    case .create, .append, .crash: nil
    case .look: "walscope check LOG; walscope extents LOG"
    case .recover: "walscope recover LOG --reallocate --apply"
    case .finalize: "walscope finalize LOG --apply"
    }
  }

  /// The step that follows, nil behind the last one.
  public var next: DemoStep? { DemoStep(rawValue: rawValue + 1) }
}
