import Glibc
import LogFormats

/// Writes a nori-wal log until the input ends, each record in two pieces, so that whoever looks on
/// sees it half written; rotates with preallocation, deletes what is old. It leaves a torn record.
struct PieceWriter {
  static let segmentSize = 64 << 10
  static let keptSegments: UInt64 = 4

  static func run(in directory: String) -> Never {
    var id: UInt64 = 0
    while true {
      let descriptor = open(path(id, in: directory), O_RDWR | O_CREAT | O_EXCL, 0o644)
      guard descriptor >= 0, posix_fallocate(descriptor, 0, segmentSize) == 0 else { exit(1) }
      var end = 0
      while end < segmentSize - 4096 {
        let value = [UInt8](repeating: UInt8(truncatingIfNeeded: end), count: end % 3000)
        let record = NoriWALEncoder.encode(NoriWALRecord(key: [0x6b], value: value))
        let half = record.count / 2
        guard pwrite(descriptor, record, half, end) == half else { exit(2) }
        if hasEnded() { exit(0) }
        usleep(300)
        let rest = Array(record[half...])
        guard pwrite(descriptor, rest, rest.count, end + half) == rest.count else { exit(2) }
        end += record.count
      }
      guard ftruncate(descriptor, end) == 0 else { exit(3) }
      close(descriptor)
      if id >= keptSegments { unlink(path(id - keptSegments, in: directory)) }
      if id == 2 { print("writing"); fflush(nil) }
      id += 1
    }
  }

  static func path(_ id: UInt64, in directory: String) -> String {
    let digits = String(id)
    return "\(directory)/\(String(repeating: "0", count: 6 - digits.count))\(digits).wal"
  }

  /// Whether the input is at its end.
  static func hasEnded() -> Bool {
    var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    return poll(&input, 1, 0) > 0
  }
}
