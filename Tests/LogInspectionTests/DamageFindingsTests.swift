import LogFormats
import TestSupport
import Testing

/// The sentences that an operator reads.
@Suite struct `What a finding says` {
  private func messages(_ story: LogStory) throws -> [String] {
    try story.judge().findings.map(\.message)
  }

  @Test func `of one damaged record`() throws {
    let story = try LogStory().write(records: 10).damage(record: 8)
    #expect(
      try messages(story)
        == ["damage of 32 B at 0x100; 1 valid record follows it in this segment"])
    story.write(records: 1)
    #expect(
      try messages(story)
        == ["damage of 32 B at 0x100; 2 valid records follow it in this segment"])
  }

  @Test func `of a flipped bit`() throws {
    let story = try LogStory().write(records: 10).flip(bit: 3, at: 0x105)
    #expect(
      try messages(story) == [
        "damage of 32 B at 0x100; 1 valid record follows it in this segment; "
          + "one flipped bit explains it: bit 3 of the byte at 0x105"
      ])
  }

  @Test func `of zeros between records`() throws {
    let story = try LogStory().write(records: 8).grow(to: 4096).write(records: 5)
    #expect(
      try messages(story) == [
        "3.8 kB of zeros at 0x100 where a record belongs; "
          + "5 valid records follow it in this segment"
      ])
  }

  @Test func `of a record that is cut off`() throws {
    let story = try LogStory().write(records: 9)
    story.shrink(to: story.bytes.count - 3)
    #expect(
      try messages(story) == [
        "the last record, at 0x100, is cut off after 29 B; nothing valid follows it"
      ])
  }

  @Test func `of a last record that is wrong`() throws {
    let story = try LogStory().write(records: 9).damage(record: 8)
    #expect(
      try messages(story) == [
        "the last record, at 0x100, does not have its checksum; nothing valid follows it"
      ])
  }

  @Test func `of zeros behind the last record`() throws {
    #expect(
      try messages(try LogStory().write(records: 8).grow(to: 4096))
        == ["256 B of records, then 3.8 kB of zeros: preallocated, nothing is wrong"])
    #expect(
      try messages(try LogStory().grow(to: 4096))
        == ["no records yet, then 4.1 kB of zeros: preallocated, nothing is wrong"])
  }

  @Test func `of a file that holds something else`() throws {
    let story = try LogStory(Array("Dear diary, \(String(repeating: "x", count: 80))".utf8))
    #expect(
      try messages(story)
        == ["it is named like a segment, but nothing in it is a nori-wal record"])
  }
}
