import TestSupport
import Testing

@testable import LogFiles

@Suite struct ProcessTextTests {
  @Test func `Lines are whole, whatever the reads return`() throws {
    let lines = (0..<5000).map { "line \($0) " + String(repeating: "x", count: $0 % 97) }
    let directory = try TemporaryDirectory()
    try directory.write(Array(lines.joined(separator: "\n").utf8), to: "text")
    for fault in [nil, SystemCalls.Fault.short(13)] {
      let calls = SystemCalls { $0 == .read ? fault : nil }
      var found: [String] = []
      try directory.open(calls: calls).openFile(FileName("text")).forEachLine {
        found.append(String(decoding: $0, as: UTF8.self))
      }
      #expect(found == lines)
    }
  }

  @Test func `A line without end comes in pieces and not in one`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([UInt8](repeating: 0x78, count: 200_000), to: "text")
    var sizes: [Int] = []
    try directory.open().openFile(FileName("text")).forEachLine { sizes.append($0.count) }
    #expect(sizes.reduce(0, +) == 200_000)
    #expect(sizes.allSatisfy { $0 <= 65536 })
  }

  @Test func `Fields are taken apart and escapes undone`() {
    var scanner = FieldScanner(Array("7f00-7fff rw-s 0: fe:1a\t 123  /a b".utf8)[...])
    #expect(scanner.number(radix: 16) == 0x7F00)
    #expect(scanner.number(radix: 16) == 0x7FFF)
    #expect(scanner.field() == Array("rw-s".utf8)[...])
    #expect(scanner.number(radix: 16) == 0)
    #expect(scanner.number(radix: 16) == 0xFE)
    #expect(scanner.number(radix: 16) == 0x1A)
    #expect(scanner.number(radix: 10) == 123)
    #expect(scanner.remainder().elementsEqual("/a b".utf8))
    #expect(scanner.number(radix: 10) == nil)
    var huge = FieldScanner(Array("99999999999999999999 5".utf8)[...])
    #expect(huge.number(radix: 10) == nil)
    let escaped = FileName(procField: Array(#"a\040b\134c\01"#.utf8)[...])
    #expect(escaped == FileName(#"a b\c\01"#))
  }
}
