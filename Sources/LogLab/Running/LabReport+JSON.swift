public import JSON

extension LabReport {
  /// Writes the report as one JSON object; `experiment` may add members of its own.
  public func write(to json: inout JSONWriter, by experiment: some LabExperiment) {
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("experiment", self.experiment)
      json.member("directory", file: directory)
      json.member("machine") { machine.writeMembers(to: &$0) }
      json.member("settings") { json in
        for setting in settings { json.write(setting) }
      }
      json.member("rounds", rounds)
      json.member("interrupted", isInterrupted)
      json.real("elapsedMilliseconds", Double(elapsed) / 1e6)
      json.member("cells", array: cells, isCut: false) { json, cell in
        json.object { json in
          for setting in cell.cell.settings { json.write(setting) }
          json.member("operations", cell.operations)
          json.member("variants", array: cell.variants, isCut: false) { json, result in
            json.object { result.writeMembers(to: &$0) }
          }
        }
      }
      experiment.writeMembers(of: self, to: &json)
      json.member("conclusions", array: conclusions) { $0.value($1) }
    }
  }
}

extension LabVariantResult {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("variant", variant.name)
    if let obstacle { json.member("notPossible", obstacle) }
    let all = latencies
    if all.count > 0 { json.member("latency") { all.writeMembers(to: &$0) } }
    if let averages { json.member("averageMicroseconds") { averages.write(to: &$0, divisor: 1e3) } }
    if let medians { json.member("medianMicroseconds") { medians.write(to: &$0, divisor: 1e3) } }
    if let rate { json.member("operationsPerSecond") { rate.write(to: &$0, divisor: 1) } }
    json.member("runs", array: runs, isCut: false) { json, run in
      json.object { json in
        json.member("operations", run.operations)
        json.member("payloadBytes", run.payloadBytes)
        json.real("elapsedMilliseconds", Double(run.elapsed) / 1e6)
        if run.latencies.count > 0 {
          json.real("averageMicroseconds", run.latencies.average / 1e3)
          json.real("medianMicroseconds", Double(run.latencies.percentile(0.5)) / 1e3)
          json.real("maximumMicroseconds", Double(run.latencies.maximum) / 1e3)
        }
        for measure in run.measures { json.write(measure) }
      }
    }
  }
}

extension Distribution {
  /// The members of the JSON object of a distribution; times are microseconds, `outlierShare` is a
  /// share of 1.
  public func writeMembers(to json: inout JSONWriter) {
    json.member("count", count)
    json.real("averageMicroseconds", average / 1e3)
    json.real("minimumMicroseconds", Double(minimum) / 1e3)
    json.real("maximumMicroseconds", Double(maximum) / 1e3)
    json.real("standardDeviationMicroseconds", standardDeviation / 1e3)
    json.real("outlierShare", outlierShare, digits: 6)
    for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)] {
      json.real("\(name)Microseconds", Double(percentile(share)) / 1e3)
    }
    json.member("histogram", array: bars().filter { $0.count > 0 }) { json, bar in
      json.object {
        $0.member("fromNanoseconds", bar.range.lowerBound)
        $0.member("toNanoseconds", bar.range.upperBound)
        $0.member("count", bar.count)
      }
    }
  }
}

extension Spread {
  /// Writes `{"median", "min", "max"}`, each divided by `divisor`.
  public func write(to json: inout JSONWriter, divisor: Double) {
    json.real("median", median / divisor)
    json.real("min", minimum / divisor)
    json.real("max", maximum / divisor)
  }
}

extension JSONWriter {
  /// A number with some digits behind the point; what is not finite is null.
  public mutating func real(_ name: String, _ number: Double, digits: Int = 3) {
    key(name)
    if number.isFinite { value(number, digits: digits) } else { null() }
  }

  /// The value of a setting or measure, under its name.
  public mutating func write(_ value: LabValue) {
    switch value.content {
    case .text(let text): member(value.name, text)
    case .integer(let number): member(value.name, number)
    case .real(let number): real(value.name, number)
    case .list(let words): member(value.name, array: words) { $0.value($1) }
    }
  }
}
