/// How much has come in the last seconds.
public struct RateMeter: Sendable {
  private struct Slot {
    var start: UInt64
    var records: UInt64
    var bytes: UInt64
  }

  private var slots: [Slot] = []
  /// When something came first.
  private var start: UInt64?
  private static let slotLength: UInt64 = 100_000_000
  /// Nanoseconds over which rates are told.
  public static let span: UInt64 = 3_000_000_000
  private static let shortest: UInt64 = 1_000_000_000

  public init() {}

  /// Notes what came at a moment, in nanoseconds of the monotonic clock.
  public mutating func add(records: UInt64, bytes: UInt64, at now: UInt64) {
    if start == nil { start = now }
    forget(before: now - min(now, Self.span))
    if let last = slots.last, now < last.start + Self.slotLength {
      slots[slots.count - 1].records += records
      slots[slots.count - 1].bytes += bytes
    } else {
      slots.append(Slot(start: now, records: records, bytes: bytes))
    }
  }

  /// Records and bytes a second.
  public mutating func rates(at now: UInt64) -> (records: Double, bytes: Double) {
    forget(before: now - min(now, Self.span))
    // In the first moments the time is too short to say anything.
    let past = start.map { now - min(now, $0) } ?? Self.span
    let seconds = Double(min(Self.span, max(past, Self.shortest))) / 1e9
    return (
      Double(slots.reduce(0) { $0 + $1.records }) / seconds,
      Double(slots.reduce(0) { $0 + $1.bytes }) / seconds
    )
  }

  private mutating func forget(before start: UInt64) { slots.removeAll { $0.start < start } }
}
