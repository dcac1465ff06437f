import LogFiles

/// The header of an okaywal segment (format page, section 2).
struct OkayWALHeader: Equatable {
  static let magic = Array("okw".utf8)
  /// Magic, version, and the length of the version info.
  static let fixedLength = 5
  /// The longest header: its length field is one byte.
  static let longest = fixedLength + 255

  var versionInfo: [UInt8]

  /// Where entries start.
  var length: Int { Self.fixedLength + versionInfo.count }

  /// Why a header cannot be used.
  struct Failure: Error, Equatable {
    /// The first byte that is wrong.
    var offset: UInt64
    var reason: Reason
    /// The error that the owner's open ends with.
    var ownerError: String
  }

  /// Reads a header in the owner's order of checks. `head` holds the file's first bytes: a whole
  /// header, unless the file is shorter.
  init(_ head: RawSpan) throws(Failure) {
    guard let fixed = head.slice(0, Self.fixedLength),
      let infoLength = fixed.le(UInt8.self, at: 4)
    else { throw Self.short }
    for (place, byte) in Self.magic.enumerated() where fixed.le(UInt8.self, at: place) != byte {
      throw Failure(
        offset: 0, reason: .headerUnreadable,
        ownerError: "segment file did not contain magic code")
    }
    guard fixed.le(UInt8.self, at: 3) == 0 else {
      throw Failure(
        offset: 3, reason: .unknownVersion,
        ownerError: "segment file was written with a newer version")
    }
    guard let info = head.slice(Self.fixedLength, Int(infoLength)) else { throw Self.short }
    versionInfo = []
    versionInfo.append(info, limit: Int(infoLength))
  }

  private static var short: Failure {
    Failure(offset: 0, reason: .headerUnreadable, ownerError: OkayWALHeader.endOfFileError)
  }

  /// What the owner's language says when a file ends before what is asked for.
  static let endOfFileError = "failed to fill whole buffer"
}
