import JSON
import LogFormats
import LogInspection
import TerminalUI
import Testing

@testable import walscope

@Suite("The model of one record")
struct RecordDetailModelTests {
  /// A record of twenty bytes at offset 100: header with two fields, key, value, checksum.
  private func described(offset: UInt64 = 100, computed: UInt32 = 7) -> DescribedRecord {
    let fields = [
      Field(
        "header", offset..<offset + 2, .size(2),
        children: [
          Field("key length", offset..<offset + 1, .size(4)),
          Field(
            "flags", offset + 1..<offset + 2, .number(1),
            children: [Field("tombstone", offset + 1..<offset + 2, .flag(true))]),
        ]),
      Field("key", offset + 2..<offset + 6, .bytes(Array("user".utf8), total: 4)),
      Field("value", offset + 6..<offset + 16, .bytes(Array("0123456789".utf8), total: 10)),
      Field("checksum", offset + 16..<offset + 20, .checksum(7), computed: computed),
    ]
    return DescribedRecord(
      description: RecordDescription(
        record: Record(offset: offset, length: 20, kind: "put"), fields: fields,
        payloads: [Payload(name: "value", stored: offset + 6..<offset + 16)],
        storedChecksum: 7, computedChecksum: computed),
      payloads: [Array("0123456789".utf8)])
  }

  private func row(offset: UInt64 = 100) -> Row {
    .record(Record(offset: offset, length: 20, kind: "put"), number: 4)
  }

  private func shown() -> RecordDetailModel {
    var model = RecordDetailModel()
    model.show(row())
    model.receive(.described(described(), offset: 100))
    return model
  }

  private func names(_ model: RecordDetailModel) -> [String] {
    model.tree.nodes.map { $0.isComputed ? "computed" : $0.field.name }
  }

  @Test("shows the fields at the top open and those below closed")
  func tree() {
    #expect(
      names(shown()) == [
        "header", "key length", "flags", "key", "value", "checksum", "computed",
      ])
  }

  @Test("sets each of several checksums beside what its own bytes give")
  func severalChecksums() {
    let fields = [
      Field("first", 100..<104, .checksum(7), computed: 7),
      Field("second", 104..<108, .checksum(9), computed: 9),
    ]
    var model = RecordDetailModel()
    model.show(row())
    let record = Record(offset: 100, length: 20, kind: "entry")
    model.receive(
      .described(
        DescribedRecord(
          description: RecordDescription(
            record: record, fields: fields, storedChecksum: 9, computedChecksum: 9),
          payloads: []), offset: 100))
    var buffer = CellBuffer(rows: 10, columns: 80, glyphs: Glyphs(ascii: true))
    _ = model.draw(
      into: &buffer, in: buffer.bounds, focus: .fields, words: RecordWords(evidence: .checksum))
    #expect(buffer.lines.filter { $0.contains("agree") }.count == 2)
    #expect(!buffer.lines.contains { $0.contains("differ") })
  }

  @Test("opens and closes fields, and goes to the parent before it leaves")
  func folding() {
    var model = shown()
    model.selectField(2)
    model.openField()
    #expect(names(model).prefix(4) == ["header", "key length", "flags", "tombstone"])
    model.openField()
    #expect(model.selectedNode?.field.name == "tombstone")
    let answer1 = model.closeField()
    #expect(answer1)
    #expect(model.selectedNode?.field.name == "flags")
    let answer2 = model.closeField()
    #expect(answer2)
    #expect(!names(model).contains("tombstone"))
    let answer3 = model.closeField()
    #expect(answer3)
    #expect(model.selectedNode?.field.name == "header")
    let answer4 = model.closeField()
    #expect(answer4)
    let answer5 = model.closeField()
    #expect(!answer5)
  }

  @Test("what is selected in the tree is marked in the dump, and the byte selects its field")
  func linked() {
    var model = shown()
    model.selectField(4)
    #expect(model.marked == 106..<116)
    #expect(model.cursor == 106)
    for (byte, name) in [(100, "key length"), (101, "flags"), (105, "key"), (119, "checksum")] {
      model.selectByte(UInt64(byte))
      #expect(model.selectedNode?.field.name == name)
      #expect(model.marked?.contains(UInt64(byte)) == true)
    }
  }

  @Test("every byte of a record selects a field that owns it, whatever is folded")
  func everyByte() {
    var model = shown()
    for isOpen in [true, false] {
      model.selectField(0)
      if !isOpen { _ = model.closeField() }
      for byte in UInt64(100)..<120 {
        model.selectByte(byte)
        #expect(model.marked?.contains(byte) == true)
      }
    }
  }

  @Test("the cursor stays inside the record however it is moved")
  func cursor() {
    var model = shown()
    model.layOut(columns: 80)
    for motion in [Motion.first, .up, .pageUp, .down, .down, .pageDown, .last, .down, .up] {
      model.moveByte(motion)
      #expect(model.range.contains(model.cursor))
    }
    while model.stepByte(forward: false) {}
    #expect(model.cursor == 100)
    while model.stepByte(forward: true) {}
    #expect(model.cursor == 119)
  }

  @Test("the next record keeps the selected field and what was opened")
  func nextRecord() {
    var model = shown()
    model.selectField(2)
    model.toggleField()
    model.selectField(3)
    #expect(model.selectedNode?.field.name == "tombstone")
    model.show(row(offset: 200))
    model.receive(.described(described(offset: 200), offset: 200))
    #expect(model.selectedNode?.field.name == "tombstone")
    #expect(model.cursor == 201)
  }

  @Test("who runs through the list gets the description of the last record, one at a time")
  func oneAtATime() {
    var model = RecordDetailModel()
    model.show(row())
    let answer6 = model.takeRequests()
    #expect(answer6.filter { $0.isDescription } == [.describe(offset: 100)])
    model.show(row(offset: 120))
    model.show(row(offset: 140))
    let answer7 = model.takeRequests()
    #expect(answer7.filter { $0.isDescription }.isEmpty)
    model.receive(.described(described(), offset: 100))
    #expect(model.description == nil)
    let answer8 = model.takeRequests()
    #expect(answer8.filter { $0.isDescription } == [.describe(offset: 140)])
  }

  @Test("of a value of four gigabytes only the lines around the screen are read")
  func hugeValue() {
    var model = RecordDetailModel()
    model.show(.record(Record(offset: 10, length: 4 << 30, kind: "put"), number: 0))
    model.layOut(columns: 80)
    model.lines.setVisibleRows(30)
    let answer9 = model.takeRequests()
    #expect(answer9.count { !$0.isDescription } == 1)
    model.moveByte(.last)
    #expect(model.cursor == 9 + 4 << 30)
    let chunks = model.takeRequests().compactMap { request -> UInt64? in
      if case .bytes(let chunk) = request { chunk } else { nil }
    }
    #expect(chunks.count <= 2)
    #expect(chunks.allSatisfy { $0 >= (4 << 30) / ByteCache.chunkSize - 1 })
  }

  @Test("a record that cannot be described says why, once")
  func failure() {
    var model = RecordDetailModel()
    model.show(row())
    _ = model.takeRequests()
    model.receive(.failed("reading failed", .describe(offset: 100)))
    #expect(model.problem == "reading failed")
    model.show(row())
    let answer10 = model.takeRequests()
    #expect(answer10.filter { $0.isDescription }.isEmpty)
  }
}

extension RecordRequest {
  fileprivate var isDescription: Bool {
    if case .describe = self { true } else { false }
  }
}

@Suite("The dump of a record")
struct HexLayoutTests {
  @Test("has sixteen bytes a line where they fit, else eight")
  func width() {
    #expect(HexLayout(0..<100, columns: 76).bytesPerLine == 16)
    #expect(HexLayout(0..<100, columns: 75).bytesPerLine == 8)
    #expect(HexLayout(0..<(1 << 40), columns: 84).bytesPerLine == 16)
    #expect(HexLayout(0..<(1 << 40), columns: 83).bytesPerLine == 8)
  }

  @Test("its lines tile the record, and each byte is on the line that says so")
  func lines() {
    for start in UInt64(0)..<20 {
      for length in UInt64(0)..<40 {
        let layout = HexLayout(start..<start + length, columns: 80)
        var next = start
        for line in 0..<layout.lineCount {
          let bytes = layout.bytes(ofLines: line..<line + 1)
          #expect(bytes.lowerBound == next && !bytes.isEmpty)
          for byte in bytes { #expect(layout.line(of: byte) == line) }
          next = bytes.upperBound
        }
        #expect(next == start + length)
      }
    }
  }

  @Test("a click finds the byte that is drawn there, in digits and characters")
  func clicks() {
    let layout = HexLayout(3..<40, columns: 80)
    var buffer = CellBuffer(rows: 4, columns: 80)
    for line in 0..<layout.lineCount {
      layout.draw(
        line: line, into: &buffer, in: buffer.bounds.line(line), mark: HexLayout.Mark(),
        isHidden: { _ in false }, byte: { UInt8($0) })
    }
    for column in 10..<57 {
      guard let found = layout.offset(atColumn: column, line: 1) else { continue }
      let digits = buffer.lines[1].dropFirst(column).prefix(1)
      #expect(Hexadecimal.digits(UInt8(found)).contains(digits))
    }
    #expect(layout.offset(atColumn: 0, line: 1) == nil)
    #expect(layout.offset(atColumn: 10, line: 0) == nil)
  }
}

@Suite("Payloads as text")
struct PayloadTextTests {
  private func payload(_ bytes: [UInt8]) -> PayloadText {
    PayloadText(Payload(name: "value", stored: 0..<UInt64(bytes.count)), bytes: bytes)
  }

  @Test("JSON is indented, whether it was before or not")
  func indentation() {
    let wanted = "{\n  \"a\": 1,\n  \"b\": [\n    \"x y\",\n    {}\n  ]\n}"
    for text in ["{\"a\":1,\"b\":[\"x y\",{}]}", "{ \"a\": 1,\n\n \"b\" : [ \"x y\", {} ] }"] {
      let indented = String(decoding: PayloadText.indented(Array(text.utf8)), as: UTF8.self)
      #expect(indented.filter { $0 != " " } == wanted.filter { $0 != " " })
    }
  }

  @Test("no byte but blanks is lost or added when a text that is no JSON is indented")
  func nothingIsLost() {
    let text: [UInt8] = Array("}}]] \"open { string, \\\" ".utf8) + [0xff, 0x00, 0x1b]
    let blanks: Set<UInt8> = [0x20, 0x0A]
    #expect(
      PayloadText.indented(text).filter { !blanks.contains($0) }
        == text.filter { !blanks.contains($0) })
  }

  @Test("the likely way to read it is the first")
  func likelyMode() {
    #expect(payload(Array("{\"a\":1}".utf8)).mode == .json)
    #expect(payload(Array("hello".utf8)).mode == .text)
    #expect(payload([0, 1, 2, 3, 4, 5]).mode == .hex)
    #expect(payload([]).mode == .text)
  }

  @Test("every byte of a text is shown or escaped")
  func escapes() {
    var text = payload(Array("a\tb\u{1b}[31m".utf8) + [0xff])
    text.mode = .text
    #expect(text.lines(columns: 80, ascii: false).map(\.text) == ["a\\tb\\x1b[31m\\xff"])
  }
}
