import TerminalUI
import Testing

@Suite("Lists")
struct ListViewTests {
  @Test("Whatever happens to a list, the selection exists, is seen, and no room is wasted")
  func invariants() {
    var random = SplitMix(state: 4)
    for start in [0, 1, 5, 100, Int.max] {
      var list = ListView(count: start)
      let motions: [Motion] = [.up, .down, .pageUp, .pageDown, .first, .last]
      for _ in 0..<2_000 {
        switch Int.random(in: 0...9, using: &random) {
        case 0: list.setVisibleRows(Int.random(in: 0...30, using: &random))
        case 1: list.setCount([0, 1, 7, 90, .max].randomElement(using: &random) ?? 0)
        case 2: list.scroll(by: [.min, -3, 3, .max].randomElement(using: &random) ?? 0)
        case 3: list.select([.min, 3, 50, .max].randomElement(using: &random) ?? 0)
        default: list.move(motions.randomElement(using: &random) ?? .up)
        }
        if list.count == 0 {
          #expect(list.visible.isEmpty && list.selected == 0 && list.position == "0/0")
          continue
        }
        #expect(list.visible.contains(list.selected))
        #expect(list.visible.count == min(list.visibleRows, list.count))
      }
    }
  }

  @Test("A page keeps one row of the page before")
  func pages() {
    var list = ListView(count: 9_120)
    list.setVisibleRows(10)
    list.move(.pageDown)
    #expect(list.selected == 9 && list.top == 0)
    list.move(.pageDown)
    #expect(list.selected == 18 && list.top == 9)
    list.move(.last)
    #expect(list.position == "9,120/9,120" && list.top == 9_110)
    list.move(.pageUp)
    #expect(list.selected == 9_110)
    let moved = list.move(.first)
    let movedAgain = list.move(.up)
    #expect(moved && !movedAgain && list.selected == 0)
  }

  @Test("A resize keeps the selected row, and a list that grows keeps its place")
  func resize() {
    var list = ListView(count: 100)
    list.setVisibleRows(20)
    list.select(19)
    list.setVisibleRows(5)
    #expect(list.selected == 19 && list.visible == 15..<20)
    list.setVisibleRows(40)
    #expect(list.selected == 19 && list.visible == 15..<55)
    list.setCount(1_000)
    #expect(list.selected == 19 && list.top == 15)
    list.setCount(10)
    #expect(list.selected == 9 && list.top == 0)
  }

  @Test("Only rows on screen are drawn, even of a list without end")
  func drawing() {
    var list = ListView(count: .max)
    list.select(.max)
    var buffer = CellBuffer(rows: 4, columns: 24)
    var asked: [Int] = []
    list.draw(into: &buffer, in: Rect(row: 1, column: 0, rows: 3, columns: 24)) {
      buffer, row, line in
      asked.append(row)
      buffer.text("row \(row)", in: line)
    }
    #expect(asked == [.max - 3, .max - 2, .max - 1])
    #expect(buffer.lines[3] == "row \(Int.max - 1)")
    #expect(buffer.style(row: 3, column: 0) == Style(.selected))
    #expect(buffer.style(row: 2, column: 0) == .normal)
    #expect(list.row(at: 2) == .max - 1 && list.row(at: 3) == nil && list.row(at: -1) == nil)
  }
}
