import LogFiles

/// The segments of a log that is being written: which one takes a record, when the next one is
/// started, and how one is ended (format page, section 6). For one thread; it syncs only where a
/// segment starts or ends.
///
/// Unlike the owner it also waits until a new name is on the disk: else a loss of power could take
/// a whole segment whose records were synced.
struct NoriWALSegments: ~Copyable, Sendable {
  let segmentSize: UInt64
  private let directory: OpenDirectory
  private let preallocation: Preallocation

  /// The current segment, and the name of its file.
  private(set) var id: UInt64
  private(set) var name: FileName
  /// Its file; nil after `release`.
  private(set) var file: WriterFile?
  /// Bytes of the current segment that are in its file.
  private(set) var written: UInt64
  /// Encoded records that are not in the file yet. Kept from record to record.
  private var pending: [UInt8] = []
  /// An error of the disk ended the log: what is on it is not known any more.
  private(set) var isBroken = false

  /// Room for encoded records that is not given back.
  private static let keptRoom = 4 << 20

  /// A segment that was ended because the next record did not fit.
  struct Rotation: Sendable {
    var segment: UInt64
    /// Its bytes, which are all of the file now.
    var bytes: UInt64
  }

  /// Starts the segment `id`, which must not be there.
  init(
    starting id: UInt64, in directory: OpenDirectory, segmentSize: UInt64,
    preallocation: Preallocation
  ) throws(WriterFailure) {
    self.segmentSize = segmentSize
    self.directory = directory
    self.preallocation = preallocation
    self.id = id
    name = NoriWALNames.canonical(id)
    written = 0
    file = try Self.start(id, in: directory, segmentSize, preallocation)
  }

  /// Goes on at the end of the segment `id`, which holds whole records only. An empty one is
  /// preallocated again, another one is not: it grows from now on, as in the owner.
  init(
    continuing id: UInt64, in directory: OpenDirectory, segmentSize: UInt64,
    preallocation: Preallocation
  ) throws(WriterFailure) {
    self.segmentSize = segmentSize
    self.directory = directory
    self.preallocation = preallocation
    self.id = id
    name = NoriWALNames.canonical(id)
    (file, written) = try Self.open(id, in: directory, segmentSize, preallocation)
  }

  /// Where the next record would stand if it fits.
  var end: UInt64 { written + UInt64(pending.count) }

  /// Bytes that are held back.
  var pendingCount: Int { pending.count }

  /// What the current segment's file is, preallocation included.
  ///
  /// - Throws: `WriterFailure`.
  func fileStatus() throws(WriterFailure) -> FileStatus {
    let file = try openFile()
    do throws(FileError) { return try file.status() } catch { throw .file(error) }
  }

  // MARK: Adding

  /// Encodes a record behind those that are held back, in the next segment if it does not fit the
  /// current one. It is in the file after `flush`.
  mutating func add(_ record: NoriWALRecord) throws(WriterFailure) -> Rotation? {
    _ = try openFile()
    let held = pending.count
    NoriWALEncoder.append(record, to: &pending)
    return try place(behind: held)
  }

  /// Encodes records that stay together, whatever their size: one check for all of them.
  ///
  /// - Returns: where each of them stands in the current segment.
  mutating func add(_ records: [NoriWALRecord]) throws(WriterFailure)
    -> (offsets: [UInt64], rotation: Rotation?)
  {
    _ = try openFile()
    let held = pending.count
    var offsets: [UInt64] = []
    offsets.reserveCapacity(records.count)
    for record in records {
      offsets.append(UInt64(pending.count - held))
      NoriWALEncoder.append(record, to: &pending)
    }
    let rotation = try place(behind: held)
    let start = rotation == nil ? written + UInt64(held) : written
    return (offsets.map { start + $0 }, rotation)
  }

  /// Makes room for what was encoded behind the first `held` bytes. Equality fits.
  private mutating func place(behind held: Int) throws(WriterFailure) -> Rotation? {
    let (needed, overflow) = written.addingReportingOverflow(UInt64(pending.count))
    guard overflow || needed > segmentSize else { return nil }
    let new = Array(pending[held...])
    pending.removeSubrange(held...)
    try flush()
    let rotation = try rotate()
    pending += new
    return rotation
  }

  /// Writes what is held back, by one call.
  ///
  /// - Throws: `WriterFailure`. Then nothing of it counts, and the file ends where it did.
  mutating func flush() throws(WriterFailure) {
    let file = try openFile()
    guard !pending.isEmpty else { return }
    do throws(FileError) {
      try file.write(pending, at: written)
    } catch {
      discardPending()
      takeBack(file)
      throw .file(error)
    }
    written += UInt64(pending.count)
    discardPending()
  }

  private mutating func discardPending() {
    if pending.capacity > Self.keptRoom {
      pending = []
    } else {
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// Cuts off what a failed write may have left: records behind it would stand behind damage, and
  /// whole records of a batch that failed would come back. The preallocated tail goes with it.
  private mutating func takeBack(_ file: WriterFile) {
    do throws(FileError) {
      try file.setLength(written)
    } catch {
      isBroken = true
    }
  }

  // MARK: Segments

  private mutating func rotate() throws(WriterFailure) -> Rotation {
    let rotation = try finalize()
    let (next, overflow) = id.addingReportingOverflow(1)
    if overflow { throw .refused("no number is left for another segment") }
    do throws(FileError) {
      file = try Self.make(next, in: directory, segmentSize, preallocation)
    } catch {
      throw failure(error)
    }
    id = next
    name = NoriWALNames.canonical(next)
    written = 0
    return rotation
  }

  /// Gives the current segment the length of its records, and waits until it is on the disk.
  ///
  /// Records may be added afterwards: the segment then grows.
  mutating func finalize() throws(WriterFailure) -> Rotation {
    try flush()
    let file = try openFile()
    do throws(FileError) {
      try file.setLength(written)
      try file.sync()
    } catch {
      throw failure(error)
    }
    return Rotation(segment: id, bytes: written)
  }

  /// Takes nothing any more.
  mutating func giveUp() { isBroken = true }

  /// Closes the file as it is, so that nobody takes the log for one that is being written.
  mutating func release() { file = nil }

  private func openFile() throws(WriterFailure) -> WriterFile {
    guard !isBroken, let file else { throw .ended }
    return file
  }

  private mutating func failure(_ error: FileError) -> WriterFailure {
    // What the kernel could not write it may have dropped: a second attempt proves nothing.
    if error.call == .sync { isBroken = true }
    return .file(error)
  }

  private static func open(
    _ id: UInt64, in directory: OpenDirectory, _ segmentSize: UInt64,
    _ preallocation: Preallocation
  ) throws(WriterFailure) -> (WriterFile, UInt64) {
    do throws(FileError) {
      let file = try directory.openForWriting(NoriWALNames.canonical(id))
      let size = try file.status().size
      if size == 0 { try prepare(file, segmentSize, preallocation) }
      return (file, size)
    } catch {
      throw .file(error)
    }
  }

  private static func start(
    _ id: UInt64, in directory: OpenDirectory, _ segmentSize: UInt64,
    _ preallocation: Preallocation
  ) throws(WriterFailure) -> WriterFile {
    do throws(FileError) {
      return try make(id, in: directory, segmentSize, preallocation)
    } catch {
      throw .file(error)
    }
  }

  private static func make(
    _ id: UInt64, in directory: OpenDirectory, _ segmentSize: UInt64,
    _ preallocation: Preallocation
  ) throws(FileError) -> WriterFile {
    let name = NoriWALNames.canonical(id)
    let file = try directory.openForWriting(name, [.creates, .exclusive])
    do throws(FileError) {
      try prepare(file, segmentSize, preallocation)
      try directory.sync()
    } catch {
      try? directory.remove(name, identity: file.identity)
      throw error
    }
    return file
  }

  /// Takes space for a whole segment, as a length alone where the file system cannot.
  private static func prepare(
    _ file: WriterFile, _ segmentSize: UInt64, _ preallocation: Preallocation
  ) throws(FileError) {
    switch preallocation {
    case .none: return
    case .setLength: try file.setLength(segmentSize)
    case .allocate:
      do throws(FileError) {
        try file.allocate(0..<segmentSize, keepingSize: false)
      } catch {
        guard error.isUnsupported else { throw error }
        try file.setLength(segmentSize)
      }
    }
    try file.sync()
  }
}
