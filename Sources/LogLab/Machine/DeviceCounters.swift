import LogFiles

/// What a block device has done since the system started, for all programs together
/// (`/sys/block/NAME/stat`).
struct DeviceCounters: Sendable, Equatable {
  var writes: UInt64
  var bytesWritten: UInt64
  /// Nil where the kernel does not count them (before Linux 5.5).
  var flushes: UInt64?

  /// What the device has done up to now; nil where /sys does not tell.
  static func read(_ device: BlockDevice?) -> DeviceCounters? {
    device.flatMap { SystemText.read("/sys/class/block/\($0.name)/stat") }.flatMap { parse($0) }
  }

  static func parse(_ text: String) -> DeviceCounters? {
    let numbers = text.split(separator: " ").map { UInt64($0) }
    guard numbers.count >= 11, let writes = numbers[4], let sectors = numbers[6] else { return nil }
    return DeviceCounters(
      writes: writes, bytesWritten: sectors &* 512, flushes: numbers.count > 15 ? numbers[15] : nil)
  }

  /// What it has done since an earlier moment.
  func values(since start: DeviceCounters) -> [LabValue] {
    var values = [
      LabValue("deviceWrites", .integer(writes &- start.writes)),
      LabValue("deviceBytesWritten", .integer(bytesWritten &- start.bytesWritten)),
    ]
    if let flushes, let before = start.flushes {
      values.append(LabValue("deviceFlushes", .integer(flushes &- before)))
    }
    return values
  }
}
