import TerminalUI
import Testing

@Suite("Columns of tables")
struct TableLayoutTests {
  private let columns = [
    TableColumn("", minimum: 1),
    TableColumn("segment", minimum: 10),
    TableColumn("state", minimum: 6, priority: 2),
    TableColumn("verdict", minimum: 7, ideal: 16, priority: 1, isFlexible: true),
    TableColumn("records", .right, minimum: 7, priority: 3),
  ]

  @Test(
    "No width makes columns overlap or leave the table, and the last to go is the first in rank")
  func everyWidth() {
    for width in 0...120 {
      let places = TableLayout(columns, width: width).places
      for (left, right) in zip(places, places.dropFirst()) {
        #expect(left.start + left.width + 2 == right.start)
      }
      if let last = places.last, width >= 13 { #expect(last.start + last.width <= width) }
      if width >= 39 { #expect(places.map(\.index) == [0, 1, 2, 3, 4]) }
    }
    #expect(TableLayout(columns, width: 38).places.map(\.index) == [0, 1, 2, 3])
    #expect(TableLayout(columns, width: 25).places.map(\.index) == [0, 1, 3])
    #expect(TableLayout(columns, width: 13).places.map(\.index) == [0, 1])
    #expect(TableLayout(columns, width: 5).places.map(\.index) == [0])
  }

  @Test("The flexible column takes what is left, numbers stand on the right")
  func drawing() {
    var buffer = CellBuffer(rows: 2, columns: 60)
    let layout = TableLayout(columns, width: 60)
    layout.drawHeadings(into: &buffer, in: buffer.bounds.line(0))
    layout.drawRow(
      ["!", "000002.wal", "sealed", "damaged inside", "41,120"], into: &buffer,
      in: buffer.bounds.line(1))
    #expect(buffer.lines[0] == "   segment     state   verdict                       records")
    #expect(buffer.lines[1] == "!  000002.wal  sealed  damaged inside                 41,120")
  }
}
