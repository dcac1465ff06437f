public import LogFiles

/// Reads the records of a nori-wal log from a position on.
///
/// Unlike the owner's reader it goes on into the next segments, over those that are empty, missing
/// or end in zeros, and reads records of any length. At the end of the log it answers nil, and goes
/// on when more was appended.
public struct NoriWALReader: ~Copyable {
  /// A record, and where it stands.
  public struct Entry: Sendable, Equatable {
    public var position: NoriWALPosition
    /// Just after it: where a reader can take up.
    public var next: NoriWALPosition
    /// With its value as the application gave it.
    public var record: NoriWALRecord
  }

  /// Why reading stops.
  public enum Failure: Error, Sendable, Equatable {
    case file(FileError)
    /// What stands there is no valid record. Reading again answers the same.
    case invalid(NoriWALPosition, Reason)
    /// The record, or its value when decoded, is larger than the limit.
    case tooLarge(NoriWALPosition)
  }

  private let directory: OpenDirectory
  private let descriptors: NoriWALDescriptors
  /// Where the writer is, nil where the log is read by itself.
  private let writerPosition: (@Sendable () -> NoriWALPosition?)?
  private let sizeLimit: Int

  /// Where the next record is looked for.
  public private(set) var position: NoriWALPosition
  private var window = FileWindow(capacity: 1 << 18)
  private var windowSegment: UInt64?
  private let framing = Framing()

  /// Held apart from the window, so that it can change while the window is looked at.
  private final class Framing {
    var walker = NoriWALWalker()
    var values = NoriWALValueReader()

    func record(_ bytes: [UInt8], sizeLimit: Int) -> NoriWALValueReader.Outcome {
      values.record(bytes.rawBytes, at: 0, bytes.count, sizeLimit: sizeLimit)
    }
  }

  /// A reader of a log that nobody writes, or that somebody else writes: then what is being
  /// appended can show as an invalid record.
  ///
  /// - Parameters:
  ///   - position: the start of a record; anywhere else garbage is found.
  ///   - sizeLimit: bytes of the largest record and the largest value that are taken into memory.
  public init(
    in directory: OpenDirectory, from position: NoriWALPosition = .start, sizeLimit: Int = 1 << 30
  ) {
    self.init(directory, NoriWALDescriptors(directory), nil, position, sizeLimit)
  }

  init(
    _ directory: OpenDirectory, _ descriptors: NoriWALDescriptors,
    _ writerPosition: (@Sendable () -> NoriWALPosition?)?, _ position: NoriWALPosition,
    _ sizeLimit: Int
  ) {
    self.directory = directory
    self.descriptors = descriptors
    self.writerPosition = writerPosition
    self.position = position
    self.sizeLimit = sizeLimit
  }

  /// The next record; nil at the end of the log.
  ///
  /// - Throws: `Failure`; the position stays.
  public mutating func next() throws(Failure) -> Entry? {
    while true {
      if let entry = try entryOfSegment() {
        position = entry.next
        return entry
      }
      if writerPosition?()?.segment == position.segment { return nil }
      guard let following = try segment(behind: position.segment) else { return nil }
      // What was appended before the next segment was started counts.
      windowSegment = nil
      if let entry = try entryOfSegment() {
        position = entry.next
        return entry
      }
      position = NoriWALPosition(segment: following, offset: 0)
    }
  }

  /// The lowest id above `id` that there is.
  private func segment(behind id: UInt64) throws(Failure) -> UInt64? {
    do throws(FileError) {
      return try directory.entries().compactMap { NoriWALNames.id(of: $0.name) }
        .filter { $0 > id }.min()
    } catch {
      throw .file(error)
    }
  }

  // MARK: One segment

  /// The record at the position; nil where the segment has no more, or is not there.
  private mutating func entryOfSegment() throws(Failure) -> Entry? {
    guard let (segment, end) = try open(), position.offset < end else { return nil }
    var isFresh = false
    if windowSegment != position.segment || !window.holds(position.offset..<position.offset + 1) {
      try load(segment, end: end)
      isFresh = true
    }
    var frame = frame(end: end)
    // The record may lie across the window's end, or have been written since it was loaded.
    if case .record = frame {
    } else if !isFresh {
      try load(segment, end: end)
      frame = self.frame(end: end)
    }
    switch frame {
    case .record(let length, _):
      guard length <= sizeLimit else { throw .tooLarge(position) }
      let start = Int(position.offset - window.offset)
      let decoded = framing.values.record(
        window.bytes, at: start, length, sizeLimit: sizeLimit)
      return try entry(decoded, length: length)
    case .partial: return try largeEntry(segment, end: end)
    case .invalid(let fault):
      if try isZero(segment, from: position.offset, end: end) { return nil }
      throw .invalid(position, fault.reason)
    case .run, .flawed, .stale, .end: throw .invalid(position, .notARecord)
    }
  }

  /// The segment at the position, and where its records end at most; nil where it is not there.
  private func open() throws(Failure) -> (NoriWALDescriptors.Segment, end: UInt64)? {
    let writer = writerPosition?()
    do throws(FileError) {
      let segment = try descriptors.segment(position.segment)
      if let writer, writer.segment == position.segment { return (segment, writer.offset) }
      return (segment, try segment.file.status().size)
    } catch {
      if error.isVanished { return nil }
      throw .file(error)
    }
  }

  private mutating func load(_ segment: NoriWALDescriptors.Segment, end: UInt64) throws(Failure) {
    windowSegment = nil
    do throws(FileError) {
      try window.load(segment.file, at: position.offset, end: end)
    } catch {
      throw .file(error)
    }
    windowSegment = position.segment
  }

  private func frame(end: UInt64) -> Frame {
    framing.walker.frame(
      window.bytes, at: Int(position.offset - window.offset), remaining: end - position.offset,
      checksum: DirectChecksum())
  }

  /// A record that no window holds.
  private mutating func largeEntry(_ segment: NoriWALDescriptors.Segment, end: UInt64)
    throws(Failure) -> Entry?
  {
    let (offset, limit) = (position.offset, sizeLimit)
    let found: (frame: Frame, bytes: [UInt8])
    do throws(RecordSourceError) {
      var source = RecordSource(try Self.duplicate(segment), end: end)
      let frame = try framing.walker.frameLarge(&source, at: offset, verifying: true)
      if case .record(let length, _) = frame, length <= limit {
        found = (frame, try source.bytes(at: offset, limit: length))
      } else {
        found = (frame, [])
      }
    } catch {
      switch error {
      case .file(let error): throw .file(error)
      case .cancelled: throw .invalid(position, .unreadable)
      }
    }
    guard case .record(let length, _) = found.frame else {
      guard case .invalid(let fault) = found.frame else { throw .invalid(position, .notARecord) }
      if try isZero(segment, from: offset, end: end) { return nil }
      throw .invalid(position, fault.reason)
    }
    guard found.bytes.count == length else { throw .tooLarge(position) }
    let decoded = framing.record(found.bytes, sizeLimit: limit)
    return try entry(decoded, length: length)
  }

  private static func duplicate(_ segment: NoriWALDescriptors.Segment) throws(RecordSourceError)
    -> OpenFile
  {
    do throws(FileError) { return try segment.file.duplicate() } catch { throw .file(error) }
  }

  private func entry(_ decoded: NoriWALValueReader.Outcome, length: Int) throws(Failure) -> Entry {
    switch decoded {
    case .record(let record):
      let next = NoriWALPosition(
        segment: position.segment, offset: position.offset + UInt64(length))
      return Entry(position: position, next: next, record: record)
    case .tooLarge: throw .tooLarge(position)
    case .fails: throw .invalid(position, .decompressFailed)
    }
  }

  /// Whether only zeros are left: space that was taken and not written.
  private mutating func isZero(
    _ segment: NoriWALDescriptors.Segment, from offset: UInt64, end: UInt64
  ) throws(Failure) -> Bool {
    windowSegment = nil
    do throws(FileError) {
      return try window.firstNonZero(
        segment.file, from: offset, end: end, isCancelled: { false }) == nil
    } catch {
      throw .file(error)
    }
  }
}

extension NoriWALWriter {
  /// A reader of this log. In the current segment it stops at the writer's logical end, never in
  /// what was only taken for it.
  ///
  /// - Parameters:
  ///   - position: the start of a record; anywhere else garbage is found.
  ///   - sizeLimit: bytes of the largest record and the largest value that are taken into memory.
  public func reader(from position: NoriWALPosition = .start, sizeLimit: Int = 1 << 30)
    -> NoriWALReader
  {
    NoriWALReader(directory, descriptors, { [weak self] in self?.position }, position, sizeLimit)
  }
}
