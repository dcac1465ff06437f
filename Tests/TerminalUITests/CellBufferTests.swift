import TerminalUI
import Testing
import SafeText

@Suite("Grid of cells")
struct CellBufferTests {
  @Test("Text is drawn at its place, cut with an ellipsis, and aligned")
  func text() {
    var buffer = CellBuffer(rows: 3, columns: 8)
    buffer.text("left", in: buffer.bounds.line(0))
    buffer.text("right", in: buffer.bounds.line(1), alignment: .right)
    buffer.text("much too long", in: buffer.bounds.line(2))
    #expect(buffer.lines == ["left", "   right", "much to…"])
  }

  @Test("Foreign bytes are escaped in their own style, in any style of a row but the plain one not")
  func escapes() {
    var buffer = CellBuffer(rows: 2, columns: 8)
    buffer.text([0x61, 0x1B, 0x62], in: buffer.bounds.line(0))
    buffer.text([0x1B], in: buffer.bounds.line(1), style: Style(.error))
    #expect(buffer.lines == [#"a\x1bb"#, #"\x1b"#])
    #expect(buffer.style(row: 0, column: 0) == .normal)
    #expect(buffer.style(row: 0, column: 1) == Style(.escape))
    #expect(buffer.style(row: 1, column: 0) == Style(.error))
  }

  @Test("In ASCII everything drawn is ASCII")
  func ascii() {
    var buffer = CellBuffer(rows: 4, columns: 30, glyphs: Glyphs(ascii: true))
    let inside = buffer.box(buffer.bounds, title: "Übersicht")
    buffer.text("漢 naïve", in: inside)
    #expect(buffer.lines[0] == #"+ \u{dc}bersicht ------------+"#)
    #expect(buffer.lines[1] == #"|\u{6f22} na\u{ef}ve         |"#)
    #expect(buffer.lines.joined().utf8.allSatisfy { $0 < 0x7F })
  }

  @Test("Half of a wide character is overwritten: the other half becomes blank")
  func wideHalves() {
    var buffer = CellBuffer(rows: 1, columns: 6)
    buffer.text("漢字漢", in: buffer.bounds)
    #expect(buffer.lines == ["漢字漢"])
    buffer.text("x", in: Rect(row: 0, column: 1, rows: 1, columns: 1))
    #expect(buffer.lines == [" x字漢"])
    buffer.text("y", in: Rect(row: 0, column: 2, rows: 1, columns: 1))
    #expect(buffer.lines == [" xy 漢"])
  }

  @Test("Drawing outside, in nothing or of nothing does nothing")
  func outside() {
    var buffer = CellBuffer(rows: 2, columns: 4)
    let before = buffer
    buffer.text("text", in: Rect(row: 7, column: 0, rows: 1, columns: 4))
    buffer.text("text", in: Rect(row: 0, column: 0, rows: 0, columns: 4))
    buffer.text("", in: buffer.bounds)
    buffer.fill(Rect(row: 0, column: 9, rows: 4, columns: 4), with: "x")
    buffer.fill(buffer.bounds, with: "漢")
    buffer.box(Rect(row: 0, column: 0, rows: 1, columns: 9))
    buffer.placeCursor(row: 2, column: 0)
    #expect(buffer == before)
    var none = CellBuffer(rows: -1, columns: 0)
    none.text("text", in: none.bounds)
    #expect(none.lines.isEmpty)
  }

  @Test("A selected row looks selected whatever was drawn there")
  func selection() {
    var buffer = CellBuffer(rows: 1, columns: 4)
    buffer.text([StyledText("!", .error, .bold), StyledText("ab")], in: buffer.bounds)
    buffer.select(buffer.bounds)
    #expect((0..<4).allSatisfy { buffer.style(row: 0, column: $0) == Style(.selected) })
    #expect(buffer.lines == ["!ab"])
  }

  @Test("Whatever is drawn, no character moves its neighbours or leaves its rectangle")
  func neighboursNeverMove() {
    var random = SplitMix(state: 3)
    for _ in 0..<2_000 {
      var buffer = CellBuffer(rows: 3, columns: 12)
      buffer.fill(buffer.bounds, with: ".")
      let area = Rect(
        row: Int.random(in: -1...3, using: &random),
        column: Int.random(in: -3...12, using: &random),
        rows: 1, columns: Int.random(in: 0...14, using: &random))
      let alignment = [Alignment.left, .right, .center].randomElement(using: &random) ?? .left
      for _ in 0..<2 {
        buffer.text(random.foreignBytes(count: 5), in: area, alignment: alignment)
      }
      for row in 0..<3 {
        var column = 0
        while column < 12 {
          let cell = buffer[row, column]
          #expect(cell.columns == 1 || cell.columns == 2 && buffer[row, column + 1].columns == 0)
          let width = cell.text.unicodeScalars.reduce(0) { $0 + CharacterWidth($1).columns }
          #expect(width == cell.columns)
          if !area.contains(row: row, column: column) { #expect(cell.text == ".") }
          column += max(cell.columns, 1)
        }
        #expect(column == 12)
      }
    }
  }

  @Test("Rectangles give away their edges and keep the rest")
  func rectangles() {
    var rect = Rect(row: 0, column: 0, rows: 10, columns: 20)
    #expect(rect.takeTop(2) == Rect(row: 0, column: 0, rows: 2, columns: 20))
    #expect(rect.takeBottom(3) == Rect(row: 7, column: 0, rows: 3, columns: 20))
    #expect(rect.takeLeft(5) == Rect(row: 2, column: 0, rows: 5, columns: 5))
    #expect(rect.takeRight(99) == Rect(row: 2, column: 5, rows: 5, columns: 15))
    #expect(rect.isEmpty)
    let small = Rect(row: 0, column: 0, rows: 4, columns: 6)
    #expect(small.centered(rows: 2, columns: 2) == Rect(row: 1, column: 2, rows: 2, columns: 2))
    #expect(small.line(4).isEmpty && small.line(-1).isEmpty)
  }
}
