import Glibc

/// How much of a large space a test looks at.
public enum Thoroughness {
  /// Whether WALSCOPE_EXHAUSTIVE asks for all of it, however long that takes.
  public static let isExhaustive = getenv("WALSCOPE_EXHAUSTIVE") != nil
}
