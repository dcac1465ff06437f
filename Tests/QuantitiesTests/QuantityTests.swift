import Quantities
import Testing

@Suite("Numbers with their units")
struct QuantityTests {
  @Test(
    "Bytes are decimal, to a tenth, and round into the next unit",
    arguments: [
      (0, "0 B"), (37, "37 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_049, "1.0 kB"),
      (1_050, "1.1 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (3_100_000, "3.1 MB"),
      (128_000_000, "128.0 MB"), (999_949_999, "999.9 MB"), (999_950_000, "1.0 GB"),
      (.max, "18.4 EB"),
    ] as [(UInt64, String)])
  func bytes(count: UInt64, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test("Digits are grouped, also of negative and of the largest numbers")
  func grouped() {
    #expect(Quantity.grouped(0) == "0")
    #expect(Quantity.grouped(999) == "999")
    #expect(Quantity.grouped(41_120) == "41,120")
    #expect(Quantity.grouped(-1_000) == "-1,000")
    #expect(Quantity.grouped(Int64.min) == "-9,223,372,036,854,775,808")
    #expect(Quantity.grouped(UInt64.max) == "18,446,744,073,709,551,615")
    #expect(Quantity.offset(8_000) == "0x1f40")
    #expect(Quantity.count(1, "record") == "1 record")
    #expect(Quantity.count(0, "record") == "0 records")
    #expect(Quantity.count(2, "entry", "entries") == "2 entries")
  }

  @Test(
    "A part that is not nothing is never 0 %, and one that is not all is never 100 %",
    arguments: [
      (0, 10, "0 %"), (1, 1_000, "<1 %"), (41, 100, "41 %"), (999, 1_000, "99 %"),
      (1_000, 1_000, "100 %"), (0, 0, "-"), (.max, .max, "100 %"), (.max / 2, .max, "50 %"),
    ] as [(UInt64, UInt64, String)])
  func percent(part: UInt64, whole: UInt64, text: String) {
    #expect(Quantity.percent(part, of: whole) == text)
  }

  @Test(
    "Durations are told in the unit that fits",
    arguments: [
      (.zero, "0 s"), (.nanoseconds(850), "850 ns"), (.nanoseconds(1_420_000), "1.42 ms"),
      (.milliseconds(11), "11.0 ms"), (.milliseconds(250), "250 ms"), (.seconds(3), "3.00 s"),
      (.seconds(125), "2 min 5 s"), (.seconds(12_000), "3 h 20 min"),
      (.seconds(187_200), "2 d 4 h"),
      (.seconds(-125), "-2 min 5 s"), (.microseconds(12), "12.0 µs"),
    ] as [(Duration, String)])
  func durations(duration: Duration, text: String) {
    #expect(Quantity.duration(duration) == text)
  }

  @Test(
    "What is only guessed is told in whole seconds",
    arguments: [
      (0, "0 s"), (0.2, "1 s"), (2, "2 s"), (59.5, "1 min 0 s"), (124.1, "2 min 5 s"),
      (.infinity, "very long"), (-1, "0 s"),
    ] as [(Double, String)])
  func estimates(seconds: Double, text: String) {
    #expect(Quantity.estimate(seconds: seconds) == text)
  }

  @Test("Rates keep their unit however small or large they are")
  func rates() {
    #expect(Quantity.rate(bytes: 2_100_000_000, in: .seconds(1)) == "2.1 GB/s")
    #expect(Quantity.rate(bytes: 1, in: .seconds(100)) == "<1 B/s")
    #expect(Quantity.rate(bytes: .max, in: .seconds(1)) == "18.4 EB/s")
    #expect(Quantity.rate(bytes: 5, in: .zero) == "-")
    #expect(Quantity.rate(2_810, in: .seconds(1)) == "2,810/s")
    #expect(Quantity.rate(4, in: .seconds(10)) == "0.4/s")
    #expect(Quantity.rate(1, in: .seconds(1_000)) == "<0.1/s")
    #expect(Quantity.rate(0, in: .seconds(1)) == "0/s")
  }
}
