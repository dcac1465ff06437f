import LogFiles
import LogFormats
import TerminalUI
import Testing

@testable import walscope

@Suite("The model of a file's extents")
struct ExtentsModelTests {
  private let block: UInt64 = 4_096

  /// An extent in blocks.
  private func extent(
    _ logical: UInt64, at physical: UInt64, _ length: UInt64, _ flags: Extent.Flags = []
  ) -> Extent {
    Extent(
      logical: logical * block, physical: physical * block, length: length * block, flags: flags)
  }

  private func model(
    _ extents: [Extent], size: UInt64, ranges: [ByteRange], logicalEnd: UInt64? = nil
  ) -> ExtentsModel {
    ExtentsModel(
      .mapped(extents, isComplete: true), size: size, ranges: ranges, logicalEnd: logicalEnd)
  }

  private func sum(_ model: ExtentsModel) -> UInt64 { model.pieces.reduce(0) { $0 + $1.length } }

  @Test("tells log, zeros and what was never written apart")
  func preallocated() {
    let model = model(
      [extent(0, at: 100, 2), extent(2, at: 102, 8, [.unwritten, .last])], size: 10 * block,
      ranges: [
        ByteRange(.records, offset: 0, length: 5_000, records: 50),
        ByteRange(.zeroTail, offset: 5_000, length: 10 * block - 5_000),
      ], logicalEnd: 5_000)
    #expect(model.holds(.extent(0)) == "log 5.0 kB, written zeros 3.2 kB")
    #expect(model.holds(.extent(1)) == "never written")
    #expect(model.summary == "2 extents in 1 fragment: the file lies in one piece.")
    #expect(model.pieces.map(\.holding) == [.log, .zeros, .neverWritten])
    #expect(sum(model) == 10 * block)
    #expect(model.sentence(.extent(1)).contains("preallocated, it reads as zeros"))
  }

  @Test("data in an unwritten extent are not called never written")
  func dirtyPages() {
    let model = model(
      [extent(0, at: 100, 10, .unwritten)], size: 10 * block,
      ranges: [
        ByteRange(.records, offset: 0, length: block, records: 9),
        ByteRange(.zeroTail, offset: block, length: 9 * block),
      ])
    #expect(model.holds(.extent(0)) == "log 4.1 kB, never written 36.9 kB")
    #expect(model.sentence(.extent(0)).contains("its data are still in memory only"))
  }

  @Test("holes are rows of their own, between extents and at both ends")
  func holes() {
    let model = model(
      [extent(2, at: 50, 1), extent(5, at: 51, 1)], size: 10 * block,
      ranges: [ByteRange(.unknown, offset: 0, length: 10 * block)])
    #expect(
      model.rows == [
        .hole(before: 0), .extent(0), .hole(before: 1), .extent(1), .hole(before: 2),
      ])
    #expect(model.part(of: .hole(before: 2)) == 6 * block..<10 * block)
    #expect(sum(model) == 10 * block)
  }

  @Test("a file without extents is a hole, an empty file has nothing")
  func noExtents() {
    let hole = model([], size: 1_000_000, ranges: [])
    #expect(hole.rows == [.hole(before: 0)])
    #expect(hole.summary == "No extents: all 1.0 MB of the file are a hole.")
    #expect(model([], size: 0, ranges: []).summary.contains("no bytes"))
  }

  @Test(
    "counts the pieces that lie apart on disk",
    arguments: [
      ([(0, 100, 1), (1, 101, 1)], 1), ([(0, 100, 1), (1, 200, 1)], 2),
      ([(0, 100, 1), (5, 105, 1)], 1), ([(0, 100, 1), (5, 101, 1)], 1),
      ([(0, 100, 1), (1, 99, 1), (2, 98, 1)], 3), ([], 0),
    ] as [([(UInt64, UInt64, UInt64)], Int)])
  func fragments(_ extents: [(UInt64, UInt64, UInt64)], _ count: Int) {
    let model = model(
      extents.map { extent($0.0, at: $0.1, $0.2) }, size: 10 * block, ranges: [])
    #expect(model.fragments == count)
  }

  @Test("explains what is in memory only, shared and inline")
  func remarks() {
    let model = model(
      [
        extent(0, at: 0, 1, [.delayedAllocation, .unknownLocation]), extent(1, at: 7, 1, .shared),
        extent(2, at: 9, 1, .shared),
      ], size: 3 * block, ranges: [])
    #expect(model.remarks.count == 2)
    #expect(model.remarks[0].hasPrefix("1 extent is only in memory (delalloc)"))
    #expect(model.remarks[1].hasPrefix("2 extents are shared with other files"))
  }

  @Test("what is allocated behind the end of the file is told, the rest of the last block is not")
  func beyondTheEnd() {
    let keepSize = model(
      [extent(0, at: 1, 1), extent(1, at: 2, 99, .unwritten)], size: 3_000,
      ranges: [ByteRange(.records, offset: 0, length: 3_000, records: 3)])
    #expect(keepSize.holds(.extent(0)) == "log")
    #expect(keepSize.holds(.extent(1)) == "behind the end")
  }

  @Test("without FIEMAP the runs of data are shown, and why there are no places")
  func regions() {
    let model = ExtentsModel(
      .regions([DataRegion(offset: 0, length: block)], reason: "no FIEMAP"), size: 4 * block,
      ranges: [ByteRange(.records, offset: 0, length: block, records: 1)], logicalEnd: block)
    #expect(model.rows == [.extent(0), .hole(before: 1)])
    #expect(model.fragments == 0)
    #expect(model.summary == "Where the file lies is not available here: no FIEMAP.")
    let nothing = ExtentsModel(
      .unavailable(reason: "no permission"), size: 100,
      ranges: [ByteRange(.records, offset: 0, length: 100, records: 1)], logicalEnd: 100)
    #expect(nothing.rows.isEmpty)
    #expect(nothing.pieces == [FileContents.Piece(holding: .log, length: 100)])
  }

  @Test("behind the last extent that was told nothing is called a hole")
  func incomplete() {
    let model = ExtentsModel(
      .mapped([extent(0, at: 9, 1), extent(3, at: 10, 1)], isComplete: false), size: 10 * block,
      ranges: [
        ByteRange(.records, offset: 0, length: block, records: 1),
        ByteRange(.zeroTail, offset: block, length: 9 * block),
      ], logicalEnd: block)
    #expect(model.rows == [.extent(0), .hole(before: 1), .extent(1)])
    #expect(model.pieces.map(\.holding) == [.log, .hole, .zeros])
    #expect(sum(model) == 10 * block)
  }

  @Test("a file that is read as raw bytes holds no damage")
  func rawBytes() {
    let ranges = [ByteRange(.damage, offset: 0, length: block)]
    let raw = ExtentsModel(
      .mapped([extent(0, at: 9, 1)], isComplete: true), size: block, ranges: ranges,
      logicalEnd: block, isRaw: true)
    #expect(raw.holds(.extent(0)) == "bytes of no known format")
    #expect(model([extent(0, at: 9, 1)], size: block, ranges: ranges).holds(.extent(0)) == "damage")
  }

  @Test("every byte of the file is held by something, wherever extents and ranges end")
  func tiling() {
    let size: UInt64 = 24
    for start in UInt64(0)...6 {
      for cut in UInt64(1)...23 {
        let extents = [
          Extent(logical: start, physical: 0, length: 9, flags: []),
          Extent(logical: start + 9, physical: 90, length: 4, flags: .unwritten),
        ]
        let model = model(
          extents, size: size,
          ranges: [
            ByteRange(.records, offset: 0, length: cut, records: 1),
            ByteRange(.zeroTail, offset: cut, length: size - cut),
          ])
        #expect(sum(model) == size)
        for row in model.rows {
          let part = model.part(of: row)
          let held = model.totals(of: row).reduce(0) { $0 + $1.length }
          #expect(held == part.upperBound - part.lowerBound)
        }
      }
    }
  }

  @Test("a map of the disk marks where the extents lie")
  func diskMap() {
    let extents = [extent(0, at: 0, 10), extent(10, at: 50, 10), extent(20, at: 90, 10)]
    let map = DiskMap(span: 0..<100 * block)
    #expect(DiskMap.between(extents)?.span == 0..<100 * block)
    let marks = map.marks(extents, columns: 10)
    #expect(marks[0] == .one(0) && marks[5] == .one(1) && marks[9] == .one(2))
    #expect(marks.count { $0 != nil } == 3)
    #expect(map.marks(extents, columns: 1) == [.several])
    #expect(map.marks(extents, columns: 0).isEmpty)
    let huge = Extent(logical: 0, physical: .max - 10, length: .max, flags: [])
    #expect(DiskMap.between([huge])?.marks([huge], columns: 7).last == .one(0))
  }

  @Test("gaps inside the data are told apart from the log around them")
  func gaps() {
    let model = ExtentsModel(
      .mapped([extent(0, at: 9, 2)], isComplete: true), size: 2 * block,
      ranges: [
        ByteRange(.records, offset: 0, length: 6_000, records: 3),
        ByteRange(.zeroTail, offset: 6_000, length: 2 * block - 6_000),
      ], gaps: [0..<10, 100..<300, 5_990..<6_000], logicalEnd: 6_000)
    #expect(model.pieces.map(\.holding) == [.gap, .log, .gap, .log, .gap, .zeros])
    #expect(model.pieces.map(\.length) == [10, 90, 200, 5_690, 10, 2 * block - 6_000])
    #expect(model.holds(.extent(0)) == "log 5.8 kB, gap 220 B, written zeros 2.2 kB")
    #expect(Holding.gap.isProblem)
    let part = model.contents.pieces(of: 200..<400, isAllocated: true, isUnwritten: false)
    #expect(part == [.init(holding: .gap, length: 100), .init(holding: .log, length: 100)])
  }

  @Test("a bar shows a gap however many there are, and the mark where the log ends")
  func crowdedBar() {
    let many = (0..<UInt64(1_000)).map { $0 * 100..<$0 * 100 + 1 }
    let ranges = [
      ByteRange(.records, offset: 0, length: 100_000, records: 1),
      ByteRange(.zeroTail, offset: 100_000, length: 100_000),
    ]
    for (gaps, wanted) in [
      (many, "====================~~~~~~~~~~~~~~~~~~~~"),
      ([99_990..<100_000], "###################=~~~~~~~~~~~~~~~~~~~~"),
    ] {
      let model = ExtentsModel(
        .unavailable(reason: ""), size: 200_000, ranges: ranges, gaps: gaps, logicalEnd: 100_000)
      let map = FileMapDrawing(pieces: model.pieces, logicalEnd: model.logicalEnd)
      let glyphs = Glyphs(ascii: true)
      var buffer = CellBuffer(rows: 2, columns: 40, glyphs: glyphs)
      let area = Rect(row: 0, column: 0, rows: 2, columns: 40)
      map.drawBar(into: &buffer, in: area.line(0))
      map.drawMark(into: &buffer, under: area.line(0), in: area.line(1))
      let signs = [
        "#": Holding.log.sign(glyphs), "~": Holding.zeros.sign(glyphs), "=": Sign.gap.sign,
      ]
      #expect(buffer.lines[0] == wanted.map { signs[String($0)] ?? "" }.joined())
      #expect(Array(buffer.lines[1])[20] == "^")
    }
  }
}
