import LogFiles

/// The owner's open, as far as a writer follows it (format page, section 5): what is there, what is
/// wrong with it, and where the next entry goes.
///
/// The owner skips nothing: one bad file makes the whole log one that it does not open, and so it
/// is here. Other than the owner, it looks at what stands behind the end of a walk and at files
/// named as checkpointed, and refuses to go on where that would destroy good entries.
struct OkayWALOpening {
  private let directory: OpenDirectory
  private(set) var live: [OkayWALSurvey] = []
  /// Files whose contents count for nothing any more, by ascending id.
  private(set) var inactive: [OkayWALSurvey] = []
  /// The id behind all that were ever handed out, as far as the files tell.
  private(set) var nextID: UInt64 = 1

  static let advice = "look at it with check, recover or salvage"

  init(_ directory: OpenDirectory) throws(WriterFailure) {
    self.directory = directory
    let entries: [DirectoryEntry]
    do throws(FileError) {
      entries = try directory.entries()
    } catch {
      throw .file(error)
    }
    for entry in entries { try survey(entry) }
    live.sort { $0.id < $1.id }
    inactive.sort { $0.id < $1.id }
    for found in live.dropLast() { try requireSound(found) }
    if let active = live.last { try requireContinuable(active) }
    try requireNothingForgotten()
    try takeIDs()
  }

  private mutating func survey(_ entry: DirectoryEntry) throws(WriterFailure) {
    guard let parsed = OkayWALNames.parsed(entry.name) else { return }
    guard entry.kind == .regular else {
      throw .unusable(entry.name, "it has the name of a segment, and is no regular file")
    }
    let isCanonical =
      entry.name == OkayWALNames.canonical(parsed.id, isCheckpointed: parsed.isCheckpointed)
    guard isCanonical || parsed.isCheckpointed else {
      throw .unusable(
        entry.name, "the owner reads it as a segment, although its name is none that it gives")
    }
    let found: OkayWALSurvey
    do throws(FileError) {
      found = try OkayWALSurvey(entry.name, parsed, in: directory)
    } catch {
      throw .file(error)
    }
    if !parsed.isCheckpointed { return live.append(found) }
    if isCanonical { inactive.append(found) }
  }

  /// A segment that is not written any more has to be one that the owner reads to its end.
  private func requireSound(_ found: OkayWALSurvey) throws(WriterFailure) {
    try requireHeader(found)
    try requireNothingHidden(found)
    if found.isTorn { throw Self.damaged(found.name, at: found.resume) }
  }

  /// The segment with the highest id may end as a crash left it.
  private func requireContinuable(_ found: OkayWALSurvey) throws(WriterFailure) {
    // Made, and the process ended before its header was written (section 11, quirk 6).
    if found.isBlank { return }
    try requireHeader(found)
    try requireNothingHidden(found)
  }

  private func requireHeader(_ found: OkayWALSurvey) throws(WriterFailure) {
    guard found.header == nil else { return }
    throw .unusable(found.name, "its header cannot be read; \(Self.advice)")
  }

  private func requireNothingHidden(_ found: OkayWALSurvey) throws(WriterFailure) {
    guard let hidden = found.hidden else { return }
    throw .unusable(
      found.name,
      "good entries stand at \(hidden), behind the place \(found.resume) where the log ends for its "
        + "owner, and would be written over; \(Self.advice)")
  }

  private static func damaged(_ name: FileName, at offset: UInt64) -> WriterFailure {
    .unusable(
      name, "the entry at \(offset) is damaged, and good ones follow in other files; \(advice)")
  }

  /// Entries that the owner would drop with the file they are in, although no live segment is
  /// newer (section 11, quirks 3 and 7).
  private func requireNothingForgotten() throws(WriterFailure) {
    let highest = live.last?.id
    for found in inactive where found.entries > 0 && highest.map({ found.id > $0 }) ?? true {
      throw .unusable(
        found.name,
        "it is named as checkpointed and is newer than every live segment, and its entries would be "
          + "written over; \(Self.advice), or remove it if nobody wants them")
    }
  }

  /// The owner takes the last file's ids alone, and so gives some twice (section 11, quirk 7).
  private mutating func takeIDs() throws(WriterFailure) {
    for found in live + inactive {
      let last = max(found.lastID ?? 0, found.id == 0 ? 0 : found.id - 1)
      guard last < .max else {
        throw .unusable(found.name, "an entry has the highest id there is, and none can follow it")
      }
      nextID = max(nextID, last + 1)
    }
  }
}
