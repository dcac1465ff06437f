import TerminalUI
import Testing

@Suite("Bars and sparklines")
struct BarTests {
  @Test("Every bar of three small parts fills its columns, shows each part, and keeps the order")
  func everySmallBar() {
    for columns in 0...12 {
      for code in 0..<512 {
        let lengths = [code & 7, code >> 3 & 7, code >> 6].map { UInt64($0 * $0 * $0) }
        let widths = Bar(lengths.map { Bar.Segment($0, .full) }).widths(columns: columns)
        let shown = lengths.filter { $0 > 0 }.count
        #expect(widths.reduce(0, +) == (shown == 0 ? 0 : columns))
        for (length, width) in zip(lengths, widths) {
          #expect(length > 0 || width == 0)
          if columns >= shown { #expect((length > 0) == (width > 0)) }
        }
        for (first, second) in [(0, 1), (1, 2), (0, 2)] where columns >= shown {
          if lengths[first] > lengths[second] { #expect(widths[first] >= widths[second]) }
        }
      }
    }
  }

  @Test("Parts get their share by largest remainder")
  func shares() {
    func widths(_ lengths: [UInt64], _ columns: Int) -> [Int] {
      Bar(lengths.map { Bar.Segment($0, .full) }).widths(columns: columns)
    }
    #expect(widths([50, 50], 9) == [5, 4])
    #expect(widths([1, 1_000_000], 60) == [1, 59])
    #expect(widths([3_100_000, 124_900_000], 64) == [2, 62])
    #expect(widths([1, 2, 3, 4], 2) == [0, 0, 1, 1])
    #expect(widths([.max, .max, .max], 6) == [2, 2, 2])
  }

  @Test("A mark stands where the part after it begins")
  func marks() {
    let bar = Bar([Bar.Segment(1, .full), Bar.Segment(0, .dark), Bar.Segment(1_000_000, .light)])
    #expect(bar.column(of: 0, columns: 60) == 0)
    #expect(bar.column(of: 1, columns: 60) == 1)
    #expect(bar.column(of: 500_000, columns: 60) == 30)
    #expect(bar.column(of: 1_000_001, columns: 60) == 60)
    #expect(bar.column(of: .max, columns: 60) == 60)
  }

  @Test("Bars, gauges and sparklines are drawn with either set of characters")
  func drawing() {
    for (ascii, lines) in [
      (false, ["███▒░░░░░░", "████▌", "▏", "▄█ ▁"]), (true, ["###+......", "#####", "", "-# _"]),
    ] {
      var buffer = CellBuffer(rows: 4, columns: 10, glyphs: Glyphs(ascii: ascii))
      Bar([Bar.Segment(30, .full), Bar.Segment(1, .medium), Bar.Segment(69, .light)])
        .draw(into: &buffer, in: buffer.bounds)
      Bar.drawGauge(45, of: 100, into: &buffer, in: buffer.bounds.line(1))
      Bar.drawGauge(1, of: 1_000_000, into: &buffer, in: buffer.bounds.line(2))
      Sparkline([4, 8, 0, 1]).draw(into: &buffer, in: buffer.bounds.line(3))
      #expect(buffer.lines == lines)
    }
  }

  @Test("A sparkline keeps the peaks of what it joins")
  func peaks() {
    var values = [UInt64](repeating: 1, count: 1_000)
    values[777] = 100
    let levels = Sparkline(values).levels(columns: 10)
    #expect(levels == [1, 1, 1, 1, 1, 1, 1, 8, 1, 1])
    #expect(Sparkline([]).levels(columns: 10).isEmpty)
    #expect(Sparkline([0, 0]).levels(columns: 10) == [0, 0])
    #expect(Sparkline([.max, 1]).levels(columns: 10) == [8, 1])
  }
}
