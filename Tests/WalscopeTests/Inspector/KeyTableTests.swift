import TerminalUI
import Testing

@testable import walscope

@Suite("The key table of the inspector")
struct KeyTableTests {
  @Test("No key means two things on one screen", arguments: KeyContext.allCases)
  func noConflicts(context: KeyContext) {
    #expect(KeyTable.keys.conflicts(in: context).isEmpty)
  }

  @Test("Every screen names help in a footer that fits 80 columns", arguments: KeyContext.allCases)
  func footers(context: KeyContext) {
    let footer = KeyTable.keys.footer(
      in: context, columns: 78, glyphs: Glyphs(ascii: true),
      omitting: Set(KeyTable.opening(context)))
    let text = footer.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
    #expect(text.utf8.count <= 78)
    switch context {
    case .help: #expect(text.contains("q back"))
    case .dialog: #expect(text.contains("Esc cancel"))
    default: #expect(text.contains("? help"))
    }
  }

  @Test("A log is followed and paused where its rows are seen", arguments: KeyContext.allCases)
  func following(context: KeyContext) {
    let places: [KeyContext] = [.segments, .records, .record, .extents]
    let action = KeyTable.keys.action(for: .character("F"), in: context)
    #expect((action == .follow) == places.contains(context))
    let pause = KeyTable.keys.action(for: .character("p"), in: context)
    #expect((pause == .pause) == (places + [.experiment]).contains(context))
  }

  @Test("A typed place is an offset, a number or a name")
  func typedPlaces() {
    #expect(TypedPlace("0x1F40") == .offset(0x1f40))
    #expect(TypedPlace("41,120") == .number(41_120))
    #expect(TypedPlace("000007.wal") == .name("000007.wal"))
    #expect(TypedPlace("0xzz") == .name("0xzz"))
    #expect(TypedPlace("99999999999999999999") == .name("99999999999999999999"))
  }
}
