import LogFiles
import LogInspection

/// Searches the records of a segment for a pattern, from one row on to an end and then from the
/// other end.
struct PatternSearch {
  /// Where a search stands that is to go on later.
  struct Stand: Equatable, Sendable {
    var place: RecordSearch.Place
    /// The place that the search began at, where it ends after it has come around.
    var start: UInt64
    var isAround = false
  }

  let query: RecordQuery
  /// Called now and then with the bytes that are behind the search; false stops it.
  let goesOn: (UInt64) -> Bool

  /// Runs the search through what the index knows.
  func run(_ pattern: SearchPattern, _ search: inout RecordSearch) throws(FileError)
    -> RecordFinding
  {
    guard search.index.rowCount > 0 else { return query.isFinal ? .nothing : .waiting(query.stand) }
    var stand = if let stand = query.stand { stand } else { try begin(&search) }
    if !stand.isAround {
      switch try step(stand, &search) {
      case .match(let match): return finding(match, in: search, isAround: false)
      case .stopped(let place):
        stand.place = place
        return .stopped(stand)
      case .nothing(let place):
        stand.place = place
        // Who searches backwards has to know where the end is.
        guard query.isFinal else { return .waiting(stand) }
        stand.place =
          query.isBackwards ? try search.place(beforeRow: search.index.rowCount) : .start
        stand.isAround = true
      }
    }
    switch try step(stand, &search) {
    case .match(let match): return finding(match, in: search, isAround: true)
    case .stopped(let place):
      stand.place = place
      return .stopped(stand)
    case .nothing: return .nothing
    }
  }

  private func begin(_ search: inout RecordSearch) throws(FileError) -> Stand {
    let row = min(query.origin, search.index.rowCount - 1)
    let place =
      query.isBackwards
      ? try search.place(beforeRow: row) : try search.place(beforeRow: row + 1)
    return Stand(place: place, start: place.offset)
  }

  private func step(_ stand: Stand, _ search: inout RecordSearch) throws(FileError)
    -> RecordSearch.Outcome
  {
    let end = search.end
    let goesOn = goesOn
    let isBackwards = query.isBackwards
    let pacing = { (offset: UInt64) in
      let behind = isBackwards ? end - min(end, offset) : offset
      let start = isBackwards ? end - min(end, stand.start) : stand.start
      return goesOn(stand.isAround ? end - min(end, start) + behind : behind - min(behind, start))
    }
    if query.isBackwards {
      return try search.previous(
        from: stand.place, notBelow: stand.isAround ? stand.start : 0, goesOn: pacing)
    }
    return try search.next(
      from: stand.place, before: stand.isAround ? stand.start : .max, goesOn: pacing)
  }

  private func finding(
    _ match: RecordSearch.Match, in search: borrowing RecordSearch, isAround: Bool
  ) -> RecordFinding {
    .row(
      search.index.row(ofFrame: match.place.frame, in: match.range), wrapped: isAround,
      byte: match.offset)
  }
}

extension ByteQuery {
  /// Searches the record from the origin on, and then from its other end.
  func run(_ search: inout RecordSearch, goesOn: @escaping (UInt64) -> Bool) throws(FileError)
    -> ByteFinding
  {
    let overlap = UInt64(pattern.bytes.count - 1)
    let behind = min(range.upperBound, max(range.lowerBound, origin + 1))
    // A match that starts before the origin may reach behind it; the one at the origin comes last.
    let before = max(range.lowerBound, min(range.upperBound, origin + overlap))
    let last = max(range.lowerBound, min(range.upperBound, origin + overlap + 1))
    let parts =
      isBackwards
      ? [range.lowerBound..<before, origin..<range.upperBound]
      : [behind..<range.upperBound, range.lowerBound..<last]
    var done: UInt64 = 0
    for (number, part) in parts.enumerated() where !part.isEmpty {
      let passed = done
      let pacing = { (offset: UInt64) in
        let step = isBackwards ? part.upperBound - min(part.upperBound, offset) : offset
        return goesOn(passed + (isBackwards ? step : step - min(step, part.lowerBound)))
      }
      switch isBackwards
        ? try search.lastMatch(in: part, goesOn: pacing)
        : try search.firstMatch(in: part, goesOn: pacing)
      {
      case .at(let offset): return .byte(offset, wrapped: number > 0)
      case .nowhere: done += part.upperBound - part.lowerBound
      case .stopped: return .stopped
      }
    }
    return .nothing
  }
}
