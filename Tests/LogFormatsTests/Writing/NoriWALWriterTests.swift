import LogFiles
import Synchronization
import TestSupport
import Testing

@testable import LogFormats

struct `A nori-wal writer` {
  // MARK: Records

  @Test func `writes every kind of record so that it reads back as it was given`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 1 << 20)
    var given: [NoriWALRecord] = []
    for isTombstone in [false, true] {
      for time in [nil, 0, 300_000, UInt64.max] {
        for compression in NoriWALRecord.Compression.allCases {
          for value in [[], [7], [UInt8](repeating: 9, count: 5000)] as [[UInt8]] {
            given.append(
              NoriWALRecord(
                key: Array("key \(given.count)".utf8), value: value, isTombstone: isTombstone,
                ttlMilliseconds: time, compression: compression))
          }
        }
      }
    }
    for (number, record) in given.enumerated() {
      let added = try writer.append(record)
      #expect(added.position.segment == 0 && added.isDurable == false)
      if number == 0 { #expect(added.position == .start) }
    }
    try writer.close()
    #expect(try scene.records() == given)
    #expect(try scene.bytes("000000.wal") == given.flatMap(NoriWALEncoder.encode))
  }

  @Test func `answers the start of each record, and tells where the next one goes`() throws {
    let scene = try WriterScene()
    let writer = try scene.open()
    #expect(writer.position == .start)
    #expect(try writer.append(record(bytes: 20)).position.offset == 0)
    #expect(try writer.append(record(bytes: 30)).position.offset == 20)
    #expect(writer.position == NoriWALPosition(segment: 0, offset: 50))
    let appended = try writer.append(key: [1], value: [2])
    #expect(
      appended == Appended(file: FileName("000000.wal"), offset: 50, isDurable: false))
  }

  // MARK: Rotation

  @Test(arguments: [99, 100, 101])
  func `fills a segment to the last byte, and not beyond`(last: Int) throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 200)
    _ = try writer.append(record(bytes: 100))
    let added = try writer.append(record(bytes: last))
    try writer.close()
    let fits = last <= 100
    #expect(added.position == NoriWALPosition(segment: fits ? 0 : 1, offset: fits ? 100 : 0))
    #expect(
      try scene.files()
        == (fits
          ? ["000000.wal": 100 + UInt64(last)] : ["000000.wal": 100, "000001.wal": 101]))
  }

  @Test func `gives a record that is too large a segment of its own, and leaves an empty one`()
    throws
  {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 50)
    #expect(try writer.append(record(bytes: 120)).position == .init(segment: 1, offset: 0))
    #expect(try writer.append(record(bytes: 10)).position == .init(segment: 2, offset: 0))
    try writer.close()
    #expect(
      try scene.files() == ["000000.wal": 0, "000001.wal": 120, "000002.wal": 10])
    #expect(
      scene.events.map(\.kind) == [.segmentRoll(bytes: 0), .segmentRoll(bytes: 120)])
  }

  @Test func `never splits a batch, and looks once whether it fits`() throws {
    let scene = try WriterScene()
    let script = FaultScript()
    let writer = try scene.open(segmentSize: 100, policy: .always, calls: script.calls)
    _ = try writer.append(record(bytes: 40))
    let (writes, syncs) = (script.count(.write), script.count(.sync))
    // 60 fit; the whole batch goes into the next segment, and beyond its size.
    let added = try writer.append(batch: (UInt8(0)..<5).map { record(bytes: 50, $0) })
    #expect(added.map(\.position) == (0..<5).map { .init(segment: 1, offset: 50 * $0) })
    #expect(!added.contains { !$0.isDurable })
    #expect(script.count(.write) - writes == 1)
    // The end of one segment, the start of the next with its name, and the batch.
    #expect(script.count(.sync) - syncs == 4)
    #expect(try writer.append(batch: []).isEmpty)
    #expect(try writer.append(record(bytes: 10)).position.segment == 2)
    try writer.close()
    #expect(try scene.files() == ["000000.wal": 40, "000001.wal": 250, "000002.wal": 10])
  }

  // MARK: Preallocation

  @Test(arguments: [Preallocation.allocate, .setLength, .none])
  func `takes a whole segment in advance, and gives back what it did not use`(
    preallocation: Preallocation
  ) throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 8192, preallocation: preallocation)
    #expect(try scene.files() == ["000000.wal": preallocation == .none ? 0 : 8192])
    _ = try writer.append(record(bytes: 100))
    #expect(try scene.files() == ["000000.wal": preallocation == .none ? 100 : 8192])
    try writer.close()
    try writer.close()
    #expect(try scene.files() == ["000000.wal": 100])
    #expect(writerFailure { _ = try writer.append(record(bytes: 10)) } == .ended)
    #expect(writerFailure { try writer.sync() } == .ended)
  }

  @Test func `sets the length alone where the file system cannot allocate`() throws {
    let scene = try WriterScene()
    let script = FaultScript { call, _ in call == .preallocate ? .error(95) : nil }
    let writer = try scene.open(segmentSize: 1 << 20, calls: script.calls)
    _ = try writer.append(record(bytes: 100))
    let status = try scene.directory.open().status(of: FileName("000000.wal"))
    #expect(status.size == 1 << 20 && status.allocated < 1 << 20)
  }

  @Test func `ends the segment when it is let go, and leaves it when it is abandoned`() throws {
    let scene = try WriterScene()
    do {
      let writer = try scene.open(segmentSize: 4096)
      _ = try writer.append(record(bytes: 100))
    }
    #expect(try scene.files() == ["000000.wal": 100])
    do {
      let writer = try scene.open(segmentSize: 150)
      _ = try writer.append(record(bytes: 100))
      writer.abandon()
    }
    #expect(try scene.files() == ["000000.wal": 100, "000001.wal": 150])
  }

  // MARK: When it waits for the disk

  @Test func `waits with each append under the policy always, and never under os`() throws {
    for (policy, waits) in [(NoriWALSyncPolicy.always, 10), (.os, 0)] {
      let scene = try WriterScene()
      let script = FaultScript()
      let writer = try scene.open(policy: policy, calls: script.calls)
      let before = script.count(.sync)
      for _ in 0..<10 {
        #expect(try writer.append(record(bytes: 20)).isDurable == (policy == .always))
      }
      #expect(script.count(.sync) - before == waits)
      #expect(scene.events.count == waits)
      try writer.sync()
      #expect(script.count(.sync) - before == (policy == .always ? 10 : 1))
    }
  }

  @Test func `waits with the first append of a batch window, and with none before the next`()
    throws
  {
    let scene = try WriterScene()
    let writer = try scene.open(policy: .batch(.milliseconds(5)))
    func append() throws -> Bool { try writer.append(record(bytes: 10)).isDurable }
    #expect(try append())
    #expect(try !append())
    scene.time.add(4_999_999, ordering: .relaxed)
    #expect(try !append())
    scene.time.add(1, ordering: .relaxed)
    #expect(try append())
    #expect(try !append())
    // No timer: an hour without appends syncs nothing.
    scene.time.add(3_600_000_000_000, ordering: .relaxed)
    #expect(writer.metrics.fsync.snapshot.count == 2)
    try writer.sync()
    #expect(try !append())
  }

  @Test func `knows the words of its policies`() {
    #expect(NoriWALSyncPolicy(word: "batch") == .batch(.milliseconds(5)))
    #expect(NoriWALSyncPolicy(word: "batch=20ms") == .batch(.milliseconds(20)))
    #expect(NoriWALSyncPolicy(word: "batch=1s") == .batch(.seconds(1)))
    for word in ["batch=", "batch=5", "batch=ms", "batch=5min", "Always", ""] {
      #expect(NoriWALSyncPolicy(word: word) == nil)
    }
    for policy in NoriWAL().writerPolicies { #expect(NoriWALSyncPolicy(word: policy.name) != nil) }
    #expect(NoriWAL().writerPolicies.first?.name == "batch")
  }

  @Test func `takes no options that the owner refuses`() throws {
    let scene = try WriterScene()
    let directory = try scene.directory.open()
    for (policy, size) in [
      ("os", UInt64(1 << 20) - 1), ("batch=0ms", 1 << 20), ("batch=1001ms", 1 << 20),
    ] {
      let failure = writerFailure {
        _ = try NoriWAL().openWriter(
          in: directory, options: WriterOptions(policy: policy, segmentSize: size))
      }
      guard case .refused = failure else {
        Issue.record("\(policy), \(size): \(String(describing: failure))")
        continue
      }
    }
    let failure = writerFailure {
      _ = try NoriWAL().openWriter(in: directory, options: WriterOptions(policy: "never"))
    }
    guard case .unsupported = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(try scene.files().isEmpty)
  }

  // MARK: Deleting

  @Test func `deletes what is below the segment of a position, and nothing at or behind its own`()
    throws
  {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 100)
    for _ in 0..<6 { _ = try writer.append(record(bytes: 100)) }
    #expect(try writer.deleteSegments(before: .init(segment: 4, offset: 0)) == 4)
    #expect(try scene.files().keys.sorted() == ["000004.wal", "000005.wal"])
    for _ in 0..<2 { _ = try writer.append(record(bytes: 100)) }
    // No clamp: at the current segment or behind it nothing goes.
    #expect(try writer.deleteSegments(before: writer.position) == 0)
    #expect(try writer.deleteSegments(before: .init(segment: 99, offset: 0)) == 0)
    // The offset does not count.
    #expect(try writer.deleteSegments(before: .init(segment: 5, offset: 50)) == 1)
    #expect(try scene.files().keys.sorted() == ["000005.wal", "000006.wal", "000007.wal"])
    let deleted = scene.events.filter { $0.kind == .segmentGc }
    #expect(deleted.map(\.segment) == [0, 1, 2, 3, 4] && deleted.allSatisfy { $0.node == 7 })
    #expect(writer.metrics.segments.value == 3)
    #expect(writer.metrics.segmentsDeleted.value == 5)
  }

  @Test func `stops deleting at what cannot be removed, and keeps what is gone gone`() throws {
    let scene = try WriterScene()
    let script = FaultScript { call, number in call == .remove && number == 2 ? .error(1) : nil }
    let writer = try scene.open(segmentSize: 100, calls: script.calls)
    for _ in 0..<6 { _ = try writer.append(record(bytes: 100)) }
    let failure = writerFailure { try writer.deleteSegments(before: .init(segment: 4, offset: 0)) }
    #expect(failure?.file == FileName("000002.wal"))
    #expect(
      try scene.files().keys.sorted() == ["000002.wal", "000003.wal", "000004.wal", "000005.wal"])
    #expect(scene.events.filter { $0.kind == .segmentGc }.count == 2)
    #expect(try writer.deleteSegments(before: .init(segment: 4, offset: 0)) == 2)
  }

  // MARK: Figures

  @Test func `tells its figures as OpenMetrics text`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 100, policy: .always)
    for _ in 0..<3 { _ = try writer.append(record(bytes: 60)) }
    try writer.deleteSegments(before: .init(segment: 1, offset: 0))
    let lines = writer.metrics.openMetrics.split(separator: "\n").map(String.init)
    for line in [
      "# TYPE wal_records counter", "wal_records_total 3", "wal_bytes_total 180",
      "# TYPE wal_fsync_ms histogram", "wal_fsync_ms_bucket{le=\"0.05\"} 3",
      "wal_fsync_ms_bucket{le=\"+Inf\"} 3", "wal_fsync_ms_count 3", "wal_fsync_ms_sum 0.0",
      "# TYPE wal_segment_count gauge", "wal_segment_count 2", "wal_segments_deleted_total 1",
      "wal_gc_latency_ms_count 1",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(lines.last == "# EOF")
    #expect(writer.metrics.openMetrics.hasSuffix("# EOF\n"))
  }

  @Test func `puts a value into the first bucket that it is not above`() {
    let histogram = MetricHistogram("h", help: "a \"b\"\n\\", bounds: [1, 10])
    for value in [0.5, 1, 1.5, 10, 11] { histogram.note(value) }
    #expect(histogram.snapshot.buckets.map(\.count) == [2, 4, 5])
    #expect(histogram.snapshot.sum == 24)
    var text = OpenMetricsText()
    text.add(histogram)
    #expect(text.text.contains("# HELP h a \\\"b\\\"\\n\\\\\n"))
  }
}
