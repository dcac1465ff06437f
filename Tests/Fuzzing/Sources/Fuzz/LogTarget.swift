import LogFiles

@testable import LogFormats

/// Reads files as logs of one format, in every way that there is.
final class LogTarget {
  private let format: String
  /// The files of the log, by the contents that the fuzzer has made.
  private let files: ([[UInt8]]) -> [(name: String, bytes: [UInt8])]
  private let correct: (inout [UInt8]) -> Void
  private lazy var directory = FuzzedDirectory()

  init(
    _ format: String, correct: @escaping (inout [UInt8]) -> Void = { _ in },
    files: @escaping ([[UInt8]]) -> [(name: String, bytes: [UInt8])]
  ) {
    self.format = format
    self.correct = correct
    self.files = files
  }

  convenience init(
    _ format: String, names: [String], correct: @escaping (inout [UInt8]) -> Void = { _ in }
  ) {
    self.init(format, correct: correct) { parts in
      zip(names, parts).map { (name: $0, bytes: $1) }
    }
  }

  static var all: [FuzzTarget] {
    [
      LogTarget(
        "nori-wal", names: ["000000.wal", "000001.wal", "000003.wal"],
        correct: ChecksumCorrection.noriWAL),
      LogTarget(
        "okaywal", names: ["wal-1", "wal-3", "wal-9", "wal-2-cp"],
        correct: ChecksumCorrection.okayWAL),
      LogTarget("tegdb", names: ["db.teg"]),
      LogTarget("tgstream", correct: ChecksumCorrection.gzip, files: tgstreamFiles),
      LogTarget("mmlog", names: ["app.log.mmlog", "app.log"]),
    ].map { target in FuzzTarget(name: target.format) { try target.run($0) } }
  }

  private func run(_ input: [UInt8]) throws {
    var fuzzed = FuzzedFiles(input)
    for index in fuzzed.parts.indices {
      if fuzzed.correctsChecksums { correct(&fuzzed.parts[index]) }
      if fuzzed.hasZeroTail { fuzzed.parts[index] += [UInt8](repeating: 0, count: 4096) }
    }
    try directory.fill(files(fuzzed.parts))
    try LogExamination(directory, repairs: fuzzed.isRepaired)
      .examine(format: fuzzed.isRecognised ? nil : format)
  }

  /// The base, the segments that follow it, the note of the newest one and the state file.
  private static func tgstreamFiles(_ parts: [[UInt8]]) -> [(name: String, bytes: [UInt8])] {
    let id = "20260101T000000"
    var files: [(name: String, bytes: [UInt8])] = []
    var end: UInt64 = 0
    for (index, part) in parts.enumerated() {
      let suffix = GzipHeader.hasMagic(part.rawBytes) ? ".gz" : ""
      switch index {
      case 0: files.append(("latest.json", part))
      case 1: files.append(("db.stream.toml", part))
      case 2: files.append(("base/\(id).snap\(suffix)", part))
      default:
        files.append(("segments/\(id)/\(end)-\(end + UInt64(part.count) + 1).seg\(suffix)", part))
      }
      if index >= 2 { end += UInt64(part.count) + (index > 2 ? 1 : 0) }
    }
    return files
  }
}
