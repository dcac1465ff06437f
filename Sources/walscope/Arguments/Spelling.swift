/// Guesses which word was meant.
enum Spelling {
  /// The candidate that is nearest to `word`, nil when none is near.
  static func nearest(to word: String, in candidates: [String]) -> String? {
    // Nobody means a word by writing hundreds of characters.
    guard word.utf8.count <= 40 else { return nil }
    let rated = candidates.map { (distance(word, $0), $0) }
    guard let best = rated.min(by: { $0.0 < $1.0 }) else { return nil }
    if best.0 <= max(1, word.count / 3) { return best.1 }
    return word.count > 3 ? candidates.first { $0.hasPrefix(word) } : nil
  }

  /// How many letters are to be put in, left out, changed or swapped with their neighbour.
  static func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
        row.append(best)
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}
