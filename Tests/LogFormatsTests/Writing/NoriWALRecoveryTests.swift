import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `Opening a nori-wal log for appending` {
  private static let records = (UInt8(0)..<10).map { record(bytes: 40, $0) }
  private static var bytes: [UInt8] { records.flatMap(NoriWALEncoder.encode) }

  @Test(
    arguments: [
      ([], 0, 0), ([UInt8](repeating: 0, count: 600), 600, 0), ([0, 0, 0], 3, 0),
      (Array(NoriWALEncoder.encode(record(bytes: 40)).dropLast()), 0, 39),
      (
        Array(NoriWALEncoder.encode(record(bytes: 40)).dropLast(20))
          + [UInt8](repeating: 0, count: 600), 0, 620
      ),
      ([0xff, 0xff, 0xff], 0, 3),
    ] as [([UInt8], UInt64, UInt64)])
  func `cuts zeros and torn bytes behind the last record, and goes on there`(
    tail: [UInt8], zeros: UInt64, torn: UInt64
  ) throws {
    let scene = try WriterScene()
    try scene.directory.write(Self.bytes + tail, to: "000000.wal")
    let writer = try scene.open(segmentSize: 4096)
    let end = NoriWALPosition(segment: 0, offset: 400)
    #expect(writer.position == end)
    var expected = NoriWALRecovered(
      segments: 1, records: 10, tornBytes: torn, zeroBytes: zeros, end: end)
    expected.torn = torn > 0 ? [0] : []
    expected.last = 0
    #expect(writer.recovered == expected)
    #expect(scene.events.map(\.kind) == (torn > 0 ? [.corruptionTruncated] : []))
    // What has records is not preallocated again.
    #expect(try scene.files() == ["000000.wal": 400])
    _ = try writer.append(record(bytes: 50))
    try writer.close()
    #expect(try scene.records() == Self.records + [record(bytes: 50)])
  }

  @Test(arguments: [0, 3, 4096])
  func `preallocates a segment without records again`(zeros: Int) throws {
    let scene = try WriterScene()
    try scene.directory.write(Self.bytes, to: "000004.wal")
    try scene.directory.write([UInt8](repeating: 0, count: zeros), to: "000005.wal")
    let writer = try scene.open(segmentSize: 8192)
    #expect(writer.position == NoriWALPosition(segment: 5, offset: 0))
    #expect(writer.recovered.end == NoriWALPosition(segment: 4, offset: 400))
    #expect(try scene.files() == ["000004.wal": 400, "000005.wal": 8192])
  }

  @Test func `cuts tails of segments in the middle too, and does not mind missing ones`() throws {
    let scene = try WriterScene()
    try scene.directory.write(Self.bytes + [UInt8](repeating: 0, count: 99), to: "000001.wal")
    try scene.directory.write(Self.bytes + [5, 5, 5], to: "000003.wal")
    try scene.directory.write(Self.bytes, to: "1000000.wal")
    try scene.directory.write([1], to: "000009.wal.tmp")
    try scene.directory.write([1], to: "x.wal")
    let writer = try scene.open(segmentSize: 4096)
    #expect(writer.position == NoriWALPosition(segment: 1_000_000, offset: 400))
    #expect(writer.recovered.torn == [3] && writer.recovered.records == 30)
    #expect(
      try scene.files() == [
        "000001.wal": 400, "000003.wal": 400, "1000000.wal": 400, "000009.wal.tmp": 1, "x.wal": 1,
      ])
  }

  @Test func `starts the first segment where there is none, and rotates a full one`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 500)
    #expect(writer.recovered.last == nil && writer.position == .start)
    try writer.close()
    try scene.directory.write(Self.bytes, to: "000000.wal")
    let next = try scene.open(segmentSize: 400)
    #expect(try next.append(record(bytes: 20)).position == .init(segment: 1, offset: 0))
  }

  // MARK: What is refused

  /// The name and the reason why the log is refused, where nothing of it may have changed.
  private func refusal(_ scene: WriterScene) throws -> (file: String?, reason: String) {
    let before = try scene.files()
    let failure = writerFailure { _ = try scene.open(segmentSize: 4096) }
    #expect(try scene.files() == before)
    guard case .unusable(let file, let reason) = failure else {
      Issue.record("\(String(describing: failure))")
      return (nil, "")
    }
    return (file.utf8, reason)
  }

  @Test(arguments: [50, 399 - 80])
  func `is refused where valid records stand behind damage`(place: Int) throws {
    let scene = try WriterScene()
    try scene.directory.write(Self.bytes + [9, 9], to: "000000.wal")
    var damaged = Self.bytes
    damaged[place] ^= 0x10
    try scene.directory.write(damaged, to: "000001.wal")
    try scene.directory.write(Self.bytes, to: "000002.wal")
    let (file, reason) = try refusal(scene)
    #expect(file == "000001.wal")
    #expect(reason.contains("valid records stand behind damage"))
    #expect(reason.contains("at offset \((place / 40 + 1) * 40),"))
  }

  @Test func `is refused where records stand behind zeros`() throws {
    let scene = try WriterScene()
    try scene.directory.write(
      Self.bytes + [UInt8](repeating: 0, count: 5000) + Self.bytes, to: "000000.wal")
    #expect(try refusal(scene).reason.contains("at offset 5400"))
  }

  @Test func `is refused where a file is something else`() throws {
    let scene = try WriterScene()
    try scene.directory.write([UInt8](repeating: 0xee, count: 3000), to: "000000.wal")
    #expect(try refusal(scene).reason.contains("does not begin with a nori-wal record"))
  }

  @Test(arguments: ["1.wal", "0000002.wal", "+3.wal"])
  func `is refused for a name that the owner finds and cannot open`(name: String) throws {
    let scene = try WriterScene()
    try scene.directory.write(Self.bytes + [0], to: "000000.wal")
    try scene.directory.write(Self.bytes, to: name)
    #expect(try refusal(scene).file == name)
  }

  @Test func `is refused for a directory in the place of a segment`() throws {
    let scene = try WriterScene()
    _ = try scene.directory.open().makeDirectory(FileName("000001.wal"))
    let (file, reason) = try refusal(scene)
    #expect(file == "000001.wal" && reason.contains("directory"))
  }

  @Test func `is refused while another writer has the log`() throws {
    let scene = try WriterScene()
    let writer = try scene.open()
    #expect(writerFailure { _ = try scene.open() } == .inUse(FileName(".")))
    try writer.close()
    let next = try scene.open()
    _ = try next.append(record(bytes: 20))
    try next.close()
    // The owner takes no lock, but has its segment open.
    let path = scene.directory.path("000000.wal")
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
    #expect(writerFailure { _ = try scene.open() } == .inUse(FileName("000000.wal")))
    close(descriptor)
    #expect(try scene.open().position.offset == 20)
  }
}
