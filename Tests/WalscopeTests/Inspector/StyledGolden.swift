import TerminalUI
import TestSupport
import Testing

/// Expects a screen to look as the file `name` in Tests/Golden tells: its lines, and which parts of
/// them are selected, marked, wrong or found.
func expectGolden(
  _ buffer: CellBuffer, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var text = buffer.lines.map { $0 + "\n" }.joined()
  text += String(repeating: "-", count: buffer.columns) + "\n"
  let roles: [(Role, String)] = [
    (.selected, "selected"), (.selectedIdle, "selected, without the keys"), (.highlight, "marked"),
    (.error, "error"), (.found, "found"),
  ]
  for row in 0..<buffer.rows {
    for (role, name) in roles {
      let columns = (0..<buffer.columns).filter { buffer[row, $0].style.role == role }
      guard let first = columns.first, let last = columns.last else { continue }
      text += "row \(row), columns \(first) to \(last): \(name)\n"
    }
  }
  let difference = try Golden.difference(text, from: name)
  #expect(difference == nil, "\(difference ?? "")", sourceLocation: sourceLocation)
}
