import TerminalUI

/// Shortens what starts with a path so that its end stays: that is what tells logs apart.
enum PathCut {
  static func shorten(_ pieces: [StyledText], columns: Int, glyphs: Glyphs) -> [StyledText] {
    guard let path = pieces.first else { return pieces }
    let rest = pieces.dropFirst()
    let free = columns - rest.reduce(0) { $0 + width($1.bytes, glyphs) }
    guard width(path.bytes, glyphs) > free else { return pieces }
    // Directories are left out from the front, as few as need be.
    let slashes = path.bytes.indices.dropFirst().filter { path.bytes[$0] == UInt8(ascii: "/") }
    for slash in slashes {
      let shown = Array(glyphs.ellipsis.utf8) + path.bytes[slash...]
      if width(shown, glyphs) <= free { return [StyledText(bytes: shown, path.style)] + rest }
    }
    // The words behind it are whole or not there.
    return rest.isEmpty ? pieces : shorten([path], columns: columns, glyphs: glyphs)
  }

  /// Shortens the path that stands in a column of a table to the room that the column has.
  static func shorten(
    column index: Int, of cells: [StyledText], in layout: TableLayout, glyphs: Glyphs
  ) -> [StyledText] {
    guard let place = layout.places.first(where: { $0.index == index }) else { return cells }
    var cells = cells
    cells.replaceSubrange(
      index...index, with: shorten([cells[index]], columns: place.width, glyphs: glyphs))
    return cells
  }

  /// The columns that are taken when all directories are left out that can be.
  static func leastColumns(_ pieces: [StyledText], glyphs: Glyphs) -> Int {
    guard let path = pieces.first else { return 0 }
    var shown = path.bytes
    if let slash = path.bytes.dropFirst().lastIndex(of: UInt8(ascii: "/")) {
      shown = Array(glyphs.ellipsis.utf8) + path.bytes[slash...]
    }
    return pieces.dropFirst().reduce(min(width(shown, glyphs), width(path.bytes, glyphs))) {
      $0 + width($1.bytes, glyphs)
    }
  }

  private static func width(_ bytes: [UInt8], _ glyphs: Glyphs) -> Int {
    DisplayText.columns(of: String(decoding: bytes, as: UTF8.self), ascii: glyphs.ascii)
  }
}
