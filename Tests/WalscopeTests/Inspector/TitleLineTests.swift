import TerminalUI
import Testing

@testable import walscope

@Suite("The title line")
struct TitleLineTests {
  private func words(columns: Int, facts: [StyledText] = []) -> [String] {
    line(columns: columns, facts: facts).split(separator: "  ").map {
      String($0.trimmingPrefix(while: \.isWhitespace))
    }
  }

  private func line(columns: Int, facts: [StyledText]) -> String {
    var buffer = CellBuffer(rows: 1, columns: columns, glyphs: Glyphs(ascii: false))
    TitleLine(
      place: ["/srv/data/wal", "  findings"], facts: facts,
      kept: [
        .init("following 1,122 records/s 584.6 kB/s", brief: "following 1,122 records/s"),
        .init("written by: norikv 3407 and 1 more", brief: "written by: norikv 3407"),
      ]
    ).draw(into: &buffer, in: buffer.bounds)
    return buffer.lines[0]
  }

  @Test("says less of what goes on before it leaves out which log it is about")
  func brief() {
    let (follow, holders) = (
      "following 1,122 records/s 584.6 kB/s", "written by: norikv 3407 and 1 more"
    )
    let (briefFollow, briefHolders) = ("following 1,122 records/s", "written by: norikv 3407")
    #expect(
      words(columns: 130, facts: ["2 errors", "1 note"])
        == ["walscope", "/srv/data/wal", "findings", "2 errors", "1 note", follow, holders])
    #expect(
      words(columns: 120, facts: ["2 errors", "1 note"])
        == ["walscope", "/srv/data/wal", "findings", "2 errors", follow, holders])
    #expect(
      words(columns: 100, facts: ["2 errors"])
        == ["walscope", "/srv/data/wal", "findings", briefFollow, holders])
    #expect(
      words(columns: 80) == ["walscope", "…/wal", "findings", briefFollow, briefHolders])
  }

  @Test("keeps within its columns however few they are")
  func narrow() {
    for columns in 1...120 {
      #expect(DisplayText.columns(of: line(columns: columns, facts: []), ascii: false) <= columns)
    }
  }
}
