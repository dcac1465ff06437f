import CAppend
import LogFiles

/// What a file holds of the records that were appended to it: all that was acknowledged is looked
/// for, byte by byte.
struct AppendCount: Equatable {
  /// Bytes of records that are not there, or not whole.
  var lost: UInt64 = 0
  /// Places that hold something else than a record that belongs there for the first time.
  var wrong: UInt64 = 0

  /// Reads a file and counts.
  ///
  /// - Throws: `FileError` of a read.
  static func count(_ file: borrowing OpenFile, after work: AppendWork) throws(FileError)
    -> AppendCount
  {
    work.size >= Int(CA_NUMBERED_SIZE)
      ? try numbered(file, work) : try unnumbered(file, work)
  }

  private static let windowSize = 1 << 20

  /// Each record of each process is looked for by its number.
  private static func numbered(_ file: borrowing OpenFile, _ work: AppendWork) throws(FileError)
    -> AppendCount
  {
    var seen = [UInt8](repeating: 0, count: (work.processes * work.operations + 7) / 8)
    var tally = ca_tally()
    try forEachPiece(of: file, work) { piece in
      // Sound: the call reads the piece's bytes, and changes as many bits as there are records.
      unsafe piece.withUnsafeBytes { bytes in
        unsafe ca_count(
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, work.size,
          UInt32(work.processes), UInt64(work.operations), &seen, &tally)
      }
    }
    return AppendCount(
      lost: work.payload - tally.found * UInt64(work.size), wrong: tally.wrong)
  }

  /// Short records have no room for a number: the bytes of each process are counted.
  private static func unnumbered(_ file: borrowing OpenFile, _ work: AppendWork) throws(FileError)
    -> AppendCount
  {
    var counts = [UInt64](repeating: 0, count: 256)
    try forEachPiece(of: file, work) { piece in
      // Sound: the call reads the piece's bytes, and counts each of the 256 there are.
      unsafe piece.withUnsafeBytes { bytes in
        unsafe ca_count_bytes(
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &counts)
      }
    }
    let expected = UInt64(work.size) * UInt64(work.operations)
    var count = AppendCount(lost: 0, wrong: counts.reduce(0, +))
    for process in 0..<work.processes {
      let found = min(counts[Int(ca_letter(UInt32(process)))], expected)
      count.lost += expected - found
      count.wrong -= found
    }
    return count
  }

  /// Pieces of whole records, as far as the file has them.
  private static func forEachPiece(
    of file: borrowing OpenFile, _ work: AppendWork, _ body: (RawSpan) -> Void
  ) throws(FileError) {
    var window = FileWindow(capacity: max(1, windowSize / work.size) * work.size)
    for region in work.regions {
      var position = region.lowerBound
      while position < region.upperBound {
        try window.load(file, at: position, end: region.upperBound)
        if window.count == 0 { break }
        body(window.bytes)
        position += UInt64(window.count)
      }
    }
  }
}
