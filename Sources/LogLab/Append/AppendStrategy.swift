/// A way in which several processes append to one file.
public enum AppendStrategy: String, Sendable, CaseIterable {
  case mmlog, write, writev, stdio, direct, aio
  case ioUring = "io_uring"

  /// What a process does, as half a sentence.
  public var summary: String {
    switch self {
    case .mmlog: "reserves by one step on a shared cursor and copies into a shared mapping"
    case .write: "one write to a file opened for appending"
    case .writev: "one writev of two parts to such a file"
    case .stdio: "fwrite and fflush to such a file"
    case .direct:
      "records packed into aligned blocks of 64 KiB, written past the page cache to a region of"
        + " each process"
    case .aio: "batches of 64 writes by io_submit to a file opened for appending"
    case .ioUring: "batches of 64 writes by io_uring to such a file"
    }
  }

  var variant: LabVariant { LabVariant(name: rawValue, title: rawValue) }

  /// Microseconds for a call of the original C program, as published, where the setting is the
  /// same: 4 processes with 100,000 appends of 128 or 1 bytes, or 10,000 of 4,095 bytes each. Its
  /// O_DIRECT timed calls that were refused, so that there is nothing to compare with, and it has no
  /// io_uring.
  public func published(bytes: Int, processes: Int, operations: Int) -> Double? {
    guard processes == 4, operations == AppendExperiment.usualOperations(bytes: bytes) else {
      return nil
    }
    let figures: [Int: Double] =
      switch self {
      case .mmlog: [128: 0.25, 1: 0.04, 4095: 7.55]
      case .write: [128: 0.97, 1: 0.95, 4095: 2.85]
      case .writev: [128: 0.94, 1: 0.92, 4095: 4.05]
      case .stdio: [128: 0.96, 1: 0.92, 4095: 2.95]
      case .aio: [128: 1.21, 1: 1.21, 4095: 6.62]
      case .direct, .ioUring: [:]
      }
    return figures[bytes]
  }
}
