import JSON

/// One variant compared with another one over all cells, in words.
public struct Conclusion: Sendable {
  private let first: LabVariant
  private let second: LabVariant
  private var faster: [(title: String, ratio: Double)] = []
  private var slower: [(title: String, ratio: Double)] = []
  private var same: [String] = []
  private var unclear: [String] = []
  private var disturbed: [String] = []
  private var count = 0

  /// Compares a figure of which less is better, such as the average latency, in all cells that have
  /// both variants.
  public init(
    _ first: LabVariant, with second: LabVariant, in cells: [LabCellResult],
    by figure: (LabVariantResult) -> Spread?
  ) {
    self.first = first
    self.second = second
    for cell in cells {
      guard let one = cell.variant(first.name), let two = cell.variant(second.name),
        let mine = figure(one), let other = figure(two)
      else { continue }
      let waits = [one, two].compactMap(\.processorWaitShare)
      let isDisturbed = waits.contains { $0 >= ProcessorWait.disturbingShare }
      count += 1
      let title = cell.cell.title
      switch Comparison(mine, with: other) {
      case .less(let ratio): faster.append((title, ratio))
      case .more(let ratio): slower.append((title, ratio))
      // Waiting for a processor makes what differs alike.
      case .same where isDisturbed: disturbed.append(title)
      case .same: same.append(title)
      case .unclear: unclear.append(title)
      }
    }
  }

  /// The sentence; nil when no cell has both variants.
  ///
  /// - Parameters:
  ///   - place: where the figures hold: `this ext4`.
  ///   - work: what is made faster or slower: `fdatasync`.
  public func sentence(place: String, work: String) -> String? {
    guard count > 0 else { return nil }
    var clauses: [String] = []
    let subject = first.title
    let make = first.isPlural ? "make" : "makes"
    let change = first.isPlural ? "change" : "changes"
    let than = "than \(second.title)"
    if !faster.isEmpty {
      clauses.append(
        "\(subject) \(make) \(work) \(Self.ratio(faster.map(\.ratio))) times faster \(than)"
          + cases(faster.map(\.title)))
    }
    if !slower.isEmpty {
      clauses.append(
        "\(subject) \(make) \(work) \(Self.ratio(slower.map(\.ratio))) times slower \(than)"
          + cases(slower.map(\.title)))
    }
    if !same.isEmpty {
      clauses.append(
        "\(subject) \(change) nothing that can be measured, compared with \(second.title)"
          + cases(same))
    }
    if !unclear.isEmpty {
      clauses.append(
        "the rounds of \(subject) and \(second.title) lie too far apart to conclude anything"
          + cases(unclear))
    }
    if !disturbed.isEmpty {
      clauses.append(
        "what \(subject) \(change), compared with \(second.title), drowns in the time that threads"
          + " waited for a processor" + cases(disturbed))
    }
    return "On \(place), " + clauses.joined(separator: "; ") + "."
  }

  /// In which cells it is so; nothing when it is so in all.
  private func cases(_ titles: [String]) -> String {
    if titles.count == count { return "" }
    let share = " in \(titles.count) of \(count) cases"
    return titles.count > 3 ? share : share + " (\(titles.joined(separator: "; ")))"
  }

  /// `2.3`, or `1.9 to 2.5`.
  static func ratio(_ ratios: [Double]) -> String {
    func text(_ ratio: Double) -> String {
      ratio < 1.15
        ? FixedPoint.text(ratio, digits: 2)
        : FixedPoint.text(ratio, digits: ratio < 10 ? 1 : 0)
    }
    let (low, high) = (text(ratios.min() ?? 1), text(ratios.max() ?? 1))
    return low == high ? low : "\(low) to \(high)"
  }
}
