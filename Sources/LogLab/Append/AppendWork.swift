import CAppend
import LogFiles

/// What the processes of one run do together.
struct AppendWork: Equatable, Sendable {
  let strategy: AppendStrategy
  /// Bytes of each record.
  let size: Int
  let processes: Int
  /// Records of each process.
  let operations: Int

  static let fileName = FileName("append.log")

  /// Bytes of all records.
  var payload: UInt64 { UInt64(size) * UInt64(processes) * UInt64(operations) }

  /// The bytes from one region of a process to that of the next one, with `direct`.
  private var regionSize: UInt64 {
    let block = UInt64(CA_BLOCK)
    return (UInt64(size) * UInt64(operations) + block - 1) / block * block
  }

  /// Where the records of a process begin, with `direct`.
  func regionStart(_ process: Int) -> UInt64 { UInt64(process) * regionSize }

  /// Where records stand one behind the other.
  var regions: [Range<UInt64>] {
    guard strategy == .direct else { return [0..<payload] }
    let length = UInt64(size) * UInt64(operations)
    return (0..<processes).map { regionStart($0)..<regionStart($0) + length }
  }

  /// Bytes that the file may take.
  var fileSize: UInt64 {
    strategy == .direct ? regionStart(processes) : payload + 2 * AppendProcess.chunkSize
  }

  /// The words by which a process is told.
  var arguments: [String] {
    [strategy.rawValue, String(size), String(processes), String(operations)]
  }

  /// Nil for words that are none of ours.
  init?(arguments: [String]) {
    let numbers = arguments.dropFirst().compactMap { Int($0) }
    guard arguments.count == 4, numbers.count == 3, let first = arguments.first,
      let strategy = AppendStrategy(rawValue: first), numbers.allSatisfy({ $0 > 0 })
    else { return nil }
    self.init(
      strategy: strategy, size: numbers[0], processes: numbers[1], operations: numbers[2])
  }

  init(strategy: AppendStrategy, size: Int, processes: Int, operations: Int) {
    self.strategy = strategy
    self.size = size
    self.processes = processes
    self.operations = operations
  }
}
