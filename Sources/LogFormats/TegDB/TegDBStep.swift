import LogFiles

/// One record of a TegDB file, or a run of zeros that counts as several.
struct TegDBStep {
  /// From the start of the file.
  var range: Range<UInt64>
  var isMarker: Bool
  /// Whether it is nothing but zeros: one or more deletes of the empty key.
  var isZeros: Bool

  init?(_ frame: Frame, at offset: UInt64) {
    switch frame {
    case .record(let length, let kind):
      range = offset..<offset + UInt64(length)
      isMarker = kind >= TegDBWalker.commit
      // The two lengths alone: both are zero.
      isZeros = UInt64(length) == TegDBWalker.lengthsLength
    case .run(let length, _, _):
      range = offset..<offset + UInt64(length)
      isMarker = false
      isZeros = true
    case .flawed, .partial, .stale, .end, .invalid: return nil
    }
  }
}

extension RecordWalk {
  /// Gives the TegDB records that start in `range` to `body`, up to the first place where none is.
  ///
  /// - Returns: where it ended: behind the last record that was given.
  /// - Throws: `RecordSourceError` when the file cannot be read.
  mutating func forEachStep(in range: Range<UInt64>, _ body: (TegDBStep) -> Void)
    throws(RecordSourceError) -> UInt64
  {
    var offset = range.lowerBound
    while offset < range.upperBound, let step = TegDBStep(try frame(at: offset), at: offset) {
      body(step)
      offset = step.range.upperBound
    }
    return offset
  }
}

extension RecordWalk {
  /// A walk of a segment, with one kind of error for opening and reading.
  static func of(_ segment: SegmentReport, _ walker: any SegmentWalker, in directory: OpenDirectory)
    throws(RecordSourceError) -> RecordWalk
  {
    do throws(FileError) {
      return try RecordWalk(segment, walker: walker, in: directory)
    } catch {
      throw .file(error)
    }
  }
}
