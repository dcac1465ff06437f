package import LogFiles

extension FileWindow {
  /// The offset behind the window's last byte, from file start.
  package var stop: UInt64 { offset + UInt64(count) }

  /// Whether all bytes of `range`, by offsets from file start, are in the window.
  package func holds(_ range: Range<UInt64>) -> Bool {
    range.lowerBound >= offset && range.upperBound <= stop
  }

  /// The byte that ends at `offset`, nil where the window does not hold it.
  package func byte(before offset: UInt64) -> UInt8? {
    guard offset > self.offset, offset <= stop else { return nil }
    return bytes.le(UInt8.self, at: Int(offset - self.offset) - 1)
  }

  /// Where the zeros start that end at `stop`, not below `start`; `stop` where there are none.
  ///
  /// Reads backwards, in windows; neither holes are read nor what the window holds.
  package mutating func zeros(
    before stop: UInt64, notBelow start: UInt64, in file: borrowing OpenFile,
    isCancelled: () -> Bool
  ) throws(FileError) -> UInt64 {
    if holds(start..<stop), let part = bytes.slice(Int(start - offset), Int(stop - start)) {
      return part.lastNonZero().map { start + UInt64($0) + 1 } ?? start
    }
    var zerosFrom = stop
    var step = UInt64(capacity)
    while zerosFrom > start, !isCancelled() {
      let from = zerosFrom - min(step, zerosFrom - start)
      if try (file.nextData(from: from) ?? zerosFrom) >= zerosFrom {
        zerosFrom = from
        step = step.multipliedReportingOverflow(by: 2).overflow ? step : step * 2
      } else if step > UInt64(capacity) {
        step /= 2
      } else {
        try load(file, at: from, end: zerosFrom)
        if let last = bytes.lastNonZero() { return from + UInt64(last) + 1 }
        guard count > 0 else { return zerosFrom }
        zerosFrom = from
      }
    }
    return zerosFrom
  }
}
