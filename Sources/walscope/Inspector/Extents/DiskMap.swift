import LogFiles
import Quantities
import TerminalUI

/// Where extents lie between two places of a disk, drawn as one line.
struct DiskMap: Equatable, Sendable {
  /// The part of the disk that the line stands for, in bytes from its start.
  let span: Range<UInt64>

  /// From the first extent to the last.
  static func between(_ extents: [Extent]) -> DiskMap? {
    var span: Range<UInt64>?
    for extent in extents where extent.hasPlace {
      let start = min(extent.physical, span?.lowerBound ?? .max)
      span = start..<max(extent.physicalEnd, span?.upperBound ?? 0)
    }
    return span.flatMap { $0.isEmpty ? nil : DiskMap(span: $0) }
  }

  /// What stands in each of `columns` columns: the number of the only extent there, or that there
  /// are several; nil where nothing of the file lies.
  func marks(_ extents: [Extent], columns: Int) -> [Mark?] {
    var marks = [Mark?](repeating: nil, count: max(columns, 0))
    let length = span.upperBound - span.lowerBound
    guard columns > 0, length > 0 else { return marks }
    func column(_ place: UInt64) -> Int {
      let distance = UInt128(place - min(place, span.lowerBound)) * UInt128(columns)
      return min(Int(distance / UInt128(length)), columns - 1)
    }
    for (index, extent) in extents.enumerated() where extent.hasPlace && extent.length > 0 {
      for column in column(extent.physical)...column(extent.physicalEnd - 1) {
        switch marks[column] {
        case nil: marks[column] = .one(index)
        case .one(let other) where other == index: break
        case .one, .several: marks[column] = .several
        }
      }
    }
    return marks
  }

  enum Mark: Equatable, Sendable {
    case one(Int)
    case several
  }

  /// Draws the line into the first row of `area`; `selected` is the extent that stands out.
  func draw(_ extents: [Extent], selected: Int?, into buffer: inout CellBuffer, in area: Rect) {
    let line = area.line(0)
    buffer.text("[", in: line, style: Style(.border))
    let inside = line.inset(columns: 1)
    buffer.horizontalLine(in: inside)
    var end = line
    buffer.text("]", in: end.takeRight(1), style: Style(.border))
    var room = inside
    for mark in marks(extents, columns: inside.columns) {
      let cell = room.takeLeft(1)
      switch mark {
      case nil: break
      case .one(let index):
        // The last digit of its number.
        buffer.text(
          String(index % 10), in: cell,
          style: Style(index == selected ? .highlight : .accent, .bold))
      case .several: buffer.text("*", in: cell, style: Style(.accent, .bold))
      }
    }
  }
}

extension Extent {
  /// The place after its last byte.
  var physicalEnd: UInt64 {
    let (end, overflow) = physical.addingReportingOverflow(length)
    return overflow ? .max : end
  }
}
