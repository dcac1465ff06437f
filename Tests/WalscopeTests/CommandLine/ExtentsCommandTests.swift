import Foundation
import LogFiles
import LogFormats
import TestSupport
import Testing

@Suite struct ExtentsCommandTests {
  @Test func `Each extent says what it holds, and together they hold the file`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.segmentSize = 1 << 20
      $0.preallocation = .allocate
      $0.closesCleanly = false
    }
    let outcome = try RunningProgram.walscope(["extents", "--json", "--sync", log])
    #expect(outcome.status == 0)
    let object = try MadeLogs.object(outcome.text)
    guard object["available"] as? Bool == true else {
      print("no extents on this file system: skipped")
      return
    }
    let held = object.list("extents").flatMap { $0.list("holds") }
    let bytes = held.reduce(0) { $0 + ($1.number("bytes") ?? 0) }
    #expect(bytes == object.number("fileSize"))
    #expect(Set(held.compactMap { $0.text("what") }) == ["log", "zero-tail"])
    let text = try RunningProgram.walscope(["extents", log]).text
    #expect(text.contains("map  [#"))
    #expect(text.contains("zero-tail "))
  }

  @Test func `An empty directory has no extents, which is said`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(["extents", directory.path])
    #expect(outcome.status == 2 && outcome.text.isEmpty)
    #expect(outcome.messageText.contains("it holds no file that could have extents"))
  }

  @Test func `A hole has a row and a sign`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.segmentSize = 8 << 20
      $0.preallocation = .setLength
      $0.closesCleanly = false
    }
    let text = try RunningProgram.walscope(["extents", "--sync", log]).text
    guard !text.contains("not available") else { return }
    #expect(text.contains("hole"))
    #expect(text.contains("=="))
  }

  @Test func `A log of one file is named by that file`() throws {
    let directory = try TemporaryDirectory()
    var recipe = LogRecipe()
    recipe.records = 20
    let place = directory.path("log")
    _ = try TegDB().make(recipe, in: try OpenDirectory.make(FileName(place))) { _ in true }
    let outcome = try RunningProgram.walscope(["extents", place])
    #expect(outcome.text.hasPrefix("\(place)/db.teg: "))
  }

  @Test func `Any file has extents`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([UInt8](repeating: 7, count: 100_000), to: "data.bin")
    let outcome = try RunningProgram.walscope(["extents", path])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("unknown 100.0 kB") || outcome.text.contains("not available"))
  }
}
