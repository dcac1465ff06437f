import LogFiles
import LogFormats

/// The segments of a log as its directory was listed last: which file each name stands for, and
/// what became of the names since.
struct ListedSegments {
  private(set) var names: SegmentNames
  /// The files of the segments, nil for those that were not there when they were looked at.
  private var lives: [FileLife?]
  private let keepsBirths: Bool

  /// A file from its birth to its end: then its number is free, and often the next one gets it.
  private struct FileLife: Hashable {
    let identity: FileIdentity
    let birth: Timestamp?
  }

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

  /// Segments whose files nobody has looked at yet, on a file system that tells lives of files apart by
  /// their births where it `keepsBirths`.
  init(_ files: [SegmentFile], keepsBirths: Bool) {
    names = SegmentNames(files)
    lives = Array(repeating: nil, count: files.count)
    self.keepsBirths = keepsBirths
  }

  private func life(_ status: FileStatus) -> FileLife {
    FileLife(identity: status.identity, birth: keepsBirths ? status.created : nil)
  }

  /// The segment of this name, nil where none was there.
  subscript(name: FileName) -> SegmentFile? {
    guard let place = names.place(of: name), lives[place] != nil else { return nil }
    return names.files[place]
  }

  /// The segments that were there, by their names.
  var byName: [SegmentFile] {
    zip(names.files, lives).compactMap { $1 == nil ? nil : $0 }.sorted { $0.name < $1.name }
  }

  /// Whether a segment with records was there.
  var hasRecords: Bool {
    zip(names.files, lives).contains { $0.state != .metadata && $1 != nil }
  }

  /// Notes which file a segment is.
  mutating func note(_ status: FileStatus, at place: Int) { lives[place] = life(status) }

  /// Notes which file the name of a segment stands for by now.
  mutating func note(_ status: FileStatus, of name: FileName) {
    guard let place = names.place(of: name), lives[place] != nil else { return }
    lives[place] = life(status)
  }

  /// Takes a segment for one that was not there: its file was gone before anybody looked into it.
  mutating func forget(_ name: FileName) {
    if let place = names.place(of: name) { lives[place] = nil }
  }

  /// Takes a newer listing, and tells what differs. `touched` are the names with which something
  /// happened, nil where that is not known.
  mutating func update(
    to files: [SegmentFile], in directory: OpenDirectory, touched: Set<FileName>?
  ) -> Difference {
    var gone: [(file: SegmentFile, life: FileLife)] = []
    var arrived: [(file: SegmentFile, life: FileLife)] = []
    var found: [FileLife?] = Array(repeating: nil, count: files.count)
    for (place, old) in names.places(of: files).enumerated() {
      let file = files[place]
      let before = old.flatMap { lives[$0] }
      if let old, before != nil, let touched, !touched.contains(file.name) {
        found[place] = before
        lives[old] = nil
        continue
      }
      found[place] = (try? directory.status(of: file.name)).map(life)
      if let life = found[place], life != before { arrived.append((file, life)) }
      // Else it is noted below: renamed over, or what is left of another name.
      if let old, found[place] == before { lives[old] = nil }
    }
    for (file, life) in zip(names.files, lives) {
      if let life { gone.append((file, life)) }
    }
    if files != names.files { names = SegmentNames(files) }
    lives = found
    gone.sort { $0.file.name < $1.file.name }
    return Self.difference(gone: gone, arrived: arrived)
  }

  private static func difference(
    gone: [(file: SegmentFile, life: FileLife)], arrived: [(file: SegmentFile, life: FileLife)]
  ) -> Difference {
    var difference = Difference(gone: gone.map(\.file), hasArrivals: !arrived.isEmpty)
    let earlier = Dictionary(gone.map { ($0.life, $0.file) }, uniquingKeysWith: { $1 })
    let names = Set(difference.gone.map(\.name))
    var left = names
    for (file, life) in arrived {
      if let old = earlier[life], old.name != file.name {
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
