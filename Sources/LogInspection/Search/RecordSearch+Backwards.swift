public import LogFiles
import LogFormats

/// A search for the last record that fits.
extension RecordSearch {
  /// Searches backwards from `place` for the last record that ends at or before it and fits.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func previous(
    from place: Place, notBelow floor: UInt64 = 0, goesOn: (UInt64) -> Bool = { _ in true }
  ) throws(FileError) -> Outcome {
    var place = place
    while place.offset > floor {
      guard goesOn(place.offset) else { return .stopped(at: place) }
      let block = self.block(before: place.offset)
      var last: Match?
      var from = block
      search: while true {
        switch try next(from: from, before: place.offset, goesOn: { _ in goesOn(place.offset) }) {
        case .match(let match):
          last = match
          from = match.end
        case .nothing: break search
        case .stopped: return .stopped(at: place)
        }
      }
      if let last, last.place.offset >= floor { return .match(last) }
      place = block
    }
    return .nothing(upTo: place)
  }

  /// A place some way before `offset` from which frames can be walked.
  private func block(before offset: UInt64) -> Place {
    let wanted = offset - min(offset, Self.blockSize)
    guard let (_, start) = index.place(ofOffset: wanted) else { return .start }
    return Place(offset: start.offset, frame: start.frame)
  }
}
