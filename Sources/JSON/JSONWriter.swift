public import LogFiles
import SafeText

/// Where JSON goes: text, piece by piece.
public protocol JSONSink: AnyObject {
  func write(_ bytes: [UInt8])
  func write(_ text: String)
}

/// Writes JSON as it is made, without holding it: one value a line.
///
/// Strings are exact. Control characters and everything else that a terminal must not see are
/// written as `\u00XX`, so that the output is safe to look at as it is.
public struct JSONWriter {
  private let stream: any JSONSink
  private let isASCII: Bool
  private var needsComma = false

  /// Writes into `stream`; with `ascii` everything beyond ASCII is escaped.
  public init(_ stream: any JSONSink, ascii: Bool = false) {
    self.stream = stream
    isASCII = ascii
  }

  /// Elements of an array that are written at most; the rest is told as a number.
  public static let arrayLimit = 10_000

  // MARK: Values

  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    begin("{")
    members(&self)
    end("}")
  }

  public mutating func array<Elements: Sequence>(
    _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
  ) {
    begin("[")
    for value in elements { element(&self, value) }
    end("]")
  }

  public mutating func null() { scalar("null") }
  public mutating func value(_ flag: Bool) { scalar(flag ? "true" : "false") }
  public mutating func value(_ number: some BinaryInteger) { scalar(String(number)) }

  /// A finite number, rounded to so many digits behind the point.
  public mutating func value(_ number: Double, digits: Int) {
    scalar(FixedPoint.text(number, digits: digits))
  }

  public mutating func value(_ text: String) {
    separate()
    writeString(text)
  }

  /// Ends a line of output, behind a value that stands in nothing else.
  public mutating func endLine() {
    stream.write("\n")
    needsComma = false
  }

  // MARK: Members

  public mutating func key(_ name: String) {
    separate()
    writeString(name)
    stream.write(":")
    needsComma = false
  }

  public mutating func member(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  public mutating func member(_ name: String, _ number: (some BinaryInteger)?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  public mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  public mutating func member(_ name: String, _ members: (inout JSONWriter) -> Void) {
    key(name)
    object(members)
  }

  /// An array, cut where it is long, or where `total` says that there are more elements than it
  /// has; then `nameTotal` and `truncated` stand beside it.
  public mutating func member<Elements: Collection>(
    _ name: String, array elements: Elements, isCut: Bool = true, total: Int? = nil,
    _ element: (inout JSONWriter, Elements.Element) -> Void
  ) {
    let all = total ?? elements.count
    key(name)
    array(elements.prefix(isCut ? Self.arrayLimit : .max), element)
    if isCut, all > min(elements.count, Self.arrayLimit) {
      member("\(name)Total", all)
      member("truncated", true)
    }
  }

  /// A file name or path. Bytes that are not UTF-8 are written as `\xNN`; then the exact bytes
  /// stand beside in base64, as `nameBytes`.
  public mutating func member(_ name: String, file: FileName) {
    member(name, Self.text(of: file))
    if file.utf8 == nil { member("\(name)Bytes", Base64.encode(file.bytes)) }
  }

  /// Bytes of a record: as text where they are printable text, else in base64. `total` is their
  /// full length, told when they are cut.
  public mutating func member(_ name: String, bytes: [UInt8], total: UInt64, isRedacted: Bool) {
    member(name) { json in
      if isRedacted {
        json.member("redacted", true)
        json.member("length", total)
        return
      }
      let isCut = total > UInt64(bytes.count)
      let shown = isCut ? Self.cutToWholeScalars(bytes) : bytes
      if let text = Self.printableText(shown) {
        json.member("utf8", text)
      } else {
        json.member("base64", Base64.encode(bytes))
      }
      if isCut {
        json.member("truncated", true)
        json.member("length", total)
      }
    }
  }

  // MARK: Text

  /// The bytes as text when all of them may be shown as they are.
  public static func printableText(_ bytes: [UInt8]) -> String? {
    var scalars = SafeScalars(bytes.rawBytes)
    while let step = scalars.next() {
      switch step {
      case .base, .mark: continue
      case .escapedScalar, .escapedByte: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A name as text, bytes that are not UTF-8 as `\xNN`.
  public static func text(of name: FileName) -> String {
    if let text = name.utf8 { return text }
    var text = ""
    var rest = name.bytes[...]
    while !rest.isEmpty {
      let length = (1...min(4, rest.count)).first {
        String(validating: rest.prefix($0), as: UTF8.self) != nil
      }
      if let length {
        text += String(decoding: rest.prefix(length), as: UTF8.self)
        rest = rest.dropFirst(length)
      } else {
        text += "\\x" + Hexadecimal.digits(rest.removeFirst())
      }
    }
    return text
  }

  /// Drops a scalar that the cut has left half.
  private static func cutToWholeScalars(_ bytes: [UInt8]) -> [UInt8] {
    guard let start = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }),
      String(validating: bytes[start...], as: UTF8.self) == nil, bytes[start] >= 0xC0
    else { return bytes }
    return Array(bytes[..<start])
  }

  // MARK: Writing

  private mutating func separate() {
    if needsComma { stream.write(",") }
    needsComma = true
  }

  private mutating func scalar(_ text: String) {
    separate()
    stream.write(text)
  }

  public mutating func begin(_ bracket: String) {
    separate()
    stream.write(bracket)
    needsComma = false
  }

  public mutating func end(_ bracket: String) {
    stream.write(bracket)
    needsComma = true
  }

  private func writeString(_ text: String) {
    var output: [UInt8] = [UInt8(ascii: "\"")]
    let bytes = Array(text.utf8)
    var scalars = SafeScalars(bytes.rawBytes, asciiOnly: isASCII)
    while let step = scalars.next() {
      switch step {
      case .base("\"", _): output += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
      case .base("\\", _): output += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
      case .base(let scalar, _), .mark(let scalar):
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      case .escapedScalar(let scalar):
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          output.append(contentsOf: "\\u\(Hexadecimal.digits(unit))".utf8)
        }
      // A string is always well-formed.
      case .escapedByte: continue
      }
    }
    output.append(UInt8(ascii: "\""))
    stream.write(output)
  }
}
