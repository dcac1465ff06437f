import LogFiles

/// One live segment of an open log.
final class OkayWALLiveSegment: Sendable {
  let name: FileName
  let id: UInt64
  let group: GroupSync

  init(_ output: OkayWALOutput, in directory: OpenDirectory) {
    name = output.name
    id = output.id
    // Whether the name of a segment that was found has reached the disk is not known either.
    group = GroupSync(output.file, in: directory, isNewName: true)
  }
}

/// Opens, makes and reuses the segments of a log (format page, sections 4 to 6).
struct OkayWALSegments {
  let directory: OpenDirectory
  let options: OkayWALWriter.Options
  /// Checkpointed files that wait to be reused, the oldest first.
  var inactive: [FileName]

  /// Opens the segment that a log goes on in.
  ///
  /// What a crash left of the last entry is written over with zeros: the owner cannot open the log
  /// with it (section 11, quirk 5).
  func resume(_ found: OkayWALSurvey) throws(FileError) -> OkayWALOutput {
    let file = try directory.openForWriting(found.name)
    guard found.header != nil else {
      let header = OkayWALEncoder.header(versionInfo: options.versionInfo)
      try file.write(header, at: 0)
      try pad(file, size: max(found.size, UInt64(header.count)), for: UInt64(header.count))
      return output(
        file, found.name, found.id, position: UInt64(header.count), dirtyEnd: 0)
    }
    var dirtyEnd = found.dirtyEnd
    if found.isTorn, dirtyEnd > found.resume {
      try file.writeZeros(found.resume..<dirtyEnd)
      dirtyEnd = found.resume
    }
    try pad(file, size: found.size, for: found.resume)
    return output(file, found.name, found.id, position: found.resume, dirtyEnd: dirtyEnd)
  }

  /// The segment whose first entry will have this id: one that waits, else a new one.
  mutating func activate(id: UInt64) throws(FileError) -> OkayWALOutput {
    guard let waiting = inactive.first else { return try make(id: id) }
    let output = try reuse(waiting, id: id)
    inactive.removeFirst()
    return output
  }

  /// Makes a segment under the name of a checkpointed one, and renames it when its header is there:
  /// a crash before leaves a file that is never read, where the owner leaves one with which the log
  /// does not open (section 11, quirk 6).
  private func make(id: UInt64) throws(FileError) -> OkayWALOutput {
    let unread = OkayWALNames.canonical(id, isCheckpointed: true)
    let name = OkayWALNames.canonical(id)
    let file = try directory.openForWriting(unread, [.creates, .exclusive])
    do throws(FileError) {
      let header = OkayWALEncoder.header(versionInfo: options.versionInfo)
      try file.write(header, at: 0)
      try pad(file, size: UInt64(header.count), for: UInt64(header.count))
      try directory.rename(unread, to: name, in: directory)
      return output(
        try directory.openForWriting(name), name, id, position: UInt64(header.count), dirtyEnd: 0)
    } catch {
      try? directory.remove(unread, identity: file.identity)
      throw error
    }
  }

  /// Gives a file another life. Its old entries stay: their ids are below the new name, by which
  /// they are known as old. Where its header is not the one that is wanted, the new header and the
  /// end behind it are on the disk before the name is.
  private func reuse(_ unread: FileName, id: UInt64) throws(FileError) -> OkayWALOutput {
    let name = OkayWALNames.canonical(id)
    let file = try directory.openForWriting(unread)
    let size = try file.status().size
    let header = OkayWALEncoder.header(versionInfo: options.versionInfo)
    let old = try file.reader().bytes(in: 0..<min(size, UInt64(header.count)))
    if old != header {
      try file.write(header + [0], at: 0)
      try file.syncData()
    }
    let known = max(size, UInt64(header.count))
    try pad(file, size: known, for: UInt64(header.count))
    try directory.rename(unread, to: name, in: directory)
    return output(
      try directory.openForWriting(name), name, id, position: UInt64(header.count),
      dirtyEnd: known)
  }

  private func output(
    _ file: WriterFile, _ name: FileName, _ id: UInt64, position: UInt64, dirtyEnd: UInt64
  ) -> OkayWALOutput {
    OkayWALOutput(
      file, name: name, id: id, position: position, dirtyEnd: dirtyEnd,
      bufferLength: options.bufferBytes)
  }

  /// Fills a file up with written zeros to the multiple of the preallocation that holds `end`.
  private func pad(_ file: WriterFile, size: UInt64, for end: UInt64) throws(FileError) {
    guard options.writesZeros else { return }
    let unit = options.preallocateBytes
    let (padded, overflow) = ((max(1, end) - 1) / unit + 1).multipliedReportingOverflow(by: unit)
    if overflow || padded <= size { return }
    try file.writeZeros(size..<padded)
  }
}
