import CChecksum
import LogFiles

/// Frames one okaywal entry (format page, section 3): a marker, an id, chunks, an end marker.
///
/// Many at once are passed and looked for in C, where the layout is kept for both:
/// `okaywal_entry.h` in `CChecksum`.
struct OkayWALEntry {
  enum Marker {
    static let entry = UInt8(wl_okaywal_entry_marker)
    static let chunk = UInt8(wl_okaywal_chunk_marker)
    static let end = UInt8(wl_okaywal_end_marker)
  }

  /// The walker's numbers of the kinds.
  enum Kind {
    static let entry: UInt8 = 0
    static let empty: UInt8 = 1
    static let aborted: UInt8 = 2
    static let words = ["entry", "empty-entry", "aborted"]
  }

  /// Marker and id.
  static let headLength = Int(wl_okaywal_entry_head)
  /// A chunk's marker and length.
  static let chunkHeadLength = Int(wl_okaywal_chunk_head)
  static let checksumLength = Int(wl_okaywal_checksum)

  let id: UInt64
  let isStale: Bool
  /// Bytes passed so far, from the entry's first.
  private(set) var length: UInt64 = UInt64(headLength)
  private(set) var chunks: UInt64 = 0
  /// The first damaged chunk.
  private(set) var fault: Fault?

  init(id: UInt64, fileID: UInt64) {
    self.id = id
    isStale = id < fileID
  }

  /// What a marker stands for, `left` bytes before the end of the file.
  enum Step {
    /// A chunk of this many payload bytes.
    case chunk(UInt64)
    case done(Frame)
  }

  /// Bytes of a whole chunk with this payload.
  @inline(__always)
  static func chunkLength(_ payload: UInt64) -> UInt64 {
    payload &+ UInt64(chunkHeadLength + checksumLength)
  }

  /// What follows, when `marker` is the next byte and `claim` the four bytes behind it; nil where
  /// the file ends.
  @inline(__always)
  mutating func step(marker: UInt8?, claim: UInt32?, left: UInt64) -> Step {
    switch marker {
    case Marker.chunk:
      guard let claim, left >= UInt64(Self.chunkHeadLength) else {
        return .done(torn(Fault(.incomplete, at: length)))
      }
      let whole = Self.chunkLength(UInt64(claim))
      guard whole <= left else {
        return .done(torn(Fault(.incomplete, at: length, claimedLength: length &+ whole)))
      }
      return .chunk(UInt64(claim))
    case Marker.end:
      length &+= 1
      return .done(committed)
    default:
      return .done(aborted)
    }
  }

  /// Passes a chunk whose checksums are known.
  @inline(__always)
  mutating func pass(payload: UInt64, stored: UInt32, computed: UInt32) {
    if stored != computed, fault == nil {
      fault = Fault(.checksum, at: length, stored: stored, computed: computed)
    }
    length &+= Self.chunkLength(payload)
    chunks &+= 1
  }

  /// Passes a chunk that nobody checks.
  mutating func passUnchecked(payload: UInt64) {
    length &+= Self.chunkLength(payload)
    chunks &+= 1
  }

  private var committed: Frame {
    let kind = chunks == 0 ? Kind.empty : Kind.entry
    if isStale {
      return fault == nil ? .stale(length: Int(length), kind: kind) : .end(.staleEntry)
    }
    guard let fault else { return .record(length: Int(length), kind: kind) }
    return .flawed(length: Int(length), kind: kind, claiming(fault))
  }

  private var aborted: Frame {
    if isStale { return .end(.staleEntry) }
    return .flawed(length: Int(length), kind: Kind.aborted, fault.map(claiming))
  }

  /// The entry runs past the end of the file. A chunk that was wrong before is what is wrong first.
  private func torn(_ fault: Fault) -> Frame {
    isStale ? .end(.staleEntry) : .invalid(self.fault ?? fault)
  }

  private func claiming(_ fault: Fault) -> Fault {
    var fault = fault
    fault.claimedLength = length
    return fault
  }
}

/// What an entry is by the bytes of one window, as resync frames it.
extension OkayWALEntry {
  enum WholeEntry {
    /// An entry of an id that is not stale, all of whose chunks fit their checksums.
    case entry(length: Int)
    case none
    /// What has to be framed: it is not all there, stale, or of many chunks.
    case unknown

    /// So many chunks are looked at: many starts can lead into the same ones.
    private static let mostChunks = 4

    /// What starts at `start`, where the markers of an entry and of a chunk are.
    @inline(__always)
    init(
      _ bytes: RawSpan, at start: Int, leastID: UInt64, checksums: borrowing WindowChecksums
    ) {
      self = .unknown
      var place = start &+ headLength
      for _ in 0..<Self.mostChunks {
        let payload = place &+ chunkHeadLength
        guard let claim = bytes.le(UInt32.self, at: place &+ 1),
          let stored = bytes.le(UInt32.self, at: payload &+ Int(truncatingIfNeeded: claim))
        else { return }
        let count = Int(truncatingIfNeeded: claim)
        let computed = count == 0 ? 0 : checksums.crc32c(bytes, from: payload, count: count)
        guard stored == computed else {
          self = .none
          return
        }
        place = payload &+ count &+ checksumLength
        guard let marker = bytes.le(UInt8.self, at: place) else { return }
        if marker == Marker.chunk { continue }
        guard marker == Marker.end else {
          self = .none
          return
        }
        guard let id = bytes.le(UInt64.self, at: start &+ 1), id >= leastID else { return }
        self = .entry(length: place &+ 1 &- start)
        return
      }
    }
  }
}
