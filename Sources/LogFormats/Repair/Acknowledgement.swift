/// What the user must have said in so many words before a plan is applied (safety rule S23).
public enum Acknowledgement: Sendable, Hashable {
  /// The file has other names, which will show the change too.
  case hardLinks
  /// So many acceptable records go, and it is known.
  case lose(UInt64)
  /// Nobody could prove that the owner is stopped; the user says so.
  case ownerStopped
  /// What is kept beside the cut is well formed, which is less than valid (safety rule S28).
  case wellFormedOnly
}

extension Acknowledgement {
  /// The option that says it, without the dashes.
  public var option: String {
    switch self {
    case .hardLinks: "hard-links"
    case .lose(let records): "lose=\(records)"
    case .ownerStopped: "owner-stopped"
    case .wellFormedOnly: "well-formed-only"
    }
  }

  /// The acknowledgement that an option says, nil for other words.
  public init?(option: String) {
    switch option {
    case "hard-links": self = .hardLinks
    case "owner-stopped": self = .ownerStopped
    case "well-formed-only": self = .wellFormedOnly
    default:
      guard option.hasPrefix("lose="), let records = UInt64(option.dropFirst(5)) else { return nil }
      self = .lose(records)
    }
  }
}
