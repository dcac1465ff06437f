import JSON
import LogFiles
import LogFormats
import Quantities

/// The extents of a file for people: a table, and a map of the file.
struct ExtentsText {
  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  func write(_ mapped: MappedSegment) {
    let report = mapped.report
    context.text.line(
      Phrase(DisplayName.text(mapped.path), .strong),
      Phrase(
        ": \(mapped.fileSystem), size \(report.fileSize), allocated \(report.allocatedSize), "
          + "logical end \(report.logicalEnd), \(report.verdict.title)"))
    switch mapped.extents {
    case .mapped(let extents, let isComplete):
      writeTable(extents, mapped)
      if !isComplete { context.text.line("  not all extents are listed: there are too many") }
      writeMap(mapped, parts: extents.map { ($0.logical..<$0.logicalEnd, $0.flags) })
    case .regions(let regions, let reason):
      context.text.line("  not available here: \(reason); regions that hold data:")
      for region in regions.prefix(JSONWriter.arrayLimit) {
        let run = region.offset..<region.offset + region.length
        context.text.line("    \(run.lowerBound)..\(run.upperBound): \(holds(run, mapped))")
      }
      writeMap(mapped, parts: regions.map { ($0.offset..<$0.offset + $0.length, []) })
    case .unavailable(let reason):
      context.text.line("  not available here: \(reason)")
    }
  }

  private func writeTable(_ extents: [Extent], _ mapped: MappedSegment) {
    guard !extents.isEmpty else {
      context.text.line("  no extents: nothing of the file is on the disk")
      return
    }
    var table = TextTable([
      ("EXT", .right), ("LOGICAL", .right), ("LAST", .right), ("PHYSICAL", .right),
      ("LENGTH", .right), ("FLAGS", .left), ("HOLDS", .left),
    ])
    var end: UInt64 = 0
    for (number, extent) in extents.enumerated() {
      if extent.logical > end { table.add(hole(end..<extent.logical, mapped)) }
      let run = extent.logical..<extent.logicalEnd
      table.add([
        Phrase(String(number)), Phrase(String(extent.logical)),
        Phrase(String(run.upperBound - (run.isEmpty ? 0 : 1))),
        Phrase(extent.flags.contains(.delayedAllocation) ? "-" : String(extent.physical)),
        Phrase(String(extent.length)),
        Phrase(extent.flags.names.isEmpty ? "-" : extent.flags.names.joined(separator: ",")),
        Phrase(holds(run, mapped)),
      ])
      end = max(end, extent.logicalEnd)
    }
    if end < mapped.report.fileSize { table.add(hole(end..<mapped.report.fileSize, mapped)) }
    table.print(to: context.text, indentation: 2)
  }

  private func hole(_ run: Range<UInt64>, _ mapped: MappedSegment) -> [Phrase] {
    [
      Phrase("-", .faint), Phrase(String(run.lowerBound), .faint),
      Phrase(String(run.upperBound - 1), .faint), Phrase("-", .faint),
      Phrase(String(run.upperBound - run.lowerBound), .faint), Phrase("hole", .faint),
      Phrase(holds(run, mapped)),
    ]
  }

  private func holds(_ run: Range<UInt64>, _ mapped: MappedSegment) -> String {
    let contents = mapped.contents(of: run)
    if contents.isEmpty { return "-" }
    return contents.map { "\($0.what) \(Quantity.bytes($0.bytes))" }.joined(separator: ", ")
  }

  // MARK: Map

  private static let cells = 64

  /// The file as one line of signs, each for an equal part of it.
  private func writeMap(
    _ mapped: MappedSegment, parts: [(run: Range<UInt64>, flags: Extent.Flags)]
  ) {
    let size = mapped.report.fileSize
    guard size > 0 else { return }
    let count = Int(min(UInt64(Self.cells), size))
    var line = ""
    var next = 0
    for cell in 0..<count {
      let run = Self.part(cell, of: count, size: size)
      while next < parts.count, parts[next].run.upperBound <= run.lowerBound { next += 1 }
      let part = next < parts.count && parts[next].run.lowerBound < run.upperBound
      line += Self.sign(
        of: mapped.contents(of: run).map(\.what), isMapped: part,
        isUnwritten: part && parts[next].flags.contains(.unwritten))
    }
    context.text.line("  map  [\(line)]  each sign \(Quantity.bytes(max(1, size / UInt64(count))))")
    context.text.line(
      "       # log  ! damage  > found by resync  0 written zeros  . unwritten  = hole  ? other")
  }

  private static func part(_ cell: Int, of count: Int, size: UInt64) -> Range<UInt64> {
    let start = UInt64(UInt128(size) * UInt128(cell) / UInt128(count))
    let end = UInt64(UInt128(size) * UInt128(cell + 1) / UInt128(count))
    return start..<max(end, start + 1)
  }

  private static func sign(of contents: [String], isMapped: Bool, isUnwritten: Bool) -> String {
    if contents.contains("damage") { return "!" }
    if contents.contains("log") || contents.contains("header") { return "#" }
    if contents.contains("found-by-resync") { return ">" }
    if !isMapped { return "=" }
    if isUnwritten { return "." }
    return contents.contains("zero-tail") || contents.contains("padding") ? "0" : "?"
  }
}

/// The extents of a file as a JSON object.
struct ExtentsJSON {
  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  func write(_ mapped: MappedSegment) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: mapped.path)
      json.member("fileSystem", mapped.fileSystem)
      json.member("fileSize", mapped.report.fileSize)
      json.member("allocatedSize", mapped.report.allocatedSize)
      json.member("logicalEnd", mapped.report.logicalEnd)
      json.member("verdict", mapped.report.verdict.rawValue)
      switch mapped.extents {
      case .mapped(let extents, let isComplete):
        json.member("available", true)
        json.member("complete", isComplete)
        json.member("extents", array: extents) { write($1, mapped, &$0) }
      case .regions(let regions, let reason):
        json.member("available", false)
        json.member("reason", reason)
        json.member("dataRegions", array: regions) { json, region in
          json.object {
            $0.member("offset", region.offset)
            $0.member("length", region.length)
          }
        }
      case .unavailable(let reason):
        json.member("available", false)
        json.member("reason", reason)
      }
    }
    json.endLine()
  }

  private func write(_ extent: Extent, _ mapped: MappedSegment, _ json: inout JSONWriter) {
    json.object { json in
      json.member("logical", extent.logical)
      json.member("physical", extent.physical)
      json.member("length", extent.length)
      json.member("flags", array: extent.flags.names) { $0.value($1) }
      json.member(
        "holds", array: mapped.contents(of: extent.logical..<extent.logicalEnd)
      ) { json, part in
        json.object {
          $0.member("what", part.what)
          $0.member("bytes", part.bytes)
        }
      }
    }
  }
}
