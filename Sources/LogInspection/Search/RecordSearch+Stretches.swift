public import LogFiles

/// Searches of bytes of the file, whatever they belong to.
extension RecordSearch {
  /// How the search of a stretch of the file ended.
  public enum StretchOutcome: Sendable, Equatable {
    /// The pattern stands at this offset from the start of the file.
    case at(UInt64)
    case nowhere
    case stopped
  }

  /// Searches a stretch of the file, whatever it holds, piece by piece.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func firstMatch(
    in stretch: Range<UInt64>, goesOn: (UInt64) -> Bool = { _ in true }
  ) throws(FileError) -> StretchOutcome {
    let overlap = UInt64(pattern.bytes.count - 1)
    var offset = stretch.lowerBound
    while offset < stretch.upperBound, stretch.upperBound - offset > overlap {
      guard goesOn(offset) else { return .stopped }
      let skipped = window.bytesSkipped
      try window.load(file, at: offset, end: stretch.upperBound)
      if let found = pattern.firstMatch(in: window.bytes) { return .at(offset + UInt64(found)) }
      let count = UInt64(window.count)
      // The file has shrunk.
      guard count > overlap else { break }
      offset += count - overlap
      if window.bytesSkipped - skipped == count, !pattern.canBeZeros {
        // A hole, and so is what follows up to the next data.
        let data = try file.nextData(from: offset + overlap) ?? stretch.upperBound
        offset = max(offset, min(data, stretch.upperBound) - overlap)
      }
    }
    return .nowhere
  }

  /// Searches a stretch of the file backwards.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func lastMatch(
    in stretch: Range<UInt64>, goesOn: (UInt64) -> Bool = { _ in true }
  ) throws(FileError) -> StretchOutcome {
    let overlap = UInt64(pattern.bytes.count - 1)
    var stop = stretch.upperBound
    while stop > stretch.lowerBound {
      guard goesOn(stop) else { return .stopped }
      let start = max(stretch.lowerBound, stop - min(stop, Self.blockSize))
      var last: UInt64?
      var from = start
      while from < stop,
        case .at(let found) = try firstMatch(in: from..<min(stretch.upperBound, stop + overlap))
      {
        last = found
        from = found + 1
      }
      if let last { return .at(last) }
      stop = start
    }
    return .nowhere
  }
}
