import TerminalUI

/// Rows of cells that stand in columns, each as wide as its widest cell.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[Phrase]] = []

  /// A table with these headings.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map { Phrase($0.title, .faint) }]
  }

  mutating func add(_ cells: [Phrase]) { rows.append(cells) }

  /// Prints the rows that were added.
  func print(to output: TextOutput, indentation: Int = 0) {
    print(CollectionOfOne(()), to: output, indentation: indentation) { _ in [] }
  }

  /// Prints the rows that were added, and behind the headings one for each of `items`.
  ///
  /// `cells` is asked twice for each item, so that a table of any length takes no memory.
  func print<Items: Collection>(
    _ items: Items, to output: TextOutput, indentation: Int = 0,
    cells: (Items.Element) -> [Phrase]
  ) {
    var widths = alignments.map { _ in 0 }
    func measure(_ row: [Phrase]) {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], Self.columns(of: cell.text))
      }
    }
    func safe(_ row: [Phrase]) -> [Phrase] {
      row.map { Phrase(DisplayText.escape($0.text, ascii: output.isASCII), $0.emphasis) }
    }
    func write(_ row: [Phrase]) {
      guard !row.isEmpty else { return }
      output.line(line(safe(row), widths: widths, indentation: indentation))
    }
    for row in rows { measure(safe(row)) }
    for item in items { measure(safe(cells(item))) }
    write(rows[0])
    for item in items where output.stream.isOpen { write(cells(item)) }
    for row in rows.dropFirst() { write(row) }
  }

  private func line(_ row: [Phrase], widths: [Int], indentation: Int) -> [Phrase] {
    var phrases = [Phrase(String(repeating: " ", count: indentation))]
    let last = row.lastIndex { !$0.text.isEmpty } ?? 0
    for (index, cell) in row.prefix(last + 1).enumerated() {
      let fill = String(repeating: " ", count: widths[index] - Self.columns(of: cell.text))
      let isLast = index == last
      switch alignments[index] {
      case .right: phrases += [Phrase(fill), cell]
      case .left: phrases += [cell] + (isLast ? [] : [Phrase(fill)])
      }
      if !isLast { phrases.append("  ") }
    }
    return phrases
  }

  /// Columns that a text takes, which has been escaped before.
  static func columns(of text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : DisplayText.columns(of: text)
  }
}
