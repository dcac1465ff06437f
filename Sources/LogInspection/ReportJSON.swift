public import JSON
public import LogFormats

extension JSONWriter {
  /// The members of a log's report, as `check --json` prints them.
  public mutating func writeReport(_ report: LogReport, evidence: Evidence) {
    member("format", report.layout.format)
    member("verdict", report.verdict.rawValue)
    member("segments", array: report.segments, isCut: false) { json, segment in
      json.writeSegment(segment, evidence: evidence)
    }
    member("findings", array: report.findings, total: report.findings.countOfAll) {
      json, finding in json.writeFinding(finding)
    }
    writeForecasts(report.forecasts)
  }

  private mutating func writeSegment(_ segment: SegmentReport, evidence: Evidence) {
    object { json in
      json.member("file", file: segment.file.name)
      json.member("id", segment.file.id)
      json.member("state", segment.file.state.rawValue)
      json.member("verdict", segment.verdict.rawValue)
      json.member("fileSize", segment.fileSize)
      json.member("allocatedSize", segment.allocatedSize)
      json.member("logicalEnd", segment.logicalEnd)
      json.member("records", segment.countsRecords ? segment.records : nil)
      json.member("evidence", evidence.rawValue)
      json.key("firstInvalid")
      if let invalid = segment.firstInvalid {
        json.object {
          $0.member("offset", invalid.offset)
          $0.member("reason", invalid.fault.reason.rawValue)
        }
      } else {
        json.null()
      }
      json.member("afterDamage") {
        $0.member("records", segment.afterDamage.records)
        $0.member("bytes", segment.afterDamage.bytes)
      }
      if let gaps = segment.gaps { json.writeGaps(gaps) }
      json.key("tail")
      if let tail = segment.tail {
        json.object {
          $0.member("kind", tail.kind.rawValue)
          $0.member("offset", tail.offset)
          $0.member("length", tail.length)
        }
      } else {
        json.null()
      }
      json.writeAttributes(segment.facts, isRedacted: false)
    }
  }

  private mutating func writeGaps(_ gaps: GapList) {
    member("gaps", array: gaps.ranges, isCut: false) { json, gap in
      json.object {
        $0.member("offset", gap.lowerBound)
        $0.member("length", gap.upperBound - gap.lowerBound)
      }
    }
    if gaps.total > UInt64(gaps.ranges.count) {
      member("gapsTotal", gaps.total)
      member("truncated", true)
    }
  }

  private mutating func writeFinding(_ finding: Finding) {
    object { json in
      json.member("severity", finding.severity.rawValue)
      if let file = finding.file {
        json.member("file", file: file)
      } else {
        json.member("file", String?.none)
      }
      json.member("offset", finding.range?.lowerBound)
      json.member("length", finding.range.map { $0.upperBound - $0.lowerBound })
      json.member("code", finding.code.rawValue)
      json.member("message", finding.message)
    }
  }

  /// The member `forecast`; what does not apply is left out.
  public mutating func writeForecasts(_ forecasts: [Forecast]) {
    member("forecast", array: forecasts) { json, forecast in
      json.object { $0.writeForecast(forecast) }
    }
  }

  private mutating func writeForecast(_ forecast: Forecast) {
    member("mode", forecast.mode)
    member("opens", forecast.opens)
    member("outcome", forecast.outcome.rawValue)
    if let records = forecast.keepsRecords { member("keepsRecords", records) }
    if let records = forecast.losesRecords { member("losesRecords", records) }
    if let bytes = forecast.cutsBytes { member("cutsBytes", bytes) }
    if let sizes = forecast.sizesAfter {
      member("sizesAfter") { json in
        for (file, size) in sizes { json.member(Self.text(of: file), size) }
      }
    }
    writeAttributes(forecast.attributes, isRedacted: false)
    if !forecast.assumes.isEmpty {
      member("assumes") { json in
        for (name, value) in forecast.assumes.sorted(by: { $0.key < $1.key }) {
          json.member(Self.camelCase(name), value)
        }
      }
    }
    member("ownerError", forecast.ownerError)
    member("message", forecast.message)
  }

  /// A format's own fields, each as a member.
  public mutating func writeAttributes(_ attributes: [Attribute], isRedacted: Bool) {
    for attribute in attributes {
      switch attribute.value {
      case .none: member(attribute.name, String?.none)
      case .number(let value), .size(let value), .milliseconds(let value):
        member(attribute.name, value)
      case .flag(let flag): member(attribute.name, flag)
      case .word(let word): member(attribute.name, word)
      case .checksum(let value): member(attribute.name, Hexadecimal.digits(value))
      case .bytes(let bytes, let total):
        member(attribute.name, bytes: bytes, total: total, isRedacted: isRedacted)
      }
    }
  }

  private static func camelCase(_ words: String) -> String {
    let parts = words.split(separator: "-")
    return parts.enumerated().map { index, part in
      index == 0 ? String(part) : part.prefix(1).uppercased() + part.dropFirst()
    }.joined()
  }
}
