/// Walks the records of one segment, a window at a time.
///
/// A walker is a small value: copying it copies its place. The engine makes one dynamic call per
/// window; the loop over the records is inside, specialised for the format.
public protocol SegmentWalker: Sendable {
  /// What is carried from record to record; set before a walk is taken up at a checkpoint.
  var carry: UInt64 { get set }
  /// The most zero bytes with which a record can start, nil where zeros can be records.
  /// Resync passes over longer zero regions without looking at each offset.
  var leadingZeroLimit: Int? { get }

  /// Whether records can be found again behind the end of the walk. A format whose records are
  /// told apart by nothing of their own finds none: any bytes would do.
  var canResync: Bool { get }
  /// Whether a record that resync finds counts only when records lead from it to one that stands
  /// alone, or to the end of the data: lengths without a checksum fit by chance now and then.
  var needsProof: Bool { get }
  /// Whether `note` takes so long that it is done sooner by several threads, each for another window: to
  /// wake one takes time too. What the walker comes to know on its way must not change the notes then.
  var notesByThreads: Bool { get }
  /// Whether what the walker frames are records; else they are stretches of bytes, and their
  /// number means nothing.
  var countsRecords: Bool { get }
  /// Where the format's own bookkeeping says that the data end, which may be behind the end of the
  /// file; nil where only the records tell.
  var claimedEnd: UInt64? { get }
  /// Space inside the data that was taken and holds nothing; nil where a format has no such space.
  var gaps: GapList? { get }

  /// What was noticed in the records that were accepted so far.
  var observations: [Observation] { get }
  /// What the format tells of the segment as a whole: header fields, offsets of its own.
  var facts: [Attribute] { get }

  /// Reads the segment's header from the first bytes of the file.
  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading

  /// Says, behind `begin`, that all records are going to be walked from the first one on: what only
  /// then can be counted is.
  mutating func beginScan()

  /// Walks `bytes`, which are the file's bytes from `base` on, until a record is not whole in them
  /// or the walk ends. `end` is the size of the file at the horizon.
  mutating func walk(_ bytes: RawSpan, base: UInt64, end: UInt64, tally: inout WalkTally)
    -> WalkStep

  /// Takes in what a whole scan of the segment found out (its facts), before rows are asked for.
  mutating func recall(_ facts: [Attribute])

  /// Adds to a description what only the whole segment tells.
  func complete(_ description: inout RecordDescription)

  /// Frames one record at `start` in `bytes`, `remaining` bytes before the end of the file.
  mutating func frame(_ bytes: RawSpan, at start: Int, remaining: UInt64) -> Frame

  /// Frames one record for resync, with the window's checksums prepared.
  mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame

  /// Notes what could stand at each offset of a part of `bytes`, for resync; what is left unknown is
  /// framed, and records that stand alone must be. `remaining` counts from the first of `bytes` to the
  /// end of the file.
  func note(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes)

  /// Passes whole records of `bytes` from `start` on, which is `offset` in the file and `remaining`
  /// bytes before its end: up to one that stands alone, to what is no whole record, or to a place of
  /// which resync may know more.
  mutating func passRecords(
    _ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64
  ) -> RecordPassage

  /// Counts records that resync finds, from the one at `hit` on, over the damage between them, as
  /// far as the notes tell what is there. Where it ends is told by offsets of `bytes`, of which
  /// `remaining` are left in the file from the first on. `budget` is for what follows a record: to look
  /// inside of a damaged one takes some of it.
  mutating func countRecords(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    notes: borrowing PlaceNotes, from hit: Int, _ budget: inout ReadBudget,
    into counted: inout CountedRecords
  ) -> CountingStop

  /// Frames a record that is larger than any window, reading it piece by piece.
  ///
  /// Without `verifying` only the framing is read, which costs nothing whatever the record's size.
  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame

  /// Whether `head` looks like the start of a record as the owner writes it: what tells a torn
  /// record from foreign bytes.
  func resemblesRecord(_ head: RawSpan) -> Bool

  /// Whether a record of this kind that resync finds counts by itself, because its checks leave
  /// chance no room. Others count when a record or the end of the data follows them.
  func standsAlone(kind: UInt8) -> Bool

  /// Whether a record of this kind that ends at an offset of the file may be one of which a part is
  /// not written yet, although nothing is wrong with what is there; without an offset, whether any
  /// record of the kind may.
  func mayGrow(kind: UInt8, end: UInt64?) -> Bool

  /// Whether `head` looks like what can stand behind the part of a record that was asked for as
  /// `needed` of `Frame.partial`.
  func resemblesContinuation(_ head: RawSpan) -> Bool

  /// The checksum that does not fit in the damaged record at the start of `record`, and what it
  /// covers; nil where no CRC-32C does, or where it is not known which.
  func protection(_ record: RawSpan, fault: Fault) -> Protection?

  /// What the record whose first bytes are `head` does to its key. The key's range may lead behind
  /// `head` where that does not hold the whole key.
  func keyChange(_ head: RawSpan) -> KeyChange

  /// Passes the frames of `bytes`, which are the file's bytes from `base` on and which a scan has
  /// found right, without checking them again. `passed` counts them.
  mutating func skim(
    _ bytes: RawSpan, base: UInt64, end: UInt64, to goal: SkimGoal, passed: inout UInt64
  ) -> SkimStep

  /// Whether key and value of the frame at `start`, whose first bytes are there, stand in the file
  /// in one piece each and as the application wrote them.
  func isPlain(_ bytes: RawSpan, at start: Int, length: UInt64, kind: UInt8) -> Bool

  /// Where key and value of a plain record stand whose first bytes are `head`.
  func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8) -> StoredContents

  /// Gives key and value of a record that is not plain to `body`, as the application wrote them,
  /// piece by piece. False when not all of it can be decoded within the memory limit.
  func giveContents(of record: RawSpan, _ body: (ContentPart, RawSpan) -> Void) -> Bool

  /// Gives the places in a record that is not plain where its value stands piece by piece as the
  /// application wrote it. False where its contents are encoded otherwise.
  func givePieces(of record: RawSpan, _ body: (Range<Int>) -> Void) -> Bool

  /// The same for a record that no window holds.
  func giveContents(
    _ source: inout RecordSource, at offset: UInt64, length: UInt64,
    _ body: (ContentPart, RawSpan) -> Void
  ) throws(RecordSourceError) -> Bool

  /// Goes through the records of `bytes` that start from `start` on and before `stop`, and tells
  /// `body` of each what it does to its key: the frame, the change, the record's bytes as far as they
  /// are there, and where it starts. `body` says whether to go on; `remaining` counts from the first
  /// of `bytes`. Answers where the next record starts.
  mutating func passKeys(
    _ bytes: RawSpan, from start: Int, upTo stop: Int, remaining: UInt64,
    _ body: (Frame, KeyChange, RawSpan, Int) -> Bool
  ) -> Int

  /// One record as a row of a list. `head` holds the record's first bytes, all of them where they
  /// fit; `kind` is what the walk told, nil where none has passed the record.
  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record
}

/// Records that were passed one behind the other.
public struct RecordPassage: Sendable {
  public var records: UInt64 = 0
  /// Bytes that they take.
  public var length: UInt64 = 0
  /// Whether the last one stands alone.
  public var endsInProof = false

  public init() {}

  /// Adds those that were passed behind it.
  mutating func add(_ next: RecordPassage) {
    records &+= next.records
    length &+= next.length
    endsInProof = next.endsInProof
  }
}

/// The part of a record that one CRC-32C covers, both from the record's first byte.
public struct Protection: Sendable {
  public var covered: Range<UInt64>
  /// Where the four bytes of the checksum stand, lowest first.
  public var stored: UInt64

  public init(covered: Range<UInt64>, stored: UInt64) {
    self.covered = covered
    self.stored = stored
  }
}

/// What the first bytes of a segment say.
public enum HeaderReading: Sendable {
  /// Records start at this offset (0 where the format has no header).
  case records(from: UInt64)
  /// The header cannot be used. `offset` is the first byte that is wrong.
  case unreadable(offset: UInt64, Reason)
}

/// A walker whose format frames records one after the other.
///
/// The conformer writes `frame` once; scanning, listing and resync are made of it here.
public protocol RecordFraming: SegmentWalker {
  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame

  /// Takes note of what the walk finds at an offset from the start of the file.
  mutating func note(_ frame: Frame, at offset: UInt64)

  /// Passes right records of the usual form, `most` of them at most, from the start of `bytes` on,
  /// which is `offset` bytes from the start of the file: a shortcut. The first one that is unusual
  /// is framed by itself.
  mutating func passUsual(_ bytes: RawSpan, at offset: UInt64, most: Int) -> UsualRecords

  /// Passes records that a scan has found right, whose contents stand as the application wrote them,
  /// `most` of them at most and all of them whole in `bytes`: a shortcut of a skim.
  func skimUsual(_ bytes: RawSpan, at offset: UInt64, most: UInt64) -> UsualRecords

  /// Passes what `passRecords` does of records that are quick to pass: a shortcut. The first one that is
  /// not is framed by itself.
  func passPlain(_ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64)
    -> RecordPassage

  /// The kind of the record of `length` bytes that is noted at `place`; nil where the walk notices
  /// something in it.
  func usualKind(_ bytes: RawSpan, at place: Int, length: Int) -> UInt8?

  /// Counts what `countRecords` does of records that are quick to count: a shortcut. The first one that
  /// is not is left as a record at its place.
  func countNoted(
    _ bytes: RawSpan, remaining: UInt64, notes: borrowing PlaceNotes, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop

  /// Where a search goes on behind records that end at `place`; nil where the notes do not tell
  /// what a walk would find there. `remaining` counts from the first of `bytes`.
  func searchStart(
    _ bytes: RawSpan, behindRecordsAt place: Int, remaining: UInt64, notes: borrowing PlaceNotes
  ) -> Int?
}

/// Records of the usual form that were passed one after the other, of two kinds.
public struct UsualRecords {
  /// By the walker's own number of the kind, which is 0 or 1.
  public var counts: (kind0: Int, kind1: Int)
  /// Bytes of all of them.
  public var length: Int

  public init(counts: (kind0: Int, kind1: Int) = (0, 0), length: Int = 0) {
    self.counts = counts
    self.length = length
  }
}

extension SegmentWalker {
  public var canResync: Bool { true }
  public var countsRecords: Bool { true }
  public var claimedEnd: UInt64? { nil }
  public var gaps: GapList? { nil }
  public var observations: [Observation] { [] }
  public var facts: [Attribute] { [] }
  public func standsAlone(kind: UInt8) -> Bool { false }
  public func mayGrow(kind: UInt8, end: UInt64?) -> Bool { false }
  public func resemblesContinuation(_ head: RawSpan) -> Bool { resemblesRecord(head) }
  public func protection(_ record: RawSpan, fault: Fault) -> Protection? { nil }
  public mutating func recall(_ facts: [Attribute]) {}
  public mutating func beginScan() {}
  public func complete(_ description: inout RecordDescription) {}
  public var needsProof: Bool { false }
  public var notesByThreads: Bool { false }
  public func keyChange(_ head: RawSpan) -> KeyChange { .none }
  public func note(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes
  ) { notes.leaveUnknown() }
}

/// What a walker answers that finds no record anywhere, because its file holds none or nothing is
/// known of what it holds.
extension SegmentWalker {
  public mutating func walk(
    _ bytes: RawSpan, base: UInt64, end: UInt64, tally: inout WalkTally
  ) -> WalkStep {
    base >= end
      ? .stopped(Stop(offset: end, cause: .endOfFile))
      : .stopped(Stop(offset: base, cause: .invalid(Fault(.notARecord))))
  }

  public mutating func frame(_ bytes: RawSpan, at start: Int, remaining: UInt64) -> Frame {
    .invalid(Fault(.notARecord))
  }

  public mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame {
    .invalid(Fault(.notARecord))
  }

  public mutating func passRecords(
    _ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64
  ) -> RecordPassage { RecordPassage() }

  public mutating func frameLarge(
    _ source: inout RecordSource, at offset: UInt64, verifying: Bool
  ) throws(RecordSourceError) -> Frame {
    .invalid(Fault(.notARecord))
  }

  public func resemblesRecord(_ head: RawSpan) -> Bool { false }

  public mutating func passKeys(
    _ bytes: RawSpan, from start: Int, upTo stop: Int, remaining: UInt64,
    _ body: (Frame, KeyChange, RawSpan, Int) -> Bool
  ) -> Int { start }
}
