import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `The memory of a scan` {
  @Test func `is bounded whatever lengths a file claims and however many places are damaged`()
    async
  {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let writer = try FileWriter(directory.path("000000.wal"))
      let good = LogStory.record(key: [1], value: [2])
      var size = 0
      // A block of 64 KiB at a time: records, claims of all sizes, damage every few records.
      for claim in [1 << 20, 1 << 24, 1 << 30, 1 << 40, .max >> 1, .max - 30] as [UInt64] {
        var block: [UInt8] = []
        while block.count < 1 << 16 {
          for _ in 0..<5 { block += good }
          block += LogStory.varint(claim) + LogStory.varint(3) + [0, 0xff, 0xff]
        }
        for _ in 0..<2 {
          try writer.write(block, at: size)
          size += block.count
        }
      }
      try writer.truncate(100 << 30)
      let log = try LogTree.open(FileName(directory.path("000000.wal"))).logs[0]
      let before = try PeakMemory.restart()
      let scanned = log.scanSegment(0)
      let peak = try PeakMemory.now()
      guard scanned.report.fileSize == 100 << 30, scanned.report.afterDamage.records > 25_000
      else { exit(1) }
      exit(peak - before < 32 << 10 ? 0 : 2)
    }
  }
}

/// The most memory that this process has had, in kB.
private enum PeakMemory {
  /// Forgets the peak; answers what is in use now.
  static func restart() throws -> Int {
    try FileWriter("/proc/self/clear_refs").write(Array("5".utf8), at: 0)
    return try now()
  }

  static func now() throws -> Int {
    var text = [UInt8](repeating: 0, count: 1 << 14)
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    text.removeSubrange(max(0, read(descriptor, &text, text.count))...)
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("VmHWM:") } ?? ""
    guard let size = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) }) else {
      throw SetupFailure("no VmHWM")
    }
    return size
  }
}
