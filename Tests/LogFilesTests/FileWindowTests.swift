import Glibc
import LogFiles
import TestSupport
import Testing

@Suite struct FileWindowTests {
  private func bytes(_ window: borrowing FileWindow) -> [UInt8] {
    window.bytes.withUnsafeBytes { Array($0) }
  }

  @Test func `A window brings every byte of a file, whatever its capacity`() throws {
    let directory = try TemporaryDirectory()
    let contents = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try directory.write(contents, to: "log")
    let file = try directory.open().openFile(FileName("log"))
    for capacity in [1, 7, 4096, 9_999, 10_000, 10_001, 1 << 20] {
      var window = FileWindow(capacity: capacity)
      var collected: [UInt8] = []
      repeat {
        try window.load(file, at: UInt64(collected.count), end: UInt64(contents.count))
        collected += bytes(window)
      } while window.count > 0
      #expect(collected == contents)
      #expect(window.bytesRead == 10_000)
      #expect(window.bytesSkipped == 0)
      #expect(window.sawShrink == false)
    }
  }

  @Test func `Windows that exchange what they hold go on counting`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3, 4, 5], to: "log")
    let file = try directory.open().openFile(FileName("log"))
    var first = FileWindow(capacity: 2)
    var second = FileWindow(capacity: 3)
    try first.load(file, at: 0, end: 5)
    try second.load(file, at: 2, end: 9)
    first.exchange(with: &second)
    #expect(bytes(first) == [3, 4, 5] && first.offset == 2)
    #expect(bytes(second) == [1, 2] && second.offset == 0)
    #expect(first.bytesRead == 5 && second.bytesRead == 0)
    try second.load(file, at: 4, end: 9)
    #expect(!first.sawShrink && second.sawShrink)
    first.exchange(with: &second)
    #expect(first.bytesRead == 6 && first.sawShrink && !second.sawShrink)
  }

  @Test func `A fully written file costs two seeks in all`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([UInt8](repeating: 1, count: 1 << 20), to: "log")
    let script = FaultScript()
    let file = try directory.open(calls: script.calls).openFile(FileName("log"))
    var window = FileWindow(capacity: 1 << 14)
    for piece in 0..<64 { try window.load(file, at: UInt64(piece) << 14, end: 1 << 20) }
    #expect(window.bytesRead == 1 << 20)
    #expect(script.count(.seekData) == 1)
    #expect(script.count(.seekHole) == 1)
    #expect(script.count(.read) == 64)
  }

  @Test func `Nothing is brought from beyond the horizon or from a strange offset`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3, 4, 5, 6], to: "log")
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    try window.load(file, at: 2, end: 4)
    #expect(bytes(window) == [3, 4])
    for (offset, end) in [(4, 4), (5, 4), (UInt64.max, 4), (UInt64.max, UInt64.max)] {
      try window.load(file, at: offset, end: end)
      #expect(window.count == 0)
    }
    #expect(window.sawShrink == false)
    try window.load(file, at: UInt64.max - 5, end: UInt64.max)
    #expect(window.count == 0)
    #expect(window.sawShrink == true)
  }

  /// 3 MiB of bytes, then space up to 64 MiB that nobody wrote.
  @Test(arguments: ["hole", "unwritten"])
  func `Space that nobody wrote is zeros and is never read`(kind: String) throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    if kind == "hole" { try writer.truncate(64 << 20) } else { try writer.preallocate(64 << 20) }
    try writer.fill(0x55, count: 3 << 20, at: 0)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    var offset: UInt64 = 0
    while offset < 64 << 20 {
      try window.load(file, at: offset, end: 64 << 20)
      #expect(window.count == 1 << 20)
      let expected: Int? = offset < 3 << 20 ? 0 : nil
      #expect(window.bytes.firstNonZero() == expected)
      offset += UInt64(window.count)
    }
    #expect(window.bytesRead == 3 << 20)
    #expect(window.bytesSkipped == 61 << 20)
  }

  @Test func `Data and holes within one window come in their places`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.fill(1, count: 65536, at: 65536)
    try writer.fill(2, count: 65536, at: 3 * 65536)
    try writer.truncate(5 * 65536)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    // Dirty first, so that the zeros of holes are seen to be written.
    try window.load(file, at: 65536, end: 65536 * 2)
    try window.load(file, at: 100, end: 5 * 65536)
    var expected = [UInt8](repeating: 0, count: 5 * 65536)
    expected.replaceSubrange(65536..<131072, with: repeatElement(1, count: 65536))
    expected.replaceSubrange((3 * 65536)..<(4 * 65536), with: repeatElement(2, count: 65536))
    #expect(bytes(window) == Array(expected.dropFirst(100)))
    #expect(window.bytesSkipped == 3 * 65536 - 100)
  }

  @Test func `Data written into a hole after a load is seen by the next one`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.preallocate(1 << 20)
    try writer.fill(1, count: 4096, at: 0)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow(capacity: 8192)
    try window.load(file, at: 0, end: 1 << 20)
    #expect(window.bytesSkipped == 4096)
    try writer.fill(2, count: 8192, at: 4096)
    try window.load(file, at: 4096, end: 1 << 20)
    #expect(bytes(window) == [UInt8](repeating: 2, count: 8192))
  }

  @Test(arguments: [0, 100, 4096, 150_000])
  func `A file cut while it is read gives what is left and says so`(left: Int) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([UInt8](repeating: 9, count: 200_000), to: "log")
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow(capacity: 65536)
    try window.load(file, at: 0, end: 200_000)
    #expect(truncate(path, left) == 0)
    var total = 0
    while total < left {
      try window.load(file, at: UInt64(total), end: 200_000)
      #expect(bytes(window).allSatisfy { $0 == 9 })
      total += window.count
      if window.count == 0 { break }
    }
    #expect(total == left)
    try window.load(file, at: UInt64(left), end: 200_000)
    #expect(window.count == 0)
    #expect(window.sawShrink == true)
  }

  @Test func `A file cut within its hole is not taken for zeros`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.fill(1, count: 4096, at: 0)
    try writer.truncate(1 << 20)
    let file = try directory.open().openFile(FileName("log"))
    try writer.truncate(300_000)
    var window = FileWindow()
    try window.load(file, at: 0, end: 1 << 20)
    #expect(window.count == 300_000)
    #expect(window.sawShrink == true)
  }

  @Test func `A file deleted while it is read is still read`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([UInt8](repeating: 9, count: 100_000), to: "log")
    let opened = try directory.open()
    let file = try opened.openFile(FileName("log"))
    unlink(path)
    var window = FileWindow()
    try window.load(file, at: 0, end: 100_000)
    #expect(window.count == 100_000)
    let links = try file.status().links
    #expect(links == 0)
    let gone = #expect(throws: FileError.self) { try opened.status(of: FileName("log")) }
    #expect(gone?.isVanished == true)
  }

  @Test func `The first byte that is not zero is found without reading holes`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.truncate(100 << 30)
    try writer.fill(0, count: 2 << 20, at: 0)
    let last = (90 << 30) + 12_345
    try writer.write([7], at: last)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    let found = try window.firstNonZero(file, from: 100, end: 100 << 30) { false }
    #expect(found == UInt64(last))
    #expect(window.bytesRead < 3 << 20)
    let none = try window.firstNonZero(file, from: UInt64(last) + 1, end: 100 << 30) { false }
    #expect(none == nil)
    let before = try window.firstNonZero(file, from: 0, end: UInt64(last)) { false }
    #expect(before == nil)
    #expect(window.sawShrink == false)
  }

  @Test func `The search for a byte stops when it is cancelled or the file shrinks`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.fill(0, count: 4 << 20, at: 0)
    try writer.write([1], at: 4 << 20)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    var asked = 0
    let cancelled = try window.firstNonZero(file, from: 0, end: (4 << 20) + 1) {
      asked += 1
      return asked > 2
    }
    #expect(cancelled == nil)
    #expect(window.bytesRead == 2 << 20)
    try writer.truncate(1 << 20)
    let shrunk = try window.firstNonZero(file, from: 0, end: (4 << 20) + 1) { false }
    #expect(shrunk == nil)
    #expect(window.sawShrink == true)
  }
}
