/// The formats that walscope knows, in the order in which they are tried.
public enum FormatRegistry {
  public static let formats: [any LogFormat] = [
    NoriWAL(), OkayWAL(), TegDB(), Tgstream(), Mmlog(),
  ]

  /// Bytes without a format: what is shown of a file that nothing recognises.
  public static let raw: any LogFormat = RawBytes()

  /// The format with this name; `raw` for bytes without a format.
  public static func format(named name: String) -> (any LogFormat)? {
    name == raw.name ? raw : formats.first { $0.name == name }
  }
}
