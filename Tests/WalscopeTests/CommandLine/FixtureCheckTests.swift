import Foundation
import TestSupport
import Testing

/// What `check --json` says about real logs of the real engine, against the truth beside them.
@Suite struct FixtureCheckTests {
  static let cases = Fixtures.cases("nori-wal")

  @Test func `There are fixtures, or it is said that there are none`() {
    if Self.cases.isEmpty { print(Fixtures.absence) }
  }

  @Test(arguments: cases)
  func `The check agrees with the engine`(name: String) throws {
    let root = try #require(Fixtures.root)
    let folder = "\(root)/nori-wal/\(name)"
    guard FileManager.default.fileExists(atPath: "\(folder)/data") else {
      print("\(name) is packed: skipped")
      return
    }
    let truth = try MadeLogs.object(try MadeLogs.text("\(folder)/expected.json"))
    let outcome = try RunningProgram.walscope(
      ["check", "--json", "--format", "nori-wal", "\(folder)/data"])
    if outcome.status == 2, truth.list("segments").isEmpty { return }
    #expect(outcome.status < 2, "\(outcome.messageText)")
    let report = try MadeLogs.object(outcome.text)
    for segment in truth.list("segments") where segment["ignored"] as? Bool != true {
      try compare(segment, with: report)
    }
    try compareForecast(truth, with: report)
  }

  private func compare(_ truth: [String: Any], with report: [String: Any]) throws {
    let name = try #require(truth.text("file"))
    let mine = try #require(report.list("segments").first { $0.text("file") == name })
    #expect(mine.number("logicalEnd") == truth.number("logical_end"))
    #expect(mine.number("records") == truth.number("valid_records"))
    #expect(mine.number("fileSize") == truth.number("file_size"))
    let first = truth["first_invalid"] as? [String: Any]
    let zeros = (truth["tail"] as? [String: Any])?["all_zero"] as? Bool == true
    guard truth.number("file_size") != 0 else {
      #expect(mine.text("verdict") == "empty")
      return
    }
    let invalid = mine["firstInvalid"] as? [String: Any]
    #expect(invalid?.number("offset") == (zeros ? nil : first?.number("offset")))
    if first == nil { #expect(mine.text("verdict") == "clean") }
    if first != nil, zeros { #expect(mine.text("verdict") == "preallocated-tail") }
    if let after = truth["good_records_after_damage"] as? [String: Any],
      let count = after.number("count"), count > 0
    {
      #expect(mine.text("verdict") == "damaged-inside")
      #expect((mine["afterDamage"] as? [String: Any])?.number("records") == count)
    }
  }

  private func compareForecast(_ truth: [String: Any], with report: [String: Any]) throws {
    guard let real = truth["real_recovery"] as? [String: Any] else { return }
    let forecast = try #require(report.list("forecast").first { $0.text("mode") == "open" })
    let opens = real["ok"] as? Bool == true
    #expect(forecast["opens"] as? Bool == opens)
    #expect((forecast.text("ownerError") == nil) == opens)
    guard opens else { return }
    #expect(forecast.number("keepsRecords") == real.number("valid_records"))
    let sizes = try #require(forecast["sizesAfter"] as? [String: Any])
    let wanted = real["file_sizes_after"] as? [String: Any] ?? [:]
    let names = truth.list("segments").filter { $0["ignored"] as? Bool != true }
      .compactMap { $0.text("file") }
    for name in names where wanted[name] != nil {
      #expect(sizes.number(name) == wanted.number(name), "\(name)")
    }
  }
}
