import LogFiles
import LogFormats

/// The segments of a log as its directory was listed last: which file each name stands for, and
/// what became of the names since.
struct ListedSegments {
  private(set) var names: SegmentNames
  /// The files of the segments, nil for those that were not there when they were looked at.
  private var identities: [FileIdentity?]

  /// What happened to a name between two listings.
  enum NameChange {
    /// The name is new, and so is its file.
    case appeared(SegmentFile)
    /// Another file stands under the name.
    case replaced(SegmentFile)
    /// The same file had another name.
    case renamed(from: SegmentFile, to: SegmentFile)
    case vanished(SegmentFile)
  }

  /// What differs between two listings.
  struct Difference {
    /// Segments whose name is gone or stands for another file, by their names.
    var gone: [SegmentFile] = []
    /// What became of each name that came or went: those that are there in the order of the log,
    /// then those that have vanished, by their names.
    var changes: [NameChange] = []

    /// Whether there are files that were not there under their names.
    var hasArrivals = false
  }

  /// Segments whose files nobody has looked at yet.
  init(_ files: [SegmentFile]) {
    names = SegmentNames(files)
    identities = Array(repeating: nil, count: files.count)
  }

  /// The segment of this name, nil where none was there.
  subscript(name: FileName) -> SegmentFile? {
    guard let place = names.place(of: name), identities[place] != nil else { return nil }
    return names.files[place]
  }

  /// The segments that were there, by their names.
  var byName: [SegmentFile] {
    zip(names.files, identities).compactMap { $1 == nil ? nil : $0 }.sorted { $0.name < $1.name }
  }

  /// Whether a segment with records was there.
  var hasRecords: Bool {
    zip(names.files, identities).contains { $0.state != .metadata && $1 != nil }
  }

  /// Notes which file a segment is.
  mutating func note(_ identity: FileIdentity, at place: Int) { identities[place] = identity }

  /// Notes which file the name of a segment stands for by now.
  mutating func note(_ identity: FileIdentity, of name: FileName) {
    guard let place = names.place(of: name), identities[place] != nil else { return }
    identities[place] = identity
  }

  /// Takes a segment for one that was not there: its file was gone before anybody looked into it.
  mutating func forget(_ name: FileName) {
    if let place = names.place(of: name) { identities[place] = nil }
  }

  /// Takes a newer listing, and tells what differs. `touched` are the names with which something
  /// happened, nil where that is not known.
  mutating func update(
    to files: [SegmentFile], in directory: OpenDirectory, touched: Set<FileName>?
  ) -> Difference {
    var gone: [(file: SegmentFile, identity: FileIdentity)] = []
    var arrived: [(file: SegmentFile, identity: FileIdentity)] = []
    var found: [FileIdentity?] = Array(repeating: nil, count: files.count)
    for (place, old) in names.places(of: files).enumerated() {
      let file = files[place]
      let before = old.flatMap { identities[$0] }
      if let old, before != nil, let touched, !touched.contains(file.name) {
        found[place] = before
        identities[old] = nil
        continue
      }
      found[place] = (try? directory.status(of: file.name))?.identity
      if let identity = found[place], identity != before { arrived.append((file, identity)) }
      // Else it is noted below: renamed over, or what is left of another name.
      if let old, found[place] == before { identities[old] = nil }
    }
    for (file, identity) in zip(names.files, identities) {
      if let identity { gone.append((file, identity)) }
    }
    if files != names.files { names = SegmentNames(files) }
    identities = found
    gone.sort { $0.file.name < $1.file.name }
    return Self.difference(gone: gone, arrived: arrived)
  }

  private static func difference(
    gone: [(file: SegmentFile, identity: FileIdentity)],
    arrived: [(file: SegmentFile, identity: FileIdentity)]
  ) -> Difference {
    var difference = Difference(gone: gone.map(\.file), hasArrivals: !arrived.isEmpty)
    let earlier = Dictionary(gone.map { ($0.identity, $0.file) }, uniquingKeysWith: { $1 })
    let names = Set(difference.gone.map(\.name))
    var left = names
    for (file, identity) in arrived {
      if let old = earlier[identity], old.name != file.name {
        left.remove(old.name)
        difference.changes.append(.renamed(from: old, to: file))
      } else if names.contains(file.name) {
        left.remove(file.name)
        difference.changes.append(.replaced(file))
      } else {
        difference.changes.append(.appeared(file))
      }
    }
    difference.changes += difference.gone.lazy.filter { left.contains($0.name) }
      .map { .vanished($0) }
    return difference
  }
}
