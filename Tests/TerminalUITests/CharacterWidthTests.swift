import TerminalUI
import Testing
import SafeText

@Suite("Width of characters")
struct CharacterWidthTests {
  @Test(
    "Each kind of scalar has its width",
    arguments: [
      ("a", .narrow), (" ", .narrow), ("~", .narrow), ("é", .narrow), ("─", .narrow),
      ("█", .narrow), ("▏", .narrow), ("»", .narrow), ("א", .narrow), ("ﷺ", .narrow),
      ("漢", .wide), ("한", .wide), ("Ａ", .wide), ("🙂", .wide), ("\u{3000}", .wide),
      ("\u{20000}", .wide), ("⌚", .wide),
      ("\u{301}", .combining), ("\u{20DD}", .combining), ("\u{1161}", .combining),
      ("\u{0}", .escaped), ("\u{7F}", .escaped), ("\u{85}", .escaped), ("\u{AD}", .escaped),
      ("\u{200D}", .escaped), ("\u{FE0F}", .escaped), ("\u{1F1E6}", .escaped),
      ("\u{1F3FB}", .escaped), ("\u{E000}", .escaped), ("\u{378}", .escaped),
      ("\u{3164}", .escaped), ("\u{FFFE}", .escaped), ("\u{10FFFF}", .escaped),
    ] as [(Unicode.Scalar, CharacterWidth)])
  func kinds(scalar: Unicode.Scalar, width: CharacterWidth) {
    #expect(CharacterWidth(scalar) == width)
  }

  @Test("Every glyph that frames and bars are drawn with takes one column for each character")
  func glyphs() {
    for glyphs in [Glyphs(ascii: false), Glyphs(ascii: true)] {
      let texts =
        [
          glyphs.ellipsis, glyphs.resync, glyphs.arrow, glyphs.up, glyphs.dot, glyphs.mark,
          glyphs.expanded, glyphs.collapsed, glyphs.horizontal, glyphs.vertical,
        ] + Glyphs.Corner.allCases.map(glyphs.corner) + Fill.allCases.map(glyphs.fill)
        + (1...7).map(glyphs.partial) + glyphs.levels
      for text in texts {
        #expect(DisplayText.columns(of: text) == text.count, "\(text)")
        #expect(!glyphs.ascii || text.utf8.allSatisfy { $0 < 0x7F }, "\(text)")
      }
    }
  }
}
