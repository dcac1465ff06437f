import LogInspection

/// The rows around the part of the list that is seen.
///
/// Rows come in pages from another thread. Only a few pages are kept, so memory does not grow with
/// the number of records.
struct RowCache: Sendable {
  /// Rows of a page: a screen and more, read in a few milliseconds.
  static let pageSize: UInt64 = 128
  /// Bytes of a key and of a value that a row brings along; no row shows more.
  static let previewLimit = 256
  private static let pageLimit = 16

  private struct Page {
    var rows: [Row]
    var lastUse: UInt64
  }

  private var pages: [UInt64: Page] = [:]
  private var uses: UInt64 = 0

  /// How many rows are kept.
  var count: Int { pages.values.reduce(0) { $0 + $1.rows.count } }

  /// The row with this number, nil while its page is not here.
  subscript(row: UInt64) -> Row? {
    guard let page = pages[row / Self.pageSize] else { return nil }
    let index = Int(row % Self.pageSize)
    return index < page.rows.count ? page.rows[index] : nil
  }

  /// The page that a row belongs to.
  static func page(ofRow row: UInt64) -> UInt64 { row / pageSize }

  /// The pages that hold `rows`, those that are not here, in order.
  func missingPages(for rows: Range<UInt64>) -> [UInt64] {
    guard !rows.isEmpty else { return [] }
    let last = Self.page(ofRow: rows.upperBound - 1)
    return (Self.page(ofRow: rows.lowerBound)...last).filter { page in
      guard let held = pages[page] else { return true }
      let needed = min(rows.upperBound, (page + 1) * Self.pageSize) - page * Self.pageSize
      return UInt64(held.rows.count) < needed
    }
  }

  /// Takes a page in, and lets go of those that were not needed for longest.
  mutating func insert(_ rows: [Row], page: UInt64) {
    uses += 1
    pages[page] = Page(rows: rows, lastUse: uses)
    while pages.count > Self.pageLimit,
      let oldest = pages.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      pages[oldest.key] = nil
    }
  }

  /// Notes that rows are on screen.
  mutating func use(_ rows: Range<UInt64>) {
    guard !rows.isEmpty else { return }
    uses += 1
    for page in Self.page(ofRow: rows.lowerBound)...Self.page(ofRow: rows.upperBound - 1) {
      pages[page]?.lastUse = uses
    }
  }

  /// Forgets everything.
  mutating func removeAll() { pages = [:] }

  /// Forgets the pages that hold rows behind `row`: what stood there may have changed.
  mutating func removeRows(from row: UInt64) {
    pages = pages.filter { page, held in
      page * Self.pageSize + UInt64(held.rows.count) <= row
    }
  }
}
