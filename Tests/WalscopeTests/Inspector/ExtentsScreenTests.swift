import LogFiles
import LogFormats
import LogInspection
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("The screen of extents")
struct ExtentsScreenTests {
  /// A view that was told of these extents, drawn with its title and its sentence.
  private func screen(
    _ map: ExtentMap, rows: Int, columns: Int, ascii: Bool = false
  ) throws -> CellBuffer {
    let story = try LogStory()
    story.write(records: 60).grow(to: 1 << 16)
    let report = try story.scan().report
    let tree = try LogTree.open(FileName(story.directory.path(story.fileName)))
    var options = InspectorOptions()
    options.ascii = ascii
    let clock = InspectorClock(
      now: { Timestamp(seconds: 0, nanoseconds: 0) }, uptime: { .zero })
    var context = InspectorContext(
      path: FileName(story.directory.path), options: options, clock: clock)
    context.logs = [LogState(tree.logs[0], generation: 0)]
    context.logs[0].note(report, ofSegment: 0, in: context.logs[0].log)
    var view = ExtentsView(log: 0, segment: 0)
    _ = view.appear(context)
    _ = view.receive(
      ExtentsView.Facts(
        map: map, fileSystem: "ext4", diskSize: 40_000_000, size: 1 << 16, allocated: 1 << 16),
      context)
    var buffer = CellBuffer(rows: rows, columns: columns, glyphs: Glyphs(ascii: ascii))
    var area = buffer.bounds
    let sentence = area.takeBottom(2)
    view.draw(into: &buffer, in: area, context)
    SentenceLayout.draw(
      view.sentence(context), into: &buffer, in: sentence.inset(columns: 1))
    return buffer
  }

  private let preallocated = ExtentMap.mapped(
    [
      Extent(logical: 0, physical: 4_194_304, length: 4_096, flags: []),
      Extent(logical: 4_096, physical: 4_198_400, length: 28_672, flags: .unwritten),
      Extent(logical: 32_768, physical: 20_971_520, length: 32_768, flags: [.unwritten, .last]),
    ], isComplete: true)

  @Test("looks as it was approved")
  func golden() throws {
    try expectGolden(screen(preallocated, rows: 22, columns: 80), "screens/extents-80x24.txt")
    try expectGolden(screen(preallocated, rows: 38, columns: 140), "screens/extents-140x40.txt")
    try expectGolden(
      screen(preallocated, rows: 22, columns: 80, ascii: true), "screens/extents-ascii-80x24.txt")
  }

  @Test("says what is not available, and shows the data in its place")
  func withoutPlaces() throws {
    let regions = ExtentMap.regions(
      [DataRegion(offset: 0, length: 4_096)],
      reason: "this file system does not tell where a file lies (no FIEMAP)")
    try expectGolden(screen(regions, rows: 22, columns: 80), "screens/extents-regions-80x24.txt")
    let nothing = try screen(.unavailable(reason: "no permission"), rows: 22, columns: 80)
    #expect(nothing.lines.contains { $0.contains("not available here: no permission.") })
    #expect(nothing.lines.contains { $0.contains("log ends at") })
  }

  @Test("draws a quarter of a million extents at once", .timeLimit(.minutes(15)))
  func manyExtents() throws {
    let extents = (0..<UInt64(1) << 18).map {
      Extent(logical: $0 * 8_192, physical: $0 * 16_384, length: 4_096, flags: [])
    }
    let buffer = try screen(.mapped(extents, isComplete: false), rows: 22, columns: 80)
    #expect(buffer.lines.contains { $0.contains("262,144 extents in 262,144 fragments") })
  }

  @Test("the list of segments draws a segment with the same glyphs and words")
  func sameWords() {
    let ranges = [
      ByteRange(.records, offset: 0, length: 400, records: 4),
      ByteRange(.stale, offset: 400, length: 300),
      ByteRange(.unknown, offset: 700, length: 300),
    ]
    let model = ExtentsModel(
      .unavailable(reason: "no permission"), size: 1_000, ranges: ranges, logicalEnd: 400)
    var list = CellBuffer(rows: 5, columns: 80, glyphs: Glyphs(ascii: true))
    SegmentMapDrawing(model: model).draw(into: &list, in: list.bounds)
    var extents = CellBuffer(rows: 5, columns: 96, glyphs: Glyphs(ascii: true))
    ExtentsDrawing(model: model, diskSize: 0)
      .drawMaps(into: &extents, in: extents.bounds, selected: nil)
    let bar = [(" ", 0), ("#", 32), ("%", 24), ("?", 24)].map {
      String(repeating: $0.0, count: $0.1)
    }
    .joined()
    #expect(list.lines[1] == bar)
    #expect(extents.lines[0].contains("%?"))
    for words in ["# log", "% earlier life", "? bytes of no known format"] {
      #expect(list.lines[3].contains(words))
      #expect(extents.lines[2].contains(words))
    }
  }

  @Test("opens from the list of segments and goes back")
  func realFile() throws {
    let story = try LogStory()
    story.write(records: 60)
    try story.save()
    let session = InspectorSession(story.directory.path(story.fileName))
    session.press(.character("x"))
    #expect(session.text.contains("holds") && session.text.contains("log ends at"))
    session.press(.enter)
    #expect(session.text.contains("60 records valid"))
    session.press(.character("q"), .character("q"))
    #expect(session.text.contains("verdict"))
    withExtendedLifetime(story) {}
  }
}
