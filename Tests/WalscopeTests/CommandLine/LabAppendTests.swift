import Foundation
import LogFiles
import TestSupport
import Testing

/// `lab append` as a command, with real processes and few appends.
@Suite struct LabAppendTests {
  private static let strategies = [
    "mmlog", "write", "writev", "stdio", "direct", "aio", "io_uring",
  ]

  @Test func `Every strategy appends all that it says`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope([
      "lab", "append", "--json", "--dir", directory.path, "--operations", "700", "--rounds", "2",
    ])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output))
    let report = try #require(value as? [String: Any])
    #expect(report["schemaVersion"] as? Int == 1)
    #expect(report["machine"] is [String: Any])
    let results = try #require(report["results"] as? [[String: Any]])
    let cells = try #require(report["cells"] as? [[String: Any]])
    let missing = try cells.flatMap { cell in
      try #require(cell["variants"] as? [[String: Any]]).filter { $0["notPossible"] is String }
    }
    // What is not possible here says why, and has no figures.
    #expect(results.count + missing.count == 3 * Self.strategies.count)
    #expect(
      missing.allSatisfy { ["direct", "aio", "io_uring"].contains($0["variant"] as? String) })
    for result in results {
      #expect(Self.strategies.contains(result["strategy"] as? String ?? ""))
      #expect([1, 128, 4095].contains(result["bytesPerAppend"] as? Int))
      #expect(result["processes"] as? Int == 4)
      #expect(result["operations"] as? Int == 700)
      #expect(result["bytesLost"] as? Int == 0)
      let total = try #require(result["totalMilliseconds"] as? [String: Double])
      let (least, median, most) = (total["min"] ?? 0, total["median"] ?? 0, total["max"] ?? 0)
      #expect(0 < least && least <= median && median <= most)
      let call = try #require(result["microsecondsPerCall"] as? Double)
      #expect(abs(call - median * 1000 / 2800) < 0.01)
      #expect(result["megabytesPerSecond"] as? Double ?? 0 > 0)
    }
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `The table has what was chosen, and ends with sentences`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope([
      "lab", "append", "--strategy", "write", "--strategy", "mmlog", "--record-size", "1",
      "--record-size", "2K", "--processes", "3", "--operations", "500", "--rounds", "3",
      directory.path,
    ])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    #expect(outcome.text.contains("2,048 bytes, 3 processes with 500 appends each"))
    #expect(outcome.text.contains("US/CALL") && !outcome.text.contains("stdio"))
    #expect(outcome.text.contains("No byte was lost"))
  }

  @Test func `Too much for the room, and words that mean nothing, are refused`() throws {
    let directory = try TemporaryDirectory()
    let refused = try RunningProgram.walscope([
      "lab", "append", "--max-bytes", "1M", "--operations", "100000", directory.path,
    ])
    #expect(refused.status == 3, "\(refused.messageText)")
    for words in [["--strategy", "memcpy"], ["--record-size", "2M"], ["--processes", "65"]] {
      let outcome = try RunningProgram.walscope(["lab", "append"] + words + [directory.path])
      #expect(outcome.status == 64, "\(words)")
    }
    #expect(try directory.open().entries().isEmpty)
  }
}
