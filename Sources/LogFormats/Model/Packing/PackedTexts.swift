/// The words that stand in many packed reports, each kept once.
struct PackedTexts: Sendable {
  private(set) var texts: [String] = []
  private var numbers: [String: Int] = [:]

  /// Words that are kept: those of the formats are few, and what is more is not one of them.
  private static let limit = 512

  init() {}

  /// The words of packed reports that were kept elsewhere, in their order.
  init(_ texts: [String]) {
    for text in texts.prefix(Self.limit) where numbers[text] == nil {
      numbers[text] = self.texts.count
      self.texts.append(text)
    }
  }

  /// Writes a text: the number of a kept one, else its bytes.
  mutating func append(_ text: String, to bytes: inout PackedBytes) {
    if let number = number(of: text) {
      bytes.append(count: number + 1)
    } else {
      bytes.append(0)
      bytes.append(data: Array(text.utf8))
    }
  }

  private mutating func number(of text: String) -> Int? {
    if let number = numbers[text] { return number }
    guard texts.count < Self.limit else { return nil }
    numbers[text] = texts.count
    texts.append(text)
    return texts.count - 1
  }

  /// Reads what `append` has written.
  func read(_ reader: inout PackedReader) -> String {
    let number = reader.number()
    if number == 0 { return reader.text() }
    guard number <= UInt64(texts.count) else { return reader.damage("") }
    return texts[Int(number - 1)]
  }
}
