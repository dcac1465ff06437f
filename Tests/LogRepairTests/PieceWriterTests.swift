import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import LogRepair

@Suite struct `The pieces of a salvaged file` {
  private let directory: TemporaryDirectory
  private let files: [FileName: [UInt8]]

  init() throws {
    directory = try TemporaryDirectory()
    var files: [FileName: [UInt8]] = [:]
    for (name, size) in [("one", 3_000_000), ("two", 100_000)] {
      // No two places of it are alike for long.
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 >> 9) }
      try directory.write(bytes, to: name)
      files[FileName(name)] = bytes
    }
    self.files = files
  }

  private func written(_ pieces: [SalvagedFile.Piece], _ control: ScanControl = ScanControl())
    throws -> [UInt8]
  {
    let place = try directory.open()
    let new = try place.makeFile(FileName("new"))
    var writer = PieceWriter(from: place, control)
    let size = try writer.write(pieces, into: new)
    #expect(try new.status().size == size)
    return try new.bytes(at: 0, limit: Int(size))
  }

  @Test func `are written as they are, whatever their sizes and from whichever file`() throws {
    var pieces: [SalvagedFile.Piece] = []
    var expected: [UInt8] = []
    for number in 0..<3_000 {
      if number.isMultiple(of: 7) {
        let bytes = [UInt8](repeating: UInt8(number % 251), count: number % 5)
        pieces.append(.bytes(bytes))
        expected += bytes
        continue
      }
      let name = FileName(number % 100 < 60 ? "one" : "two")
      let bytes = try #require(files[name])
      let start = Int.random(in: 0..<bytes.count)
      let longest = number.isMultiple(of: 500) ? bytes.count : 300
      let range = start..<min(bytes.count, start + Int.random(in: 0...longest))
      pieces.append(.copy(name, UInt64(range.lowerBound)..<UInt64(range.upperBound)))
      expected += bytes[range]
    }
    #expect(try written(pieces) == expected)
  }

  @Test func `are refused where the old file has become shorter`() throws {
    let size = UInt64(100_000)
    let failure = #expect(throws: NewLogFailure.self) {
      try written([
        .copy(FileName("two"), size - 10..<size), .copy(FileName("two"), size - 5..<size + 5),
      ])
    }
    guard case .refused(let reason, _) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(reason.contains("truncated"))
  }

  @Test func `are not written on when the user stops it`() throws {
    let control = ScanControl()
    control.cancel()
    let failure = #expect(throws: NewLogFailure.self) {
      try written([.copy(FileName("one"), 0..<3_000_000)], control)
    }
    guard case .stopped = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
  }
}
