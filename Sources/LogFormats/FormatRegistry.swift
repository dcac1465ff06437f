/// The formats that walscope knows, in the order in which they are tried.
public enum FormatRegistry {
  public static let formats: [any LogFormat] = [
    NoriWAL()
  ]

  /// The format with this name; `raw` for bytes without a format.
  public static func format(named name: String) -> (any LogFormat)? {
    name == RawBytes.formatName ? RawBytes() : formats.first { $0.name == name }
  }
}
