import LogFiles
import Quantities
import TerminalUI

/// Draws a file's extents: the table's rows and the maps below it.
struct ExtentsDrawing {
  let model: ExtentsModel
  /// Size of the file system in bytes, 0 where it is not known.
  let diskSize: UInt64
  private static let labelColumns = 7

  // MARK: Table

  func tableLayout(columns: Int) -> TableLayout {
    let last = model.extents.last
    let logical = Quantity.grouped(last?.logical ?? 0).count
    let physical = Quantity.grouped(model.place?.span.upperBound ?? 0).count
    return TableLayout(
      [
        TableColumn("#", .right, minimum: max(3, Quantity.grouped(model.extents.count).count)),
        TableColumn("logical", .right, minimum: logical, priority: 1),
        TableColumn("physical", .right, minimum: physical, priority: 2),
        TableColumn("length", .right, minimum: 8),
        TableColumn("flags", minimum: 9, ideal: 16, priority: 1),
        TableColumn("holds", minimum: 13, ideal: 26, isFlexible: true),
      ], width: columns)
  }

  func drawRow(
    _ row: ExtentsModel.Row, _ layout: TableLayout, into buffer: inout CellBuffer, in area: Rect
  ) {
    let totals = model.totals(of: row)
    if totals.contains(where: { $0.holding == .damage }) {
      buffer.text("!", in: area, style: Style(.error))
    }
    let part = model.part(of: row)
    let length = Quantity.bytes(part.upperBound - part.lowerBound)
    var cells: [StyledText]
    switch row {
    case .hole:
      cells = ["", StyledText(Quantity.grouped(part.lowerBound), .dim), ""]
      cells += [StyledText(length, .dim), StyledText("hole", .dim)]
    case .extent(let index):
      let extent = model.extents[index]
      cells = [StyledText("\(index)"), StyledText(Quantity.grouped(extent.logical))]
      cells.append(physical(extent))
      cells += [StyledText(length), StyledText(flags(extent))]
    }
    let held = model.holds(row)
    cells.append(StyledText(row.isHole ? "reads as zeros" : held, row.isHole ? .dim : .normal))
    layout.drawRow(cells, into: &buffer, in: area.behindSign)
  }

  private func physical(_ extent: Extent) -> StyledText {
    guard model.hasPlaces else { return "" }
    return extent.hasPlace
      ? StyledText(Quantity.grouped(extent.physical), .dim) : StyledText("none yet", .dim)
  }

  /// The flags as `filefrag -v` names them; the last extent is known by its place.
  private func flags(_ extent: Extent) -> String {
    guard model.hasPlaces else { return "data" }
    var told = extent.flags.subtracting(.last)
    // Where there is no place yet, it cannot be known either.
    if told.contains(.delayedAllocation) { told.subtract(.unknownLocation) }
    let names = told.names
    return names.isEmpty ? "written" : names.joined(separator: ",")
  }

  // MARK: Maps

  /// Rows that the maps need.
  func mapLines(columns: Int, glyphs: Glyphs) -> Int {
    let texts = [model.summary] + model.remarks
    let lines = texts.reduce(0) {
      $0 + DisplayText.wrap($1, columns: columns - 2, ascii: glyphs.ascii).count
    }
    return 5 + (diskMaps.isEmpty ? 0 : diskMaps.count + 1) + lines
  }

  /// The maps of the disk: all of it, and the part in which the file lies, where that tells more.
  private var diskMaps: [(label: String, map: DiskMap, note: String)] {
    guard let between = model.place else { return [] }
    let whole = DiskMap(span: 0..<max(between.span.upperBound, diskSize))
    var maps = [("disk", whole, Quantity.bytes(whole.span.upperBound))]
    if model.extents.count > 1 {
      let span = between.span.upperBound - between.span.lowerBound
      maps.append(("zoom", between, Quantity.bytes(span)))
    }
    return maps
  }

  func drawMaps(into buffer: inout CellBuffer, in area: Rect, selected: Int?) {
    var room = area.inset(columns: 1)
    drawFileMap(into: &buffer, in: room.takeTop(3))
    _ = room.takeTop()
    for (label, map, note) in diskMaps {
      var line = room.takeTop()
      let name = line.takeLeft(Self.labelColumns)
      buffer.text(label, in: name, style: Style(.heading))
      let width = max(DisplayText.columns(of: note) + 2, 10)
      buffer.text(note, in: line.takeRight(width), style: Style(.dim), alignment: .right)
      map.draw(model.extents, selected: selected, into: &buffer, in: line)
    }
    if !diskMaps.isEmpty { _ = room.takeTop() }
    for (index, text) in ([model.summary] + model.remarks).enumerated() where !model.rows.isEmpty {
      let lines = DisplayText.wrap(text, columns: room.columns, ascii: buffer.glyphs.ascii)
      for line in lines {
        buffer.draw(line, in: room.takeTop(), style: Style(index == 0 ? .normal : .note))
      }
    }
  }

  private func drawFileMap(into buffer: inout CellBuffer, in area: Rect) {
    var room = area
    var line = room.takeTop()
    buffer.text("file", in: line.takeLeft(Self.labelColumns), style: Style(.heading))
    let note = Quantity.bytes(model.contents.size)
    let width = max(DisplayText.columns(of: note) + 2, 10)
    buffer.text(note, in: line.takeRight(width), style: Style(.dim), alignment: .right)
    let map = FileMapDrawing(pieces: model.pieces, logicalEnd: model.logicalEnd)
    map.drawBar(into: &buffer, in: line)
    map.drawMark(into: &buffer, under: line, in: room.takeTop())
    var rest = room.takeTop()
    _ = rest.takeLeft(Self.labelColumns)
    buffer.text(map.legend(buffer.glyphs), in: rest)
  }
}

extension ExtentsModel.Row {
  fileprivate var isHole: Bool {
    if case .hole = self { true } else { false }
  }
}

extension Rect {
  /// The first line without the column in which a row's sign stands.
  var behindSign: Rect {
    var rest = line(0)
    _ = rest.takeLeft(1)
    return rest
  }
}
