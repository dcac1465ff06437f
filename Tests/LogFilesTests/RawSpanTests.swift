import LogFiles
import Testing

@Suite struct RawSpanTests {
  @Test func `Integers are read in both orders, and not from outside`() {
    let bytes: [UInt8] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88]
    let span = bytes.span.bytes
    #expect(span.le(UInt16.self, at: 1) == 0x0302)
    #expect(span.be(UInt16.self, at: 1) == 0x0203)
    #expect(span.le(UInt64.self, at: 0) == 0x8807_0605_0403_0201)
    #expect(span.be(Int64.self, at: 0) == 0x0102_0304_0506_0788)
    #expect(span.le(Int8.self, at: 7) == -120)
    for offset in [-1, 7, 8, Int.max, Int.max - 1, Int.min] {
      #expect(span.le(UInt16.self, at: offset) == nil)
      #expect(span.be(UInt64.self, at: offset == -1 ? 1 : offset) == nil)
    }
  }

  @Test func `Slices lie inside`() {
    let bytes: [UInt8] = [1, 2, 3, 4]
    let span = bytes.span.bytes
    #expect(span.slice(1, 3)?.le(UInt8.self, at: 2) == 4)
    #expect(span.slice(4, 0)?.byteCount == 0)
    let outside = [(0, 5), (4, 1), (5, 0), (-1, 2), (1, -1), (Int.max, Int.max), (1, Int.max)]
    for (offset, count) in outside {
      let isNil = span.slice(offset, count) == nil
      #expect(isNil)
    }
  }

  @Test func `The first byte that is not zero is found at every place`() {
    for count in [0, 1, 7, 63, 64, 65, 127, 128, 200] {
      var bytes = [UInt8](repeating: 0, count: count)
      #expect(bytes.span.bytes.isZero == true)
      #expect(bytes.span.bytes.firstNonZero() == nil)
      for place in 0..<count {
        bytes[place] = 0x80
        #expect(bytes.span.bytes.firstNonZero() == place)
        #expect(bytes.span.bytes.firstNonZero(from: place) == place)
        #expect(bytes.span.bytes.firstNonZero(from: place + 1) == nil)
        bytes[place] = 0
      }
    }
    let bytes: [UInt8] = [1]
    #expect(bytes.span.bytes.firstNonZero(from: -5) == 0)
    #expect(bytes.span.bytes.firstNonZero(from: Int.max) == nil)
  }
}
