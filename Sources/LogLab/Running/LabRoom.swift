import LogFiles
import Quantities

/// How much an experiment may write, so that no disk is filled.
public struct LabRoom: Sendable, Equatable {
  /// The most bytes that its files may take at one time.
  public var limit: UInt64

  /// The limit unless somebody asks for another one: 2 GiB.
  public static let standard = LabRoom(limit: 2 << 30)

  public init(limit: UInt64) { self.limit = limit }

  /// What stays free whatever is asked for: a twentieth of the file system, but not less than
  /// 16 MiB and not more than 2 GiB.
  static func reserve(of fileSystem: FileSystemInfo) -> UInt64 {
    min(max(fileSystem.total / 20, 16 << 20), 2 << 30)
  }

  /// Says whether files of `bytes` may be made there.
  ///
  /// - Throws: `LabFailure` that refuses.
  func require(_ bytes: UInt64, on fileSystem: FileSystemInfo) throws(LabFailure) {
    guard bytes <= limit else {
      throw LabFailure(
        .refused,
        "the experiment needs \(Quantity.bytes(bytes)), and may take \(Quantity.bytes(limit))",
        advice: "ask for less, or give it more with --max-bytes")
    }
    let reserve = Self.reserve(of: fileSystem)
    guard fileSystem.free >= reserve, bytes <= fileSystem.free - reserve else {
      throw LabFailure(
        .refused,
        "the experiment needs \(Quantity.bytes(bytes)) and leaves \(Quantity.bytes(reserve)) free;"
          + " only \(Quantity.bytes(fileSystem.free)) are",
        advice: "ask for less, make room, or name a directory elsewhere")
    }
  }
}
