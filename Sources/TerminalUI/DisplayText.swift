import SafeText

/// Foreign bytes (record contents, file names, error texts) as text that can be shown safely.
///
/// - Invalid UTF-8 is shown as `\xNN`, byte by byte.
/// - TAB, LF and CR are shown as `\t`, `\n` and `\r`; other controls below U+0080 as `\xNN`.
/// - Every other scalar that controls, reorders, hides or has no certain width is shown as
///   `\u{202e}`: C1 controls, line separators, bidirectional controls, zero-width and invisible
///   scalars, variation selectors, tags, unassigned and private scalars.
/// - A base keeps at most ``SafeScalars/marksPerBase`` combining marks, the rest are shown as
///   `\u{301}`; so are marks without a base.
/// - A backslash stays a backslash. The text is for reading and is therefore not reversible;
///   exact bytes are what JSON output is for.
public enum DisplayText {
  /// The safe text of `bytes`.
  ///
  /// With `columns`, the text is cut to that many columns and then ends in an ellipsis; no more of
  /// `bytes` is read than is shown. With `ascii`, the result is pure ASCII.
  public static func escape(_ bytes: RawSpan, columns: Int? = nil, ascii: Bool = false) -> String {
    var output: [UInt8] = []
    if let columns {
      for piece in line(bytes, columns: columns, ascii: ascii).pieces {
        output.append(contentsOf: piece.text.utf8)
      }
    } else {
      append(bytes, to: &output, ascii: ascii)
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The safe text of a sequence of bytes; see ``escape(_:columns:ascii:)``.
  public static func escape(
    _ bytes: some Sequence<UInt8>, columns: Int? = nil, ascii: Bool = false
  ) -> String {
    let array = Array(bytes)
    // Sound: the span is of bytes and does not outlive the array.
    return unsafe escape(array.span.bytes, columns: columns, ascii: ascii)
  }

  /// The safe text of a string, which may come from anywhere; see ``escape(_:columns:ascii:)``.
  public static func escape(_ text: String, columns: Int? = nil, ascii: Bool = false) -> String {
    escape(text.utf8, columns: columns, ascii: ascii)
  }

  /// Appends the safe text of `bytes` as UTF-8, for output that is written in large pieces.
  public static func append(_ bytes: RawSpan, to output: inout [UInt8], ascii: Bool = false) {
    var scalars = SafeScalars(bytes, asciiOnly: ascii)
    while let step = scalars.next() {
      switch step {
      case .base(let scalar, _), .mark(let scalar):
        if scalar.isASCII {
          output.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
          output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
      case .escapedScalar(let scalar): output.append(contentsOf: escapeText(scalar).utf8)
      case .escapedByte(let byte): output.append(contentsOf: escapeText(byte).utf8)
      }
    }
  }

  /// The columns that the safe text of `text` takes.
  public static func columns(of text: String, ascii: Bool = false) -> Int {
    line(text, columns: .max, ascii: ascii).columns
  }

  static func escapeText(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\t": "\\t"
    case "\n": "\\n"
    case "\r": "\\r"
    default:
      scalar.isASCII
        ? escapeText(UInt8(truncatingIfNeeded: scalar.value))
        : "\\u{\(String(scalar.value, radix: 16))}"
    }
  }

  static func escapeText(_ byte: UInt8) -> String {
    "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
  }
}
