import JSON
import Foundation
import LogFiles
import TestSupport
import Testing

@testable import walscope

@Suite struct JSONWriterTests {
  /// What a writer writes, as it would reach a file.
  private func written(ascii: Bool = false, _ body: (inout JSONWriter) -> Void) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    let stream = OutputStream(try directory.open().makeFile(FileName("out")))
    var json = JSONWriter(stream, ascii: ascii)
    body(&json)
    stream.flush()
    return Array(try Data(contentsOf: URL(filePath: directory.path("out"))))
  }

  private func object(_ body: (inout JSONWriter) -> Void) throws -> [String: Any] {
    let bytes = try written { $0.object(body) }
    let value = try JSONSerialization.jsonObject(with: Data(bytes))
    return try #require(value as? [String: Any])
  }

  @Test func `Members, arrays and objects have their commas`() throws {
    let bytes = try written { json in
      json.object { json in
        json.member("a", 1)
        json.member("b", "x")
        json.member("c", array: [1, 2]) { $0.value($1) }
        json.member("d") { $0.member("e", true) }
        json.member("f", String?.none)
        json.member("g", array: [Int]()) { $0.value($1) }
      }
      json.endLine()
      json.object { _ in }
    }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"a":1,"b":"x","c":[1,2],"d":{"e":true},"f":null,"g":[]}"# + "\n{}")
  }

  @Test func `The largest number stays exact`() throws {
    #expect(try written { $0.value(UInt64.max) } == Array("18446744073709551615".utf8))
  }

  @Test func `A string comes back as it was, and holds nothing that a terminal must not see`()
    throws
  {
    let text =
      "a\"b\\c\n\t\r\u{0}\u{1b}\u{7f}\u{85}\u{9b}\u{202e}\u{2028}\u{200b}\u{e000}é日\u{1F600}\u{E0001}"
    let bytes = try written { json in json.object { $0.member("s", text) } }
    let value = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String]
    #expect(value?["s"] == text)
    #expect(SafeOutput.violation(in: bytes, allowingNewlines: false) == nil)
    let ascii = try written(ascii: true) { json in json.object { $0.member("s", text) } }
    #expect(ascii.allSatisfy { (0x20..<0x7F).contains($0) })
    let decoded = try JSONSerialization.jsonObject(with: Data(ascii)) as? [String: String]
    #expect(decoded?["s"] == text)
  }

  @Test func `Bytes are text only when all of it is printable`() throws {
    func form(_ bytes: [UInt8]) throws -> [String: Any] {
      let member = try object {
        $0.member("v", bytes: bytes, total: UInt64(bytes.count), isRedacted: false)
      }["v"]
      return try #require(member as? [String: Any])
    }
    #expect(try form(Array("plain é".utf8))["utf8"] as? String == "plain é")
    for bytes in [
      [0x0A], [0xFF], [0x1B, 0x5B], [0xC3], [0xE2, 0x80, 0xAE], [0xC2, 0x9B], [0xED, 0xA0, 0x80],
    ] as [[UInt8]] {
      let text = try #require(try form(bytes)["base64"] as? String)
      #expect(Data(base64Encoded: text).map(Array.init) == bytes)
      #expect(try form(bytes)["utf8"] == nil)
    }
    #expect(try form([])["utf8"] as? String == "")
  }

  @Test func `Bytes that are cut say so, and are not cut through a character`() throws {
    let member =
      try object {
        $0.member("v", bytes: [0x61, 0xC3], total: 9, isRedacted: false)
      }["v"] as? [String: Any]
    #expect(member?["utf8"] as? String == "a")
    #expect(member?["truncated"] as? Bool == true)
    #expect(member?["length"] as? Int == 9)
  }

  @Test func `Redacted bytes keep their length only`() throws {
    let bytes = try written { json in
      json.object { $0.member("v", bytes: Array("secret".utf8), total: 6, isRedacted: true) }
    }
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"v":{"redacted":true,"length":6}}"#)
  }

  @Test func `A name that is not UTF-8 has its exact bytes beside it`() throws {
    let name = FileName([0x61, 0xFF, 0xC3, 0xA9, 0x0A])
    let value = try object { $0.member("file", file: name) }
    #expect(value["file"] as? String == "a\\xffé\n")
    #expect(value["fileBytes"] as? String == Data(name.bytes).base64EncodedString())
    #expect(try object { $0.member("file", file: FileName("plain")) }["fileBytes"] == nil)
  }

  @Test func `A long array stops and tells how many there are`() throws {
    let value = try object { json in
      json.member("list", array: Array(0..<10_001)) { $0.value($1) }
    }
    #expect((value["list"] as? [Int])?.count == 10_000)
    #expect(value["listTotal"] as? Int == 10_001)
    #expect(value["truncated"] as? Bool == true)
  }

  @Test func `Base64 is that of RFC 4648`() {
    let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg=="]
    for (text, encoded) in vectors { #expect(Base64.encode(Array(text.utf8)) == encoded) }
    #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
  }
}
