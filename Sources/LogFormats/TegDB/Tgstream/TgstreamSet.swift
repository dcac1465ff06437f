import LogFiles

/// The files of one backup set, as a directory's listings tell.
struct TgstreamSet {
  struct Base {
    var id: FileName
    var name: FileName
  }

  struct Segment {
    /// The id of the base that it goes with.
    var base: FileName
    /// The bytes of the database that it holds, by its name.
    var range: Range<UInt64>
    var name: FileName
  }

  /// Where the set is below the directory of the log; empty for that directory itself.
  var place: FileName
  var latest: FileName?
  /// In the order of their ids, which is that of time.
  var bases: [Base] = []
  /// By base, then by offset.
  var segments: [Segment] = []
  /// What lies in the set and is none of its files.
  var strays: [SegmentFile] = []

  var isEmpty: Bool { bases.isEmpty && segments.isEmpty }

  /// The set in `directory`, nil where its entries do not look like one.
  init?(in directory: OpenDirectory, entries: [DirectoryEntry], place: FileName = FileName("")) {
    self.place = place
    let directories = Set(entries.filter { $0.kind == .directory }.map(\.name))
    if entries.contains(where: { $0.name == TgstreamNames.latest && $0.kind == .regular }) {
      latest = place.appending(TgstreamNames.latest)
    }
    guard
      directories.contains(TgstreamNames.baseDirectory)
        || directories.contains(TgstreamNames.segmentDirectory)
    else { return nil }
    listBases(in: directory)
    listSegments(in: directory)
    bases.sort { $0.id < $1.id }
    segments.sort { left, right in
      (left.base, left.range.lowerBound, left.range.upperBound, left.name)
        < (right.base, right.range.lowerBound, right.range.upperBound, right.name)
    }
    if isEmpty, latest == nil { return nil }
  }

  private mutating func listBases(in directory: OpenDirectory) {
    let below = place.appending(TgstreamNames.baseDirectory)
    for entry in Self.entries(of: TgstreamNames.baseDirectory, in: directory) {
      if entry.kind == .regular, let base = TgstreamNames.base(entry.name) {
        bases.append(Base(id: base.id, name: below.appending(entry.name)))
      } else {
        addStray(entry, below)
      }
    }
  }

  private mutating func listSegments(in directory: OpenDirectory) {
    let below = place.appending(TgstreamNames.segmentDirectory)
    guard let parent = try? directory.openDirectory(TgstreamNames.segmentDirectory) else { return }
    for folder in (try? parent.entries()) ?? [] {
      guard folder.kind == .directory, TgstreamNames.isID(folder.name.bytes) else {
        addStray(folder, below)
        continue
      }
      let path = below.appending(folder.name)
      for entry in Self.entries(of: folder.name, in: parent) {
        if entry.kind == .regular, let segment = TgstreamNames.segment(entry.name) {
          segments.append(
            Segment(
              base: folder.name, range: segment.range, name: path.appending(entry.name)))
        } else {
          addStray(entry, path)
        }
      }
    }
  }

  private mutating func addStray(_ entry: DirectoryEntry, _ directory: FileName) {
    strays.append(
      SegmentFile(
        name: directory.appending(entry.name), id: nil, state: .ignored, kind: entry.kind))
  }

  private static func entries(of name: FileName, in directory: OpenDirectory) -> [DirectoryEntry] {
    (try? directory.openDirectory(name).entries()) ?? []
  }

  // MARK: Search

  private static let directoryLimit = 256
  private static let depthLimit = 8

  /// The set of a database below a directory: tgstream puts it under the database's file name.
  static func find(of database: FileName, below directory: OpenDirectory) -> TgstreamSet? {
    var level = [(directory: directory, place: FileName(""))]
    var visited = 0
    for _ in 0..<depthLimit {
      var next: [(directory: OpenDirectory, place: FileName)] = []
      for (directory, place) in level {
        for entry in (try? directory.entries()) ?? [] where entry.kind == .directory {
          visited += 1
          guard visited <= directoryLimit else { return nil }
          guard let child = try? directory.openDirectory(entry.name) else { continue }
          let below = place.appending(entry.name)
          if entry.name == database, let entries = try? child.entries(),
            let set = TgstreamSet(in: child, entries: entries, place: below)
          {
            return set
          }
          next.append((child, below))
        }
      }
      if next.isEmpty { return nil }
      level = next
    }
    return nil
  }
}
