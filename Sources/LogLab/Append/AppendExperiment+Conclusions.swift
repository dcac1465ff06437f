import JSON
import Quantities

extension AppendExperiment {
  public func conclusions(from report: LabReport) -> [String] {
    var sentences: [String] = []
    for strategy in variants where strategy.name != AppendStrategy.write.rawValue {
      let conclusion = Conclusion(
        strategy, with: AppendStrategy.write.variant, in: report.cells
      ) { $0.timePerOperation }
      if let sentence = conclusion.sentence(place: report.machine.place, work: "appending") {
        sentences.append(sentence)
      }
    }
    let results = AppendResult.all(of: report)
    if let sentence = Self.loss(results) { sentences.append(sentence) }
    sentences += results.compactMap(Self.comparison)
    return sentences
  }

  private static func loss(_ results: [AppendResult]) -> String? {
    guard !results.isEmpty else { return nil }
    let losses = results.filter { $0.bytesLost > 0 }
    guard !losses.isEmpty else {
      return "No byte was lost: after each run every append of every process was found in the file."
    }
    let words = losses.map {
      "\($0.strategy.rawValue) with \(Quantity.count($0.bytes, "byte")) lost "
        + Quantity.count($0.bytesLost, "byte")
    }
    return "Bytes were lost: " + words.joined(separator: "; ") + "."
  }

  /// The shared-memory log beside the figures that were published for the original.
  private static func comparison(_ result: AppendResult) -> String? {
    guard result.strategy == .mmlog, let published = result.published else { return nil }
    let mine = result.microsecondsPerCall
    return "An mmlog append of \(Quantity.count(result.bytes, "byte")) took "
      + "\(FixedPoint.text(mine, digits: 3)) microseconds here; "
      + "\(FixedPoint.text(published, digits: 2)) were published for the original, on another"
      + " machine and with lost inserts."
  }
}
