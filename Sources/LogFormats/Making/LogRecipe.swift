/// How space for a segment is taken before it is written.
public enum Preallocation: String, Sendable, CaseIterable {
  case none
  /// `fallocate`: the space is on the disk, and reads as zeros.
  case allocate
  /// The length alone: a hole.
  case setLength = "set-length"
}

/// What a made log should hold. The same recipe makes the same bytes.
public struct LogRecipe: Sendable {
  /// What keys and values are made of.
  public enum Contents: String, Sendable, CaseIterable {
    case text
    case json
    /// Everything that has ever upset a terminal: escape sequences, C1 controls, bidirectional
    /// overrides, floods of combining marks, invalid UTF-8.
    case hostile
    case binary
  }

  public var records: UInt64 = 1000
  /// Sizes in bytes of the values, each as likely.
  public var valueSizes: ClosedRange<Int> = 20...200
  /// Different keys.
  public var keys: UInt64 = 500
  /// Words of the format's `kinds`, drawn with equal chance; a word given twice is twice as likely.
  /// Empty for the format's own mixture.
  public var kinds: [String] = []
  /// Bytes after which a segment is full.
  public var segmentSize: UInt64 = 1 << 20
  public var preallocation = Preallocation.none
  /// Whether the log is closed, or left as a crash leaves it.
  public var closesCleanly = true
  public var contents = Contents.text
  public var seed: UInt64 = 1

  public init() {}
}

/// Random numbers that are the same on every machine (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
