import Glibc
import LogFiles
import TestSupport
import Testing

@Suite struct FileWindowTests {
  @Test func `A window brings every byte of a file, whatever its capacity`() throws {
    let directory = try TemporaryDirectory()
    let contents = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try directory.write(contents, to: "log")
    let file = try directory.open().openFile(FileName("log"))
    for capacity in [1, 7, 4096, 9_999, 10_000, 10_001, 1 << 20] {
      var window = FileWindow(capacity: capacity)
      var collected: [UInt8] = []
      while collected.count < contents.count {
        try window.load(file, at: UInt64(collected.count), end: UInt64(contents.count))
        #expect(window.count > 0)
        if window.count == 0 { break }
        window.bytes.withUnsafeBytes { collected.append(contentsOf: $0) }
      }
      #expect(collected == contents)
      #expect(window.bytesRead == 10_000)
      let shrank = window.sawShrink
      #expect(!shrank)
    }
  }
}
