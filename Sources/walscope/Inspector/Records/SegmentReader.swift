import LogFiles
import LogFormats
import LogInspection
import Synchronization

/// Reads what the record screens ask for, on whatever thread it is called.
///
/// Each sort of request has a reader of its own, so that neither a long search nor the checksum of
/// a huge record keeps the rows of the list waiting.
final class SegmentReader: Sendable {
  /// The state of the scan that requests refer to.
  struct View: Sendable {
    var index: RecordIndex
    /// Size of the file in bytes at the horizon.
    var end: UInt64
  }

  private struct Lane: ~Copyable {
    var reader: RecordReader?
    var isClosed = false
  }

  /// The reader of a pattern's search, which `n` and `N` go on with.
  private struct PatternLane: ~Copyable {
    var search: RecordSearch?
    var pattern: SearchPattern?
    var isClosed = false
  }

  private let log: Log
  private let segment: Int
  private let rows = Mutex(Lane())
  private let records = Mutex(Lane())
  private let searches = Mutex(Lane())
  private let patterns = Mutex(PatternLane())
  /// The number of the search that is wanted; those with other numbers end.
  private let wantedSearch = Atomic<UInt64>(0)

  init(_ log: Log, segment: Int) {
    self.log = log
    self.segment = segment
  }

  /// Closes the file, once what is being read is there; nothing can be read after it.
  func close() {
    want(search: 0)
    close(rows)
    close(records)
    close(searches)
    patterns.withLock { lane in
      lane.search = nil
      lane.isClosed = true
    }
  }

  private func close(_ lane: borrowing Mutex<Lane>) {
    lane.withLock { lane in
      lane.reader = nil
      lane.isClosed = true
    }
  }

  /// Does what is asked for. A search also tells now and then how far it is.
  func perform(
    _ request: RecordRequest, _ view: View, post: @escaping @Sendable (RecordNews) -> Void
  ) {
    do {
      post(.answer(try answer(request, view, post)))
    } catch {
      post(.answer(.failed(error.message, request)))
    }
  }

  private func answer(
    _ request: RecordRequest, _ view: View, _ post: @escaping @Sendable (RecordNews) -> Void
  ) throws(FileError) -> RecordAnswer {
    switch request {
    case .rows(let page):
      return try read(rows, view) { (reader) throws(FileError) in
        .rows(
          try reader.rows(
            from: page * RowCache.pageSize, count: Int(RowCache.pageSize),
            previewLimit: RowCache.previewLimit), page: page)
      }
    case .locate(let offset):
      return try read(rows, view) { (reader) throws(FileError) in
        .located(row: try reader.row(ofOffset: offset), offset: offset)
      }
    case .bytes(let chunk):
      return try read(rows, view) { (reader) throws(FileError) in
        .bytes(
          try reader.bytes(at: chunk * ByteCache.chunkSize, limit: Int(ByteCache.chunkSize)),
          chunk: chunk)
      }
    case .describe(let offset):
      return try read(records, view) { (reader) throws(FileError) in
        .described(try Self.describe(offset, &reader), offset: offset)
      }
    case .findByte(let query):
      return .foundByte(try search(query, view, post), query)
    case .find(let query):
      if case .pattern(let pattern) = query.target {
        return .found(try search(pattern, query, view, post), query)
      }
      return try read(searches, view) { (reader) throws(FileError) in
        let goesOn = pacing(number: query.number) { post(.searched($0, query)) }
        var finder = RecordFinder(query, goesOn: goesOn)
        return .found(try finder.run(&reader), query)
      }
    }
  }

  private func search(
    _ pattern: SearchPattern, _ query: RecordQuery, _ view: View,
    _ post: @escaping @Sendable (RecordNews) -> Void
  ) throws(FileError) -> RecordFinding {
    try patterns.withLock { (lane) throws(FileError) in
      try prepare(&lane, for: pattern, view)
      let goesOn = pacing(number: query.number) { post(.searched($0, query)) }
      let run = PatternSearch(query: query, goesOn: goesOn)
      guard
        let finding = try lane.search.perform({ (search) throws(FileError) in
          try run.run(pattern, &search)
        })
      else { throw FileError(call: .read, code: 0, name: nil) }
      return finding
    }
  }

  private func search(
    _ query: ByteQuery, _ view: View, _ post: @escaping @Sendable (RecordNews) -> Void
  ) throws(FileError) -> ByteFinding {
    try patterns.withLock { (lane) throws(FileError) in
      try prepare(&lane, for: query.pattern, view)
      let goesOn = pacing(number: query.number) { post(.searchedBytes($0, query)) }
      guard
        let finding = try lane.search.perform({ (search) throws(FileError) in
          try query.run(&search, goesOn: goesOn)
        })
      else { throw FileError(call: .read, code: 0, name: nil) }
      return finding
    }
  }

  /// Has the lane search what is known now for a pattern.
  private func prepare(_ lane: inout PatternLane, for pattern: SearchPattern, _ view: View)
    throws(FileError)
  {
    if lane.isClosed { throw FileError(call: .read, code: 0, name: nil) }
    if lane.pattern != pattern || lane.search?.end != view.end {
      lane.search = try RecordSearch(log, segment: segment, for: pattern, end: view.end)
      lane.pattern = pattern
    }
    lane.search?.index = view.index
  }

  private func read(
    _ lane: borrowing Mutex<Lane>, _ view: View,
    _ body: @Sendable (inout RecordReader) throws(FileError) -> RecordAnswer
  ) throws(FileError) -> RecordAnswer {
    try lane.withLock { (lane) throws(FileError) in
      if lane.isClosed { throw FileError(call: .read, code: 0, name: nil) }
      if lane.reader?.end != view.end {
        lane.reader = try RecordReader(log, segment: segment, end: view.end)
      }
      lane.reader?.index = view.index
      guard let answer = try lane.reader.perform(body) else {
        throw FileError(call: .read, code: 0, name: nil)
      }
      return answer
    }
  }

  private static func describe(_ offset: UInt64, _ reader: inout RecordReader) throws(FileError)
    -> DescribedRecord
  {
    let limit = DescribedRecord.payloadLimit
    let description = try reader.describe(offset: offset, payloadLimit: limit)
    var payloads: [[UInt8]] = []
    for payload in description.payloads {
      if let decoded = payload.decoded {
        payloads.append(decoded)
      } else {
        let length = Int(min(UInt64(limit), payload.stored.upperBound - payload.stored.lowerBound))
        payloads.append(try reader.bytes(at: payload.stored.lowerBound, limit: length))
      }
    }
    return DescribedRecord(description: description, payloads: payloads)
  }

  // MARK: Searches

  /// Ends all searches but this one.
  func want(search number: UInt64) { wantedSearch.store(number, ordering: .relaxed) }

  private static let pause = Duration.milliseconds(100)

  private func pacing(number: UInt64, _ post: @escaping @Sendable (UInt64) -> Void)
    -> (UInt64) -> Bool
  {
    var last = ContinuousClock.now
    return { [self] looked in
      let now = ContinuousClock.now
      if now - last >= Self.pause {
        last = now
        post(looked)
      }
      return wantedSearch.load(ordering: .relaxed) == number
    }
  }
}

/// What the threads of a record screen report.
enum RecordNews: Sendable {
  /// The scan begins; the file's size in bytes.
  case begun(size: UInt64)
  /// The scan has come on.
  case partial(PartialScan)
  case scanned(ScannedSegment)
  case answer(RecordAnswer)
  /// How far a search is: bytes that are behind one for a pattern, rows that one for damage has
  /// looked at.
  case searched(UInt64, RecordQuery)
  /// Bytes of a record that a search is past.
  case searchedBytes(UInt64, ByteQuery)
}

/// Ends the searches of a screen when the screen is gone.
final class SearchLease: Sendable {
  private let reader: SegmentReader

  init(_ reader: SegmentReader) {
    self.reader = reader
  }

  deinit {
    reader.want(search: 0)
  }
}

extension Optional where Wrapped: ~Copyable {
  fileprivate mutating func perform<Answer>(
    _ body: (inout Wrapped) throws(FileError) -> Answer
  ) throws(FileError) -> Answer? {
    guard var wrapped = self.take() else { return nil }
    let result: Result<Answer, FileError>
    do throws(FileError) {
      result = .success(try body(&wrapped))
    } catch {
      result = .failure(error)
    }
    self = consume wrapped
    return try result.get()
  }
}
