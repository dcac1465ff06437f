import Glibc
import LogFiles
import LogFormats
import LogInspection
import Quantities

/// Measures the scan of the logs given as arguments against its floor: reading the file once, with
/// one checksum pass over it. Rounds of both alternate; the medians are compared.
@main
struct ScanBenchmark {
  static let rounds = 7

  static func main() throws {
    for path in CommandLine.arguments.dropFirst() {
      for log in try LogTree.open(FileName(path)).logs {
        try measure(log, path: path)
      }
    }
  }

  static func measure(_ log: Log, path: String) throws {
    var bytes: UInt64 = 0
    var floors: [Duration] = []
    var scans: [Duration] = []
    var pairs: [Duration] = []
    for _ in 0..<rounds {
      let clock = ContinuousClock()
      let floor = try clock.measure { bytes = try readOnce(log) }
      var records: UInt64 = 0
      let scan = clock.measure {
        records = log.scan(threads: 1).segments.reduce(0) { $0 + $1.records }
      }
      precondition(records > 0, "nothing was scanned")
      floors.append(floor)
      scans.append(scan)
      pairs.append(clock.measure { _ = log.scan(threads: 2) })
    }
    let (floor, scan, pair) = (median(floors), median(scans), median(pairs))
    print(
      "\(path): floor \(Quantity.rate(bytes: bytes, in: floor)), "
        + "scan \(Quantity.rate(bytes: bytes, in: scan)) = \(ratio(floor, scan)) of the floor; "
        + "two threads are \(ratio(scan, pair)) times as fast as one")
  }

  static func readOnce(_ log: Log) throws -> UInt64 {
    var bytes: UInt64 = 0
    var window = FileWindow()
    for segment in log.layout.segments {
      let file = try log.directory.openFile(segment.name)
      let end = try file.status().size
      var checksum: UInt32 = 0
      var offset: UInt64 = 0
      while offset < end {
        try window.load(file, at: offset, end: end)
        checksum = CRC32C.checksum(window.bytes, continuing: checksum)
        offset += UInt64(window.count)
      }
      bytes += offset
      precondition(checksum != 1, "keeps the pass from being left out")
    }
    return bytes
  }

  static func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }

  static func ratio(_ one: Duration, _ other: Duration) -> String {
    let hundredths = Int((one / other * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
