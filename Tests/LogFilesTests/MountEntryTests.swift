import Testing

@testable import LogFiles

@Suite struct MountEntryTests {
  private func parse(_ line: String) -> MountEntry? { MountEntry(Array(line.utf8)[...]) }

  @Test func `A line is taken apart, whatever stands before the dash`() throws {
    for optional in ["", "shared:1 ", "shared:1 master:2 propagate_from:3 "] {
      let entry = try #require(
        parse("36 35 98:4 /root /mnt rw,noatime \(optional)- ext4 /dev/sda1 rw,errors=continue"))
      #expect(entry.mount == 36)
      #expect(entry.major == 98 && entry.minor == 4)
      #expect(entry.mountPoint == FileName("/mnt"))
      #expect(entry.typeName == "ext4")
      #expect(entry.device == FileName("/dev/sda1"))
      #expect(entry.options == ["rw", "noatime", "errors=continue"])
    }
  }

  @Test func `Blanks, tabs, newlines and backslashes in names come back`() throws {
    let entry = try #require(
      parse(#"1 2 0:5 / /a\040b\011c\012d\134e rw - fuse.x\040y //h\040ost/s rw,name=a\054b"#))
    #expect(entry.mountPoint == FileName("/a b\tc\nd\\e"))
    #expect(entry.device == FileName("//h ost/s"))
    #expect(entry.options == ["rw", "name=a,b"])
  }

  @Test func `An incomplete escape stays as it is`() throws {
    let entry = try #require(parse(#"1 2 0:5 / /a\04 rw - t d rw"#))
    #expect(entry.mountPoint == FileName(#"/a\04"#))
  }

  @Test(arguments: ["", "36", "36 35 98", "36 35 98:4 / /mnt rw", "x 35 98:4 / /mnt rw - t d rw"])
  func `Anything else is no line`(line: String) {
    #expect(parse(line) == nil)
  }
}
