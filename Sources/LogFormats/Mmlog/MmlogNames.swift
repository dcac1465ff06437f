import LogFiles

/// How the two files of an mmlog belong together (format page, section 1).
enum MmlogNames {
  private static let suffix = Array(".mmlog".utf8)

  /// The data file that a metadata file of this name goes with, nil for any other name.
  static func data(ofMetadata name: FileName) -> FileName? {
    guard name.bytes.count > suffix.count, name.bytes.suffix(suffix.count).elementsEqual(suffix)
    else { return nil }
    return FileName(Array(name.bytes.dropLast(suffix.count)))
  }

  static func metadata(ofData name: FileName) -> FileName { FileName(name.bytes + suffix) }
}
