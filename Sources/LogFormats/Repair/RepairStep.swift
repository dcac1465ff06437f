public import LogFiles

/// One step of a repair. Steps are made in their order, and every state between two of them opens
/// in the owner no worse than the state before the first.
public struct RepairStep: Sendable, Equatable {
  public var file: FileName
  public var change: FileChange
  /// What the step does and why, as one sentence without foreign bytes.
  public var purpose: String

  public init(_ file: FileName, _ change: FileChange, _ purpose: String) {
    self.file = file
    self.change = change
    self.purpose = purpose
  }
}

/// Why an action is not planned.
public struct RepairRefusal: Error, Sendable, Equatable {
  public enum Kind: Sendable {
    /// The log is already as the action would leave it.
    case nothingToDo
    /// The format, or what is known of it, does not have the action.
    case impossible
    /// It could lose what can be kept.
    case unsafe
  }
  public var kind: Kind
  /// As one sentence without foreign bytes.
  public var reason: String
  /// What to do instead, as half a sentence.
  public var advice: String?

  public init(_ kind: Kind, _ reason: String, advice: String? = nil) {
    self.kind = kind
    self.reason = reason
    self.advice = advice
  }
}
