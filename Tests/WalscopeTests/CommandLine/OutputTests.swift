import LogFiles
import Testing

@testable import walscope

@Suite struct OutputTests {
  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_772_323_199, "2026-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    (-1, "1969-12-31T23:59:59Z"), (-62_135_596_800, "0001-01-01T00:00:00Z"),
  ])
  func `Times are those of the calendar`(seconds: Int64, text: String) {
    #expect(Timestamp(seconds: seconds, nanoseconds: 0).text == text)
  }

  @Test func `Progress tells bytes, rate and the time that is left`() {
    let text = ProgressLine.text(
      done: 250_000_000, total: 1_000_000_000, elapsed: .seconds(1))
    #expect(text == "250.0 MB of 1.0 GB  25 %  250.0 MB/s  3 s left")
    #expect(ProgressLine.text(done: 0, total: 10, elapsed: .seconds(1)).contains("0 B of 10 B"))
  }

  @Test func `The nearest word is found, and nothing when none is near`() {
    #expect(Spelling.nearest(to: "chekc", in: ["check", "ls"]) == "check")
    #expect(Spelling.nearest(to: "l", in: ["check", "ls"]) == "ls")
    #expect(Spelling.nearest(to: "nothing", in: ["check", "ls"]) == nil)
    #expect(Spelling.nearest(to: String(repeating: "a", count: 5000), in: ["check"]) == nil)
  }

  @Test func `The worse status of two parts is the one of the whole`() {
    #expect(ExitStatus.done.combined(with: .found) == .found)
    #expect(ExitStatus.failed.combined(with: .found) == .failed)
    #expect(ExitStatus.failed.combined(with: .interrupted) == .interrupted)
  }
}
