import LogFiles
import TestSupport
import Testing

@testable import LogFormats

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real nori-wal files` {
  @Test(arguments: Fixtures.cases("nori-wal"))
  func `hold the records that an independent decoder found`(name: String) throws {
    let decoder = ValueDecoder()
    for segment in try NoriWALTruth.read(name).discovered {
      let bytes = try segment.bytes(of: name)
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      var lines: [UInt8] = []
      var kinds: [String: UInt64] = [:]
      for frame in scan.frames {
        lines += Array(try line(of: frame, in: bytes, decoder).utf8)
        kinds[NoriWAL().kinds[Int(frame.kind)], default: 0] += 1
      }
      #expect(UInt64(scan.frames.count) == segment.valid_records, "\(segment.file)")
      #expect(scan.lastEnd == segment.logical_end, "\(segment.file)")
      #expect(kinds == segment.kinds ?? [:], "\(segment.file)")
      if let expected = segment.records_sha256 {
        #expect(SHA256.hex(lines) == expected, "\(segment.file)")
      }
    }
  }

  /// A record as the fixtures list it for their hash.
  private func line(of frame: PlainScan.Frame, in bytes: [UInt8], _ decoder: ValueDecoder) throws
    -> String
  {
    let start = Int(frame.offset)
    let header = try NoriWALHeader(bytes.rawBytes, at: start)
    let keyStart = start + header.length
    let valueStart = keyStart + Int(header.keyLength)
    let end = start + frame.length - 4
    let value = decoder.decode(
      Array(bytes[valueStart..<end]).rawBytes, compression: header.compression, limit: .max)
    #expect(value.check == .decodes)
    let stored = bytes.rawBytes.le(UInt32.self, at: end) ?? 0
    let columns = [
      "\(frame.offset)", "\(frame.length)", hex([header.flags]),
      header.timeToLive.map { "\($0)" } ?? "-", hex(Array(bytes[keyStart..<valueStart])),
      SHA256.hex(value.bytes), hex(stored),
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `end where and why an independent decoder stopped`(name: String) throws {
    for segment in try NoriWALTruth.read(name).discovered {
      let scan = PlainScan(try segment.bytes(of: name), walker: NoriWALWalker())
      guard let expected = segment.first_invalid else {
        #expect(scan.stop.cause == .endOfFile, "\(segment.file)")
        continue
      }
      #expect(scan.stop.offset == expected.offset, "\(segment.file)")
      #expect(scan.fault?.reason.fixtureWord == expected.reason, "\(segment.file)")
      if expected.reason == "crc_mismatch" {
        #expect(scan.fault?.stored.map(hex) == expected.stored, "\(segment.file)")
        #expect(scan.fault?.computed.map(hex) == expected.computed, "\(segment.file)")
      }
    }
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `are rows with the listed fields`(name: String) throws {
    let walker = NoriWALWalker()
    for segment in try NoriWALTruth.read(name).discovered {
      let bytes = try segment.bytes(of: name)
      for expected in segment.records ?? (segment.records_first ?? [])
        + (segment.records_last ?? [])
      {
        let whole = Array(bytes[Int(expected.offset)..<Int(expected.offset + expected.length)])
        let row = walker.summarise(
          whole.rawBytes, kind: nil, offset: expected.offset, length: expected.length, fault: nil,
          previewLimit: 1 << 20)
        #expect(row.kind.hasPrefix(expected.kind))
        #expect(row.key.map { hex($0.bytes) } == expected.key_hex)
        #expect((row.value?.total ?? 0) == expected.value_length)
        #expect(row.value?.bytes.count ?? 0 == expected.value_length)
        #expect(row.attribute("ttlMilliseconds") == expected.ttl_ms.map { .milliseconds($0) })
        #expect(row.attribute("compression") == .word(expected.compression))
        #expect(row.attribute("storedValueLength") == .size(expected.stored_value_length))
        #expect(
          row.attribute("crc") == UInt32(expected.crc_stored, radix: 16).map { .checksum($0) })
      }
    }
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `are described so that the fields own every byte`(name: String) throws {
    let directory = try TemporaryDirectory()
    for segment in try NoriWALTruth.read(name).discovered {
      let bytes = try segment.bytes(of: name)
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      var source = try directory.source(bytes)
      for frame in scan.frames {
        let described = try NoriWAL().describe(&source, offset: frame.offset, payloadLimit: 64)
        let range = frame.offset..<frame.offset + UInt64(frame.length)
        #expect(described.fields.tile(range), "\(segment.file) at \(frame.offset)")
        #expect(described.record.fault == nil)
        #expect(described.record.length == UInt64(frame.length))
        #expect(described.storedChecksum == described.computedChecksum)
        #expect(described.record.kind == NoriWAL().kinds[Int(frame.kind)])
      }
      if let fault = scan.fault {
        let described = try NoriWAL().describe(&source, offset: scan.stop.offset, payloadLimit: 64)
        let end = scan.stop.offset + described.record.length
        #expect(described.fields.tile(scan.stop.offset..<end))
        #expect(described.record.fault == fault, "\(segment.file)")
        #expect(
          described.fields.contains { $0.isFaulty || $0.children.contains(where: \.isFaulty) })
      }
    }
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `are found by the owner's rule, gaps included`(name: String) throws {
    let truth = try NoriWALTruth.read(name)
    let directory = try OpenDirectory.open("\(Fixtures.root ?? "")/nori-wal/\(name)/data")
    let entries = try directory.entries()
    let layout =
      NoriWAL().logs(in: directory, entries: entries).first
      ?? NoriWAL().forcedLog(in: directory, entries: entries, file: nil)
    #expect(
      layout.segments.map { $0.name.utf8 ?? "" }.sorted() == truth.discovered.map(\.file).sorted())
    #expect(
      layout.missing.map { [$0.lowerBound, $0.upperBound] }
        == truth.totals.missing_segment_id_ranges)
    let holdsRecords = truth.discovered.prefix(4).contains { $0.valid_records ?? 0 > 0 }
    #expect((layout.confidence == .certain) == holdsRecords)
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `are forecast as the real recovery treated them`(name: String) throws {
    let truth = try NoriWALTruth.read(name)
    let directory = try OpenDirectory.open("\(Fixtures.root ?? "")/nori-wal/\(name)/data")
    let layout = NoriWAL().forcedLog(in: directory, entries: try directory.entries(), file: nil)
    let reports = try layout.segments.map { file in
      let segment = try #require(truth.segments.first { $0.file == file.name.utf8 })
      return try report(segment, of: name, file, in: directory)
    }
    let forecasts = NoriWAL().forecasts(
      for: LogReport(layout: layout, segments: reports), in: directory, assuming: [:])
    let forecast = try #require(forecasts.first)
    let real = truth.real_recovery
    #expect(forecasts.count == 1 && forecast.mode == "open")
    #expect(forecast.opens == real.ok)
    #expect(forecast.ownerError == real.error)
    for (file, size) in forecast.sizesAfter ?? [] {
      #expect(size == real.file_sizes_after[file.utf8 ?? ""], "\(file)")
    }
    guard real.ok else { return }
    #expect(forecast.keepsRecords == real.valid_records)
    #expect(forecast.cutsBytes == real.bytes_truncated)
    let after = truth.segments.compactMap(\.good_records_after_damage).reduce(0) { $0 + $1.count }
    #expect(forecast.losesRecords == after)
    #expect(
      forecast.attributes.value("segmentsScanned") == real.segments_scanned.map { .number($0) })
    #expect(
      forecast.attributes.value("corruptionDetected") == real.corruption_detected.map { .flag($0) })
    #expect(
      forecast.attributes.value("lastValidSegment")
        == real.last_valid_position.map { .number($0.segment_id) })
    #expect(
      forecast.attributes.value("lastValidOffset")
        == real.last_valid_position.map { .number($0.offset) })
  }

  /// What a scan would report, made from the truth.
  private func report(
    _ segment: NoriWALTruth.Segment, of name: String, _ file: SegmentFile,
    in directory: OpenDirectory
  ) throws -> SegmentReport {
    let isZeroTail = segment.tail?.all_zero ?? false
    var report = SegmentReport(
      file: file, status: try directory.status(of: file.name),
      verdict: segment.first_invalid == nil ? .clean : isZeroTail ? .preallocatedTail : .tornTail)
    report.logicalEnd = segment.logical_end ?? 0
    report.records = segment.valid_records ?? 0
    report.afterDamage.records = segment.good_records_after_damage?.count ?? 0
    return report
  }
}

extension Record {
  func attribute(_ name: String) -> FieldValue? { attributes.value(name) }
}

extension [Attribute] {
  func value(_ name: String) -> FieldValue? { first { $0.name == name }?.value }
}
