import Foundation
import NumberedRecords
import TestSupport
import Testing

/// What a log is written with.
struct SoakCase: CustomTestStringConvertible, Sendable {
  let format: String
  let policy: String
  let threads: Int

  var testDescription: String { "\(format) \(policy), \(threads) threads" }

  static let all = [
    SoakCase(format: "nori-wal", policy: "os", threads: 2),
    SoakCase(format: "okaywal", policy: "group-commit", threads: 3),
    SoakCase(format: "tegdb", policy: "group", threads: 2),
    SoakCase(format: "mmlog", policy: "os", threads: 2),
  ]
}

/// One life of a writing process, whose acknowledgements a thread reads.
final class SoakWriter: @unchecked Sendable {
  private let process: ChildProcess
  private let reading: Thread
  private let progress: SoakProgress
  private let ended = DispatchSemaphore(value: 0)
  /// The number behind the last one that was written.
  private(set) var next: UInt64

  init(_ writing: SoakCase, in path: String, from first: UInt64, _ progress: SoakProgress) throws {
    let process = try ChildProcess([
      try TerminalSession.builtProgram("LogWriterProbe"), writing.format, writing.policy, path,
      "--threads", "\(writing.threads)", "--value-size", "60", "--segment-size", "\(1 << 20)",
      "--first", "\(first)",
    ])
    self.process = process
    self.progress = progress
    next = first
    let ended = ended
    let numbers = NumberBox(first)
    reading = Thread {
      while let line = process.readLine() {
        guard let number = line.split(separator: " ").first.flatMap({ UInt64($0) }) else {
          if line != "closed" { progress.complain("the writer says: \(line)") }
          continue
        }
        numbers.note(number)
        progress.acknowledge(number)
      }
      ended.signal()
    }
    box = numbers
    reading.start()
  }

  private let box: NumberBox

  /// Has it close the log, and answers whether it did so without a complaint.
  func close() -> Bool {
    process.closeInput()
    progress.beginEnd()
    ended.wait()
    next = box.next
    return process.wait() == 0
  }
}

private final class NumberBox: @unchecked Sendable {
  private(set) var next: UInt64
  init(_ next: UInt64) { self.next = next }
  func note(_ number: UInt64) { next = max(next, number + 1) }
}
