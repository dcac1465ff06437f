public import LogFiles
public import LogFormats

/// Finds the segments of a log by their names. A log may have 100,000 of them: this takes four
/// bytes for each, a table of their names twenty times as much.
public struct SegmentNames: Sendable {
  /// The segments, in the order in which they were given.
  public let files: [SegmentFile]
  /// Places in `files`, in the order of the names.
  private let order: [UInt32]

  /// The names of these segments.
  public init(_ files: [SegmentFile]) {
    self.files = files
    // Owners number their files: most are in order already, or in a few runs that are.
    order = (0..<UInt32(files.count)).sorted { files[Int($0)].name < files[Int($1)].name }
  }

  /// The names in their order.
  public var sorted: some Sequence<FileName> { order.lazy.map { files[Int($0)].name } }

  /// The place of the segment of this name, nil where there is none.
  public func place(of name: FileName) -> Int? {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = low + (high - low) / 2
      if files[Int(order[middle])].name < name { low = middle + 1 } else { high = middle }
    }
    guard low < order.count, files[Int(order[low])].name == name else { return nil }
    return Int(order[low])
  }

  /// The segment of this name, nil where there is none.
  public func file(named name: FileName) -> SegmentFile? { place(of: name).map { files[$0] } }

  /// The places here of the names of other segments, nil for those that are not here.
  public func places(of others: [SegmentFile]) -> [Int?] {
    var next = 0
    return others.map { other in
      // Most follow each other there as here.
      let isNext = next < files.count && files[next].name == other.name
      let place = isNext ? next : place(of: other.name)
      if let place { next = place + 1 }
      return place
    }
  }
}
