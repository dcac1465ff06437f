import LogFiles

/// Opens a pair of files for appending: makes a new one, or goes on with what a clean end, a trim or
/// a crash has left (format page, sections 4 and 5).
///
/// Unlike the owner it never wipes a data file, finishes a pair whose creator died, and puts a
/// recorded size right that would lose the next inserts. Gaps stay as they are. What it refuses
/// could only be mended by a decision about bytes, which `recover` and `truncate` are for.
struct MmlogOpening {
  private let directory: OpenDirectory
  private let name: FileName
  private let options: MmlogWriterOptions
  private var metadataName: FileName { MmlogNames.metadata(ofData: name) }

  init(_ name: FileName, in directory: OpenDirectory, options: MmlogWriterOptions) {
    self.name = name
    self.directory = directory
    self.options = options
  }

  /// - Throws: `WriterFailure`.
  func open() throws(WriterFailure) -> MmlogOpened {
    var patience = MmlogPatience(options.patience)
    var turn = 0
    repeat {
      turn += 1
      var file: WriterFile?
      do throws(FileError) {
        file = try directory.openForWriting(metadataName)
      } catch {
        // A lease keeps others out while a writer proves that it is alone.
        if error.isBusy { continue }
        guard error.isVanished else { throw .file(error) }
      }
      let opened =
        if let file {
          try openExisting(file, asksWhoIsAlive: turn % Self.lookAfter == 0)
        } else {
          try create()
        }
      if let opened { return opened }
    } while patience.wait()
    throw .inUse(metadataName)
  }

  /// How often we look whether the pair is ready before we ask who is alive.
  private static let lookAfter = 20

  /// Does `body` as a writer of ours that is there, behind the lock that keeps ours apart.
  private func locked<Result>(
    _ file: WriterFile, _ body: () throws(WriterFailure) -> Result
  ) throws(WriterFailure) -> Result {
    try MmlogLocks.take(
      MmlogLocks.presence, exclusive: false, of: file, patience: options.patience)
    try MmlogLocks.take(MmlogLocks.growth, exclusive: true, of: file, patience: options.patience)
    defer { try? file.releaseLock(on: MmlogLocks.growth) }
    return try body()
  }

  // MARK: A new pair

  /// Makes a pair; nil where somebody else has just made one.
  private func create() throws(WriterFailure) -> MmlogOpened? {
    try requireChunk()
    let hadData: Bool
    do throws(WriterFailure) {
      hadData = try hasEmptyData()
    } catch {
      // Whoever made the data has made their metadata first.
      if (try? directory.status(of: metadataName)) != nil { return nil }
      throw error
    }
    let file: WriterFile
    do throws(FileError) {
      file = try directory.openForWriting(metadataName, [.creates, .exclusive])
    } catch {
      if error.isExisting { return nil }
      throw .file(error)
    }
    return try locked(file) { () throws(WriterFailure) -> MmlogOpened? in
      // Who had the lock before us took us for dead, and has finished it.
      if readyFields != nil { return nil }
      var data: WriterFile?
      do throws(WriterFailure) {
        let opened = try asWriterFailure { () throws(FileError) -> WriterFile in
          try directory.openForWriting(name, hadData ? [] : [.creates, .exclusive])
        }
        if !hadData { data = opened }
        _ = try hasEmptyData()
        return try finish(file, opened, remarks: [])
      } catch {
        // A pair that is not whole can be opened by nobody.
        if let data { try? directory.remove(name, identity: data.identity) }
        try? directory.remove(metadataName, identity: file.identity)
        throw error
      }
    }
  }

  private func requireChunk() throws(WriterFailure) {
    let chunk = options.chunkSize
    guard chunk > 0, chunk % MmlogOwner.page == 0, chunk <= UInt64(UInt32.max) else {
      throw .refused("a chunk of an mmlog is a multiple of 4096 bytes, and smaller than 4 GiB")
    }
  }

  /// Whether there is a data file, which must be empty then.
  private func hasEmptyData() throws(WriterFailure) -> Bool {
    guard let data = try? directory.status(of: name) else { return false }
    guard data.kind == .regular, data.size > 0 else { return true }
    throw .unusable(
      name,
      "it has no metadata, and its owner would wipe it: make them with recover, or choose another "
        + "name")
  }

  /// Makes what a creator makes, in its order: the data file, and last that the pair is ready.
  private func finish(
    _ file: WriterFile, _ data: WriterFile, remarks: [MmlogRemark]
  ) throws(WriterFailure) -> MmlogOpened {
    try asWriterFailure { () throws(FileError) -> MmlogOpened in
      var fields = MmlogMetadata()
      fields.ready = 0
      fields.chunkSize = UInt32(options.chunkSize)
      fields.recordedSize = options.chunkSize
      try file.write(fields.bytes, at: 0)
      let metadata = try MmlogSharedMetadata(file)
      let growth = growth(data, file, metadata, chunkSize: fields.chunkSize)
      let size = try data.status().size
      if size < options.chunkSize { try growth.lengthen(size..<options.chunkSize) }
      try metadata.setReady()
      return MmlogOpened(
        data: data, file: file, metadata: metadata, growth: growth, chunkSize: fields.chunkSize,
        isNew: true, remarks: remarks)
    }
  }

  private func growth(
    _ data: WriterFile, _ file: WriterFile, _ metadata: MmlogSharedMetadata, chunkSize: UInt32
  ) -> MmlogGrowth {
    MmlogGrowth(
      data: data, file: file, metadata: metadata, chunkSize: chunkSize, options: options)
  }

  // MARK: A pair that is there

  /// Nil where it is not there any more, or not ready yet. The lock is not kept meanwhile: its
  /// creator may be waiting for it.
  private func openExisting(
    _ file: WriterFile, asksWhoIsAlive: Bool
  ) throws(WriterFailure) -> MmlogOpened? {
    try locked(file) { () throws(WriterFailure) -> MmlogOpened? in
      guard (try? directory.status(of: metadataName).identity) == file.identity else { return nil }
      if let fields = readyFields {
        try requireUsable(fields)
        return try openReady(file, fields)
      }
      return asksWhoIsAlive && hasNoCreator(file) ? try finishForTheDead(file) : nil
    }
  }

  private func openReady(
    _ file: WriterFile, _ fields: MmlogMetadata
  ) throws(WriterFailure) -> MmlogOpened {
    let data = try openData([])
    let metadata = try asWriterFailure { () throws(FileError) -> MmlogSharedMetadata in
      try MmlogSharedMetadata(file)
    }
    let growth = growth(data, file, metadata, chunkSize: fields.chunkSize)
    var check = MmlogOpeningCheck(
      data: data, file: file, metadata: metadata, growth: growth,
      chunkSize: UInt64(fields.chunkSize))
    try check.run()
    return MmlogOpened(
      data: data, file: file, metadata: metadata, growth: growth, chunkSize: fields.chunkSize,
      isNew: false, remarks: check.remarks)
  }

  /// The metadata once their creator has finished.
  private var readyFields: MmlogMetadata? {
    MmlogMetadataReading.read(metadataName, in: directory).fields.flatMap {
      $0.isReady ? $0 : nil
    }
  }

  /// Whether no creator is alive. One of the owner has the metadata open; one of ours has the lock
  /// that we have, or will find finished what it began.
  private func hasNoCreator(_ file: WriterFile) -> Bool {
    MmlogLocks.alone(file) { true } ?? (MmlogLocks.hasForeignWriter(file) == false)
  }

  private func openData(_ mode: WriterFileMode) throws(WriterFailure) -> WriterFile {
    do throws(FileError) {
      return try directory.openForWriting(name, mode)
    } catch {
      guard error.isVanished else { throw .file(error) }
      throw .unusable(name, "the data file is not there, and the metadata hold none of its bytes")
    }
  }

  private func requireUsable(_ fields: MmlogMetadata) throws(WriterFailure) {
    guard fields.version == MmlogMetadata.knownVersion else {
      throw .unusable(
        metadataName, "the metadata name version \(fields.version), and only version 1 is known")
    }
    guard fields.chunkSize > 0, UInt64(fields.chunkSize) % MmlogOwner.page == 0 else {
      throw .unusable(
        metadataName,
        "chunks of \(fields.chunkSize) bytes are no whole pages: recover the log first")
    }
    guard max(fields.cursor, fields.recordedSize) <= MmlogGrowth.largestEnd else {
      throw .unusable(
        metadataName, "the cursor or the recorded size is beyond any file: recover the log first")
    }
  }

  /// Finishes what a creator began that died, where there is nothing to lose.
  private func finishForTheDead(_ file: WriterFile) throws(WriterFailure) -> MmlogOpened {
    try requireChunk()
    let data = try openData([.creates])
    let isBlank = try asWriterFailure { () throws(FileError) -> Bool in
      var window = FileWindow()
      return try window.firstNonZero(
        data.reader(), from: 0, end: data.status().size, isCancelled: { false }) == nil
    }
    guard isBlank else {
      throw .unusable(
        metadataName,
        "it never became ready, and there are data beside it: look at them with check, and recover "
          + "the log")
    }
    return try finish(file, data, remarks: [.finishedCreation])
  }
}
