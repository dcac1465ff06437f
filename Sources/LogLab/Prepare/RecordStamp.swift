import LogFiles

/// What a record of the experiment begins with, so that each is found again and none twice.
struct RecordStamp: Equatable {
  /// In bytes.
  static let size = 8
  let number: UInt64

  /// The stamp of the operation of this number, from 0, in this round.
  init(round: Int, operation: Int) {
    number = UInt64(round + 1) << 48 | UInt64(operation)
  }

  func write(to record: inout [UInt8]) {
    for index in 0..<Self.size { record[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
  }

  private static func number(at offset: Int, in bytes: [UInt8]) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
  }

  /// Reads all of a file and answers how many operations of the round have left no record.
  ///
  /// - Throws: `FileError` of a read.
  static func missing(
    in file: consuming OpenFile, round: Int, operations: Int, recordSize: Int
  ) throws(FileError) -> Int {
    var isThere = [Bool](repeating: false, count: operations)
    let first = RecordStamp(round: round, operation: 0).number
    let perPiece = max(1, (1 << 20) / recordSize)
    var record = 0
    while record < operations {
      let count = min(perPiece, operations - record)
      let start = UInt64(record) * UInt64(recordSize)
      let bytes = try file.bytes(in: start..<(start + UInt64(count * recordSize)))
      for index in 0..<count where (index + 1) * recordSize <= bytes.count {
        let operation = number(at: index * recordSize, in: bytes) &- first
        if operation < UInt64(operations) { isThere[Int(operation)] = true }
      }
      record += count
    }
    return isThere.count { !$0 }
  }
}
