import LogFiles

/// Statuses of files as bytes: what all files of a log have in common is kept once.
struct PackedStatuses: Sendable {
  private var templates: [FileStatus] = []

  /// Files of one log that have so little in common are kept whole all the same.
  private static let looked = 64

  mutating func append(_ status: FileStatus?, to bytes: inout PackedBytes) {
    guard let status else { return bytes.append(0) }
    let number: Int
    if let known = templates.prefix(Self.looked).firstIndex(where: { $0.isLike(status) }) {
      number = known
    } else {
      number = templates.count
      templates.append(status)
    }
    bytes.append(count: number + 1)
    bytes.append(status.inode)
    bytes.append(status.size)
    bytes.append(status.allocated)
    bytes.append(signed: status.modified.seconds)
    bytes.append(signed: Int64(status.modified.nanoseconds))
    append(status.changed, after: status.modified, to: &bytes)
    bytes.append(status.created == nil ? 0 : 1)
    if let created = status.created { append(created, after: status.modified, to: &bytes) }
  }

  /// Most files were made, written and last changed within moments.
  private func append(
    _ time: Timestamp, after first: Timestamp, to bytes: inout PackedBytes
  ) {
    bytes.append(signed: time.seconds &- first.seconds)
    bytes.append(signed: Int64(time.nanoseconds) - Int64(first.nanoseconds))
  }

  /// Reads what `append` has written.
  func read(_ reader: inout PackedReader) -> FileStatus? {
    let number = reader.number()
    guard number > 0 else { return nil }
    guard number <= UInt64(templates.count) else { return reader.damage(nil) }
    let (inode, size, allocated) = (reader.number(), reader.number(), reader.number())
    let modified = Timestamp(
      seconds: reader.signed(), nanoseconds: Int32(truncatingIfNeeded: reader.signed()))
    let changed = time(after: modified, &reader)
    let created = reader.flag() ? time(after: modified, &reader) : nil
    return templates[Int(number - 1)].like(
      inode: inode, size: size, allocated: allocated, modified: modified, changed: changed,
      created: created)
  }

  private func time(after first: Timestamp, _ reader: inout PackedReader) -> Timestamp {
    let seconds = first.seconds &+ reader.signed()
    let nanoseconds = Int64(first.nanoseconds) &+ reader.signed()
    return Timestamp(seconds: seconds, nanoseconds: Int32(truncatingIfNeeded: nanoseconds))
  }
}
