import LogFiles
import Synchronization

/// The files of segments that readers have open, 32 at most: the one that was not asked for longest
/// goes first (format page, section 8).
///
/// Unlike the owner's, a deleted segment is let go at once, so that its space comes back, and
/// readers do not wait for each other: they read by offset.
final class NoriWALDescriptors: Sendable {
  /// As many as the owner keeps.
  static let limit = 32

  /// A file that several readers may have. It is closed with the last of them.
  final class Segment: Sendable {
    let file: OpenFile
    init(_ file: consuming OpenFile) { self.file = file }
  }

  fileprivate struct Entry {
    var segment: Segment
    var lastUse: UInt64
  }

  fileprivate struct State {
    var entries: [UInt64: Entry] = [:]
    var uses: UInt64 = 0
  }

  private let directory: OpenDirectory
  private let state = Mutex(State())

  init(_ directory: OpenDirectory) { self.directory = directory }

  /// The segment's file.
  ///
  /// - Throws: `FileError` when it cannot be opened.
  func segment(_ id: UInt64) throws(FileError) -> Segment {
    if let known = state.withLock({ $0.use(id) }) { return known }
    let opened = Segment(try directory.openFile(NoriWALNames.canonical(id)))
    return state.withLock { $0.keep(opened, id) }
  }

  /// Lets a segment's file go.
  func purge(_ id: UInt64) { state.withLock { $0.entries[id] = nil } }

  /// The segments whose files are open.
  var kept: Set<UInt64> { state.withLock { Set($0.entries.keys) } }
}

extension NoriWALDescriptors.State {
  fileprivate mutating func use(_ id: UInt64) -> NoriWALDescriptors.Segment? {
    guard entries[id] != nil else { return nil }
    uses += 1
    entries[id]?.lastUse = uses
    return entries[id]?.segment
  }

  /// Keeps a file, unless another reader has opened it meanwhile: then that one.
  fileprivate mutating func keep(_ segment: NoriWALDescriptors.Segment, _ id: UInt64)
    -> NoriWALDescriptors.Segment
  {
    if let other = use(id) { return other }
    if entries.count >= NoriWALDescriptors.limit,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
    {
      entries[oldest] = nil
    }
    uses += 1
    entries[id] = NoriWALDescriptors.Entry(segment: segment, lastUse: uses)
    return segment
  }
}
