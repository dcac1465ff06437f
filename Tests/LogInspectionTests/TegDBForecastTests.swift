import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

extension Forecast {
  fileprivate func number(_ name: String) -> UInt64? {
    switch attributes.first(where: { $0.name == name })?.value {
    case .number(let value), .size(let value): value
    default: nil
    }
  }
}

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Forecasts for real TegDB logs` {
  private static func forecast(
    _ name: String, _ mode: String, assuming: [String: UInt64] = [:]
  ) throws -> Forecast {
    let path = "\(Fixtures.root ?? "")/tegdb/\(name)/data"
    let log = try #require(try LogTree.open(FileName(path), format: "tegdb").logs.first)
    return try #require(log.scan(assuming: assuming).forecasts.first { $0.mode == mode })
  }

  private static func expect(_ forecast: Forecast, is real: TegDBTruth.Recovery) {
    #expect(forecast.opens == real.opens)
    #expect(forecast.ownerError == real.error)
    #expect(forecast.sizesAfter?.first?.size == real.file_size_after)
    guard real.opens == true else { return }
    #expect(forecast.number("keepsKeys") == real.live_keys.map { UInt64($0.count) })
    #expect(forecast.number("validDataEndAfter") == real.valid_data_end_after)
  }

  /// Three older programs opened each file of version 1.
  @Test(arguments: TegDBTruth.logs.filter { (try? TegDBTruth.read($0).real_recovery_older) != nil })
  func `tell what the programs did that read version 1`(name: String) throws {
    let older = try #require(try TegDBTruth.read(name).real_recovery_older)
    #expect(!older.isEmpty)
    let forecast = try Self.forecast(name, "open-version-1")
    for real in older { Self.expect(forecast, is: real) }
  }

  @Test(
    arguments: TegDBTruth.logs.filter {
      (try? TegDBTruth.read($0).real_recovery_other_configs) != nil
    })
  func `tell what the open did with another configuration`(name: String) throws {
    for real in try #require(try TegDBTruth.read(name).real_recovery_other_configs) {
      let assuming = try #require(real.assuming, "configuration \(real.config ?? "")")
      let forecast = try Self.forecast(name, "open", assuming: assuming)
      Self.expect(forecast, is: real)
      #expect(forecast.assumes == assuming)
    }
  }
}

/// The rules are sections 3.3, 4.1, 4.2 and 4.5 of the format page.
struct `Forecasts for TegDB files made by hand` {
  private static let longPut = TegDBBytes.put("long", String(repeating: "x", count: 100))
  /// Keys a and b, then a longer value, then c, each committed.
  private static let mixed =
    TegDBBytes.header(dataEnd: 64 + 31 + 31 + 133 + 31)
    + TegDBBytes.put("a", "1") + TegDBBytes.marker + TegDBBytes.put("b", "2") + TegDBBytes.marker
    + longPut + TegDBBytes.marker + TegDBBytes.put("c", "3") + TegDBBytes.marker

  private func forecasts(_ bytes: [UInt8], _ assuming: [String: UInt64] = [:]) throws -> [Forecast]
  {
    let file = try TegDBFile(bytes)
    return withExtendedLifetime(file) { file.log.scan(assuming: assuming).forecasts }
  }

  private func open(_ bytes: [UInt8], _ assuming: [String: UInt64] = [:]) throws -> Forecast {
    try #require(try forecasts(bytes, assuming).first { $0.mode == "open" })
  }

  @Test(arguments: [["max-value-bytes": UInt64(99)], ["max-key-bytes": 13]])
  func `lose what stands behind a key or value that is longer than configured`(
    assuming: [String: UInt64]
  ) throws {
    let usual = try open(Self.mixed)
    #expect(usual.outcome == .clean && usual.keepsRecords == 8 && usual.losesRecords == 0)
    let limited = try forecasts(Self.mixed, assuming)
    // A marker's key has 13 bytes, so that this limit bars nothing.
    let bars = assuming["max-value-bytes"] != nil
    for forecast in limited {
      #expect(forecast.opens && forecast.assumes == assuming)
      #expect(forecast.outcome == (bars ? .drops : .clean), "\(forecast.mode)")
      #expect(forecast.keepsRecords == (bars ? 4 : 8), "\(forecast.mode)")
      #expect(forecast.losesRecords == (bars ? 4 : 0), "\(forecast.mode)")
      #expect(forecast.number("keepsKeys") == (bars ? 2 : 4), "\(forecast.mode)")
      #expect(forecast.number("validDataEndAfter") == (bars ? 126 : 290), "\(forecast.mode)")
      #expect(forecast.sizesAfter?.first?.size == 290)
    }
    #expect(limited.map(\.mode) == ["open", "open-0.4.0"])
  }

  @Test func `end at the first marker when no key may be as long as one`() throws {
    let open = try open(Self.mixed, ["max-key-bytes": 12])
    // Without a marker every record counts.
    #expect(open.keepsRecords == 1 && open.losesRecords == 7)
    #expect(open.number("keepsKeys") == 1 && open.number("validDataEndAfter") == 74)
  }

  @Test func `pass a value that only a larger limit allows`() throws {
    let value = String(repeating: "v", count: 262_145)
    let bytes =
      TegDBBytes.header(dataEnd: 64) + TegDBBytes.put("a", "1") + TegDBBytes.marker
      + TegDBBytes.put("big", value) + TegDBBytes.put("c", "3") + TegDBBytes.marker
    let usual = try open(bytes)
    #expect(usual.keepsRecords == 2 && usual.losesRecords == 2 && usual.outcome == .drops)
    #expect(usual.number("keepsKeys") == 1)
    let larger = try open(bytes, ["max-value-bytes": 262_145])
    #expect(larger.keepsRecords == 5 && larger.losesRecords == 0)
    #expect(larger.number("keepsKeys") == 3)
    #expect(larger.number("validDataEndAfter") == UInt64(bytes.count))
  }

  @Test func `take a preallocation for a cap, for the file and for the noted end`() throws {
    let size = UInt64(Self.mixed.count)
    #expect(try open(Self.mixed, ["preallocate-limit-bytes": size]).opens)
    let small = try forecasts(Self.mixed, ["preallocate-limit-bytes": size - 1])
    // What 0.4.0 does with a cap is not known, so that nothing is foretold for it.
    #expect(small.map(\.mode) == ["open"] && small.allSatisfy { !$0.opens })
    #expect(small.first?.ownerError == "Storage quota exceeded (max \(size - 1) bytes)")
    let noted = try open(TegDBBytes.header(dataEnd: 5000), ["preallocate-limit-bytes": 4096])
    #expect(!noted.opens && noted.message.contains("notes an end"))
  }

  @Test func `write a header into an empty file, and fill it up to its preallocation`() throws {
    let plain = try open([])
    #expect(plain.outcome == .grows && plain.sizesAfter?.first?.size == 64)
    let preallocated = try open([], ["preallocate-limit-bytes": 4096])
    #expect(preallocated.sizesAfter?.first?.size == 4096)
    #expect(preallocated.number("validDataEndAfter") == 64)
    let tooSmall = try open([], ["preallocate-limit-bytes": 63])
    #expect(!tooSmall.opens && tooSmall.sizesAfter?.first?.size == 0)
  }

  @Test func `differ between releases where the file cuts a long value`() throws {
    let bytes =
      TegDBBytes.header(dataEnd: 64) + TegDBBytes.put("long", "short")
      + Self.longPut.prefix(50)
    let modes = try forecasts(bytes)
    let open = try #require(modes.first { $0.mode == "open" })
    #expect(open.outcome == .misreads && open.number("validDataEndAfter") == UInt64(bytes.count))
    // The key's newest value cannot be read, and that hides the older one.
    #expect(open.number("keepsKeys") == 0)
    let older = try #require(modes.first { $0.mode == "open-0.4.0" })
    #expect(older.outcome == .rewrites && older.number("validDataEndAfter") == 81)
    #expect(older.number("keepsKeys") == 1 && older.keepsRecords == 1)
    // With a larger threshold 0.5.0 reads the value and finds that it is cut.
    let inline = try self.open(bytes, ["inline-value-bytes": 100])
    #expect(inline.outcome == .rewrites && inline.number("keepsKeys") == 1)
  }

  @Test func `say nothing for 0.4.0 where a marker's value is cut`() throws {
    let bytes =
      TegDBBytes.header(dataEnd: 64) + TegDBBytes.put("a", "1")
      + TegDBBytes.put("__TX_COMMIT__", String(repeating: "x", count: 70)).dropLast(9)
    let modes = try forecasts(bytes)
    #expect(modes.map(\.mode) == ["open"])
    #expect(modes.first?.outcome == .misreads)
    #expect(modes.first?.number("validDataEndAfter") == UInt64(bytes.count) + 9)
  }

  @Test func `of version 1 take zeros for deletes up to the end of the file`() throws {
    let bytes =
      TegDBBytes.header(version: 1, dataEnd: 0) + TegDBBytes.put("a", "1") + TegDBBytes.marker
      + [UInt8](repeating: 0, count: 33)
    let modes = try forecasts(bytes)
    #expect(modes.map(\.mode) == ["open", "open-version-1"])
    #expect(modes.first?.ownerError == "Unsupported storage file version: 1")
    let older = try #require(modes.last)
    #expect(
      older.opens && older.keepsRecords == 2 && older.losesRecords == 0 && older.outcome == .clean)
    #expect(older.number("keepsKeys") == 1 && older.number("validDataEndAfter") == nil)
  }

  @Test func `without a header name the releases that open it`() throws {
    let records = (0..<12).flatMap { TegDBBytes.put("key \($0)", "value \($0)") }
    let modes = try forecasts(records)
    #expect(modes.map(\.mode) == ["open", "open-0.3.0"])
    #expect(modes.map(\.opens) == [false, true])
  }
}
