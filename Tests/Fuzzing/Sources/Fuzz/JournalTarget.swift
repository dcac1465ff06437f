@testable import LogFiles
@testable import LogRepair

/// Reads a journal.
final class JournalTarget {
  private lazy var directory = FuzzedDirectory()

  /// The first byte tells whether the checksum of each line is made right.
  func run(_ input: [UInt8]) throws {
    guard let mode = input.first else { return }
    var text = Array(input.dropFirst())
    if mode & 1 != 0 { text = corrected(text) }
    try directory.fill([(String(decoding: Journal.name.bytes, as: UTF8.self), text)])
    let found = try Journal.read(in: OpenDirectory.open(directory.path))
    for line in found.lines {
      let encoded = line.encoded()
      let again = JournalLine(encoded.dropLast())
      try require(again?.encoded() == encoded, "a line of the journal reads back as another")
    }
    for entry in JournalEntry.entries(of: found.lines) {
      _ = (entry.isUnfinished, entry.isUndoing, entry.isKept)
    }
  }

  private func corrected(_ journal: [UInt8]) -> [UInt8] {
    journal.split(separator: 0x0A).flatMap { line -> [UInt8] in
      var line = Array(line)
      let start = line.count - JournalLine.checkLength
      if start > 0, line[start...].starts(with: JournalLine.checkStart) {
        line.removeSubrange(start...)
      }
      let check = JournalLine.checksum(line, count: line.count)
      return line + JournalLine.checkStart + Array("\(check)\"}\n".utf8)
    }
  }
}
