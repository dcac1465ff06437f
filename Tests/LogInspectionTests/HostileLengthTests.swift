import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `Lengths that a file claims` {
  private static let lengths: [UInt64] = [
    0x7f, 0x3fff, 1 << 20, 1 << 31, 1 << 32, 1 << 62, UInt64(Int64.max), UInt64(Int64.max) + 1,
    .max - 70_000, .max - 200, .max - 17, .max - 8, .max - 1, .max,
  ]

  /// Key and value lengths, in all combinations, with flags that move the fields behind.
  @Test(arguments: lengths)
  func `neither trap nor hide what follows`(keyLength: UInt64) throws {
    for valueLength in Self.lengths + [0, 5] {
      for flags: UInt8 in [0, 2, 0x0a] {
        let story = try LogStory().write(records: 10)
        let claim = LogStory.varint(keyLength) + LogStory.varint(valueLength) + [flags]
        story.append(claim + [UInt8](repeating: 0xff, count: 30))
        story.write(records: 6)
        let scanned = try story.scan()
        expectSound(scanned, size: story.bytes.count, "\(keyLength), \(valueLength), \(flags)")
        #expect(scanned.report.records == 10)
        #expect(scanned.report.afterDamage.records == 6)
        var reader = try story.reader(scanned)
        let offset = scanned.report.logicalEnd
        let described = try reader.describe(offset: offset, payloadLimit: 1 << 20)
        #expect(described.record.fault != nil)
      }
    }
  }
}
