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

  /// The data file that goes with this metadata file, nil for a file that is none.
  ///
  /// A data file may have any name. Where nothing but its name speaks for metadata, and a metadata
  /// file of its own stands beside it, it holds data.
  static func data(ofMetadata name: FileName, beside isThere: (FileName) -> Bool) -> FileName? {
    guard let data = data(ofMetadata: name) else { return nil }
    return isThere(data) || !isThere(metadata(ofData: name)) ? data : nil
  }

  static func metadata(ofData name: FileName) -> FileName { FileName(name.bytes + suffix) }
}
