import LogFiles

/// What a writer needs to know of one file before it goes on in a log (format page, section 5).
struct OkayWALSurvey {
  var name: FileName
  var id: UInt64
  var isCheckpointed: Bool
  /// Nil where it cannot be read.
  var header: OkayWALHeader?
  var size: UInt64
  /// Whether the file holds nothing, or nothing but zeros.
  var isBlank = false
  /// Committed entries that the owner's walk reaches.
  var entries: UInt64 = 0
  /// The last id that an entry of the walk has, committed or not.
  var lastID: UInt64?
  /// Where the walk ends, and the next entry goes.
  var resume: UInt64 = 0
  /// Where the last byte ends that is not zero.
  var dirtyEnd: UInt64 = 0
  /// Whether the entry at `resume` is damaged, as a crash leaves it.
  var isTorn = false
  /// A good entry behind the place where the walk ends.
  var hidden: UInt64?

  /// Walks a file. Of a checkpointed one nothing counts but its ids.
  ///
  /// - Throws: `FileError` when it cannot be read.
  init(_ name: FileName, _ parsed: OkayWALNames.Parsed, in directory: OpenDirectory)
    throws(FileError)
  {
    self.name = name
    id = parsed.id
    isCheckpointed = parsed.isCheckpointed
    let file = try directory.openFile(name)
    size = try file.status().size
    var window = FileWindow()
    dirtyEnd = try window.zeros(before: size, notBelow: 0, in: file, isCancelled: { false })
    isBlank = dirtyEnd == 0
    header = Self.header(try file.bytes(in: 0..<min(size, UInt64(OkayWALHeader.longest))))
    if let header { try walk(file, from: UInt64(header.length)) }
  }

  private static func header(_ head: [UInt8]) -> OkayWALHeader? {
    try? OkayWALHeader(head.rawBytes)
  }

  private mutating func walk(_ file: borrowing OpenFile, from start: UInt64) throws(FileError) {
    var walk = try RecordWalk(
      try file.duplicate(), end: size, walker: OkayWALWalker(fileID: id))
    resume = start
    var fault: Fault?
    while fault == nil, let length = try pass(&walk, &fault) { resume += length }
    lastID = walk.walker.facts.number("lastEntryId")
    isTorn = fault != nil
    if isCheckpointed { return }
    hidden = try RecordsBehind.look(
      in: file, walker: walk.walker, from: fault == nil ? resume : resume + 1, after: resume,
      fault ?? Fault(.zeros)
    ).record
  }

  /// The length of the entry at `resume`, nil where the walk ends.
  private mutating func pass(_ walk: inout RecordWalk, _ fault: inout Fault?) throws(FileError)
    -> UInt64?
  {
    let frame: Frame
    do throws(RecordSourceError) {
      frame = try walk.frame(at: resume)
    } catch {
      guard case .file(let error) = error else { return nil }
      throw error
    }
    switch frame {
    case .record(let length, _):
      entries += 1
      return UInt64(length)
    case .flawed(let length, _, nil): return UInt64(length)
    case .flawed(_, _, let found?), .invalid(let found): fault = found
    case .run, .partial, .stale, .end: break
    }
    return nil
  }
}
