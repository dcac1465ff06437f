import Glibc
import LogFiles

/// The file of an open database, locked as its owner locks it.
final class TegDBStore: Sendable {
  let file: WriterFile
  let reader: OpenFile
  let group: GroupSync

  init(_ file: WriterFile, in directory: OpenDirectory, isNewName: Bool) throws(FileError) {
    self.file = file
    reader = try file.reader()
    group = GroupSync(file, in: directory, isNewName: isNewName, syncsProperties: true)
  }

  /// Opens a database, or makes one, and reads what is in it.
  static func open(
    _ name: FileName, in directory: OpenDirectory, _ options: TegDBWriter.Options
  ) throws(WriterFailure) -> TegDBWriter.State {
    let quota = options.storageQuota
    try requireNoLeftoverAlone(name, in: directory)
    let store: TegDBStore
    var size: UInt64
    let head: [UInt8]
    do throws(FileError) {
      store = try locked(name, in: directory)
      size = try store.file.status().size
      if size == 0 {
        try store.file.write(TegDBHeader.fresh(validDataEnd: TegDBHeader.length), at: 0)
        try store.file.sync()
        size = TegDBHeader.length
        if let quota, quota > size {
          try store.file.setLength(quota)
          size = quota
        }
      }
      head = try store.reader.bytes(in: 0..<min(size, TegDBHeader.length))
    } catch {
      throw error.isBusy ? .inUse(name) : .file(error)
    }
    var opening = try TegDBOpening(name, head: head, size: size)
    let noted = opening.header.validDataEnd ?? 0
    guard max(size, noted) <= quota ?? .max else { throw .refused("storage quota exceeded") }
    try opening.read(store.reader)
    let output = TegDBOutput(store.file, end: opening.end)
    if noted != opening.recordsEnd {
      do throws(FileError) {
        try output.noteEnd(opening.recordsEnd)
      } catch {
        throw .file(error)
      }
    }
    return TegDBWriter.State(
      store: store, output: output, index: opening.index, liveBytes: opening.liveBytes,
      hasMarker: opening.hasMarker, hasRemains: opening.hasRemains,
      space: quota ?? (opening.hasSpace ? size : nil), start: opening.end)
  }

  /// - Throws: `unusable` where only the file of a compaction is there: to start another one would
  /// in the end remove it.
  private static func requireNoLeftoverAlone(_ name: FileName, in directory: OpenDirectory)
    throws(WriterFailure)
  {
    let leftover = TegDBNames.leftover(of: name)
    let isAlone =
      (try? directory.status(of: name)) == nil && (try? directory.status(of: leftover)) != nil
    guard isAlone else { return }
    throw .unusable(
      leftover, "a compaction left it, and the database itself is not there; look at it with check")
  }

  private static func locked(_ name: FileName, in directory: OpenDirectory) throws(FileError)
    -> TegDBStore
  {
    let file = try directory.openForWriting(name, [.creates])
    try file.takeFileLock()
    // Whoever had the lock may have put another file in its place.
    guard try directory.status(of: name).identity == file.identity else {
      throw FileError(call: .lock, code: EAGAIN, name: name)
    }
    // Whether the name has reached the disk is not known.
    return try TegDBStore(file, in: directory, isNewName: true)
  }
}

extension TegDBWriter.State {
  /// The value that a record holds.
  func value(_ place: TegDBPlace) throws(FileError) -> [UInt8] {
    if let pending = output.pendingBytes(place.value) { return pending }
    return try store.reader.bytes(in: place.value)
  }

  /// Whether giving `key` this value changes anything.
  func changes(_ key: [UInt8], to value: [UInt8]) throws(FileError) -> Bool {
    guard let place = index[key] else { return !value.isEmpty }
    return Int(place.valueLength) != value.count ? true : try self.value(place) != value
  }

  /// Appends the record of a change.
  mutating func change(
    _ key: [UInt8], to value: [UInt8], _ updates: TegDBWriter.EndUpdates
  ) throws(FileError) {
    try makeReady()
    let offset = output.append(key: key, value: value)
    replaced.append((key, index[key]))
    set(
      key,
      value.isEmpty
        ? nil
        : TegDBPlace(
          record: offset, keyLength: UInt32(key.count), valueLength: UInt32(value.count)))
    switch updates {
    case .eachRecord: try write()
    case .atCommit: if output.isBufferFull { try output.flush() }
    }
  }

  /// Clears what stands where the transaction goes, and lets it count as a whole.
  private mutating func makeReady() throws(FileError) {
    if hasRemains {
      try output.cut(to: output.end, size: space)
      hasRemains = false
    }
    guard !hasMarker else { return }
    _ = output.append(key: TegDBWalker.markerKey, value: [])
    try write()
    hasMarker = true
    start = output.end
  }

  private mutating func write() throws(FileError) {
    let written = output.writtenEnd
    try output.flush()
    appended += output.end - written
    try output.noteEnd(output.end)
  }

  mutating func commit() throws(FileError) {
    _ = output.append(key: TegDBWalker.markerKey, value: [])
    try write()
    replaced.removeAll(keepingCapacity: true)
  }

  /// Undoes the transaction as the owner does: by records, the newest first.
  mutating func rollBack(quota: UInt64) throws(FileError) {
    guard !replaced.isEmpty else { return }
    if !output.drop(to: start) {
      for (key, place) in replaced.reversed() {
        let value = try place.map { (place) throws(FileError) in try self.value(place) } ?? []
        _ = output.append(key: key, value: value)
      }
      guard output.end <= quota else {
        throw FileError(call: .write, code: ENOSPC, name: output.file.name)
      }
      try write()
    }
    restoreIndex()
  }

  /// Undoes the transaction by cutting it off, when it could not be written.
  mutating func abort() {
    restoreIndex()
    do throws(FileError) {
      try output.cut(to: start, size: space)
    } catch {
      isEnded = true
    }
  }

  private mutating func restoreIndex() {
    for (key, place) in replaced.reversed() { set(key, place) }
    replaced.removeAll(keepingCapacity: true)
  }

  private mutating func set(_ key: [UInt8], _ place: TegDBPlace?) {
    let old = index[key]
    if let old { liveBytes -= old.length }
    if let place { liveBytes += place.length }
    if place != nil || old != nil { index[key] = place }
  }
}
