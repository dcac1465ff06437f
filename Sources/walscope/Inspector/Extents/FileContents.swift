import LogFiles
import LogFormats
import LogInspection

/// Lays what a scan found over what the file system says, and tells what any part of a file holds.
struct FileContents: Sendable {
  /// The file's size in bytes.
  let size: UInt64
  private let ranges: [ByteRange]
  private let gaps: [Range<UInt64>]
  private let isRaw: Bool

  /// The ranges are those of the scan, in order, and so are the gaps inside of its records; a scan
  /// under way has only the first.
  init(size: UInt64, ranges: [ByteRange], gaps: [Range<UInt64>] = [], isRaw: Bool) {
    self.size = size
    self.ranges = ranges
    self.gaps = gaps
    self.isRaw = isRaw
  }

  /// A run of bytes that hold the same.
  struct Piece: Equatable, Sendable {
    var holding: Holding
    var length: UInt64
  }

  /// What the bytes in `part` hold, from left to right, neighbours of one kind as one piece.
  func pieces(
    of part: Range<UInt64>, isAllocated: Bool, isUnwritten: Bool
  ) -> [Piece] {
    var pieces: [Piece] = []
    var offset = part.lowerBound
    let end = min(part.upperBound, size)
    var index = ranges.partitioningIndex { $0.end > offset }
    while offset < end {
      let range = index < ranges.count && ranges[index].offset <= offset ? ranges[index] : nil
      let next = range?.end ?? (index < ranges.count ? ranges[index].offset : end)
      let stop = min(max(next, offset + 1), end)
      let holding = Holding(
        range, isRaw: isRaw, isAllocated: isAllocated, isUnwritten: isUnwritten)
      if range?.kind == .records {
        pieces += self.pieces(of: offset..<stop, between: holding)
      } else {
        pieces.append(Piece(holding: holding, length: stop - offset))
      }
      if range != nil { index += 1 }
      offset = stop
    }
    if offset < part.upperBound {
      pieces.append(Piece(holding: .beyondEnd, length: part.upperBound - max(offset, end)))
    }
    return pieces.merged
  }

  /// Records, and the gaps among them.
  private func pieces(of part: Range<UInt64>, between holding: Holding) -> [Piece] {
    var pieces: [Piece] = []
    var offset = part.lowerBound
    for gap in gaps[gaps.partitioningIndex { $0.upperBound > offset }...] {
      let start = max(offset, gap.lowerBound)
      let end = min(gap.upperBound, part.upperBound)
      guard start < end else { break }
      pieces.append(Piece(holding: holding, length: start - offset))
      pieces.append(Piece(holding: .gap, length: end - start))
      offset = end
    }
    pieces.append(Piece(holding: holding, length: part.upperBound - offset))
    return pieces
  }

  /// How many bytes of each kind `part` holds, in the order of ``Holding``.
  func totals(of part: Range<UInt64>, isAllocated: Bool, isUnwritten: Bool) -> [Piece] {
    pieces(of: part, isAllocated: isAllocated, isUnwritten: isUnwritten).totals
  }
}

extension [FileContents.Piece] {
  /// The bytes of each kind there is, in the order of ``Holding``.
  var totals: [FileContents.Piece] {
    var sums = [UInt64](repeating: 0, count: Holding.allCases.count)
    for piece in self { sums[piece.holding.rawValue] += piece.length }
    return Holding.allCases.filter { sums[$0.rawValue] > 0 }.map {
      FileContents.Piece(holding: $0, length: sums[$0.rawValue])
    }
  }

  /// Neighbours that hold the same as one.
  var merged: [FileContents.Piece] {
    var result: [FileContents.Piece] = []
    for piece in self where piece.length > 0 {
      if let last = result.indices.last, result[last].holding == piece.holding {
        result[last].length += piece.length
      } else {
        result.append(piece)
      }
    }
    return result
  }
}
