import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

/// `compare`: in which records and header fields two logs differ.
struct CompareCommand {
  private let context: CommandContext
  private let paths: [FileName]

  init(_ context: CommandContext) {
    self.context = context
    paths = context.command.operands
  }

  /// Bytes of a key or value that are shown.
  private static let previewLimit = 64

  func run() -> ExitStatus {
    guard let (first, second) = logs() else { return .failed }
    var left = context.command.count(.limit) ?? .max
    let control = ScanControl()
    do throws(ComparisonFailure) {
      let result = try first.compare(
        with: second, previewLimit: Self.previewLimit, control: control
      ) { difference in
        if Interruption.isRequested { control.cancel() }
        write(difference)
        left -= 1
        return left > 0 && context.output.isOpen && !control.isCancelled
      }
      if Interruption.isRequested { return .interrupted }
      writeEnd(result, isCut: left == 0)
      return result.isEqual ? .done : .found
    } catch {
      return report(error)
    }
  }

  /// The two logs; where one path is given, the log as it was before a plan, and as it is.
  private func logs() -> (Log, Log)? {
    if paths.count == 2 {
      guard let first = open(paths[0]), let second = open(paths[1]) else { return nil }
      return (first, second)
    }
    guard let target = RepairTarget.open(paths[0], context) else { return nil }
    let history = RepairHistory(of: target.log, savesTo: context.command.storePath)
    do throws(RepairFailure) {
      return (try history.logBefore(context.command.text(.id)), target.log)
    } catch {
      _ = RepairWork(context: context, path: target.path).report(error)
      return nil
    }
  }

  private func open(_ path: FileName) -> Log? {
    guard let tree = context.open(path) else { return nil }
    guard let log = tree.logs.first, tree.logs.count == 1 else {
      context.diagnostics.report(
        path, "there are \(tree.logs.count) logs under it", advice: "name one of them")
      return nil
    }
    return log
  }

  private func report(_ failure: ComparisonFailure) -> ExitStatus {
    switch failure {
    case .differentFormats(let one, let two):
      context.diagnostics.report(
        "\(one) and \(two) logs are not compared", advice: "name two logs of one format")
    case .file(let name, let isInFirst, let reason):
      context.diagnostics.report(
        (isInFirst ? paths[0] : paths[paths.count - 1]).appending(name), reason)
    case .stopped: return .interrupted
    }
    return .failed
  }

  // MARK: Differences

  private func write(_ difference: LogDifference) {
    if context.wantsJSON { return writeJSON(difference) }
    switch difference {
    case .segment(let name, let isInFirst, let records):
      line(
        isInFirst, name,
        "only here: a segment of \(Quantity.count(records, "record"))")
    case .property(let name, let property, let first, let second):
      context.text.line(
        "  ", Phrase(DisplayName.text(name), .strong),
        Phrase(" \(property): \(text(first)) -> \(text(second))"))
    case .record(let name, let record, let isInFirst):
      line(isInFirst, name, "\(Quantity.offset(record.offset)) " + text(record))
    }
  }

  private func line(_ isInFirst: Bool, _ name: FileName, _ text: String) {
    context.text.line(
      Phrase(isInFirst ? "- " : "+ ", isInFirst ? .bad : .good),
      Phrase(DisplayName.text(name), .strong), Phrase(" " + text))
  }

  private func text(_ value: FieldValue) -> String {
    FieldValueText.text(value, isRedacted: context.isRedacted)
  }

  private func text(_ record: Record) -> String {
    var text = "\(record.kind), \(Quantity.count(record.length, "byte"))"
    if let fault = record.fault { text += ", \(fault.reason.rawValue)" }
    for part in [record.key, record.value] {
      guard let part else { continue }
      text += " " + self.text(.bytes(part.bytes, total: part.total))
    }
    return text
  }

  private func writeEnd(_ result: LogComparison, isCut: Bool) {
    if context.wantsJSON {
      var json = context.json
      json.object { json in
        json.member("schemaVersion", 1)
        json.member("first", file: paths[0])
        json.member("second", file: paths[paths.count - 1])
        json.member("firstIsBackup", paths.count == 1)
        json.member("sharedRecords", result.sharedRecords)
        json.member("recordsOnlyInFirst", result.recordsOnlyInFirst)
        json.member("recordsOnlyInSecond", result.recordsOnlyInSecond)
        json.member("otherDifferences", result.otherDifferences)
        json.member("truncated", isCut)
      }
      json.endLine()
      return
    }
    let shared = Quantity.count(result.sharedRecords, "record")
    if result.isEqual {
      context.text.line(Phrase("the same", .good), Phrase(": \(shared) in both"))
      return
    }
    context.text.line(
      Phrase("different", .warning),
      Phrase(
        ": \(shared) in both, \(Quantity.grouped(result.recordsOnlyInFirst)) only in the first (-),"
          + " \(Quantity.grouped(result.recordsOnlyInSecond)) only in the second (+)"
          + (isCut ? "; stopped at --limit" : "")))
  }

  private func writeJSON(_ difference: LogDifference) {
    var json = context.json
    json.object { json in
      switch difference {
      case .segment(let name, let isInFirst, let records):
        json.member("difference", "segment")
        json.member("in", isInFirst ? "first" : "second")
        json.member("file", file: name)
        json.member("records", records)
      case .property(let name, let property, let first, let second):
        json.member("difference", "property")
        json.member("file", file: name)
        json.member("property", property)
        json.writeAttributes(
          [Attribute("first", first), Attribute("second", second)],
          isRedacted: context.isRedacted)
      case .record(let name, let record, let isInFirst):
        json.member("difference", "record")
        json.member("in", isInFirst ? "first" : "second")
        json.member("file", file: name)
        json.member("offset", record.offset)
        json.member("length", record.length)
        json.member("kind", record.kind)
        json.member("valid", record.isAccepted)
        for (name, part) in [("key", record.key), ("value", record.value)] {
          guard let part else { continue }
          json.member(
            name, bytes: part.bytes, total: part.total, isRedacted: context.isRedacted)
        }
      }
    }
    json.endLine()
  }
}
