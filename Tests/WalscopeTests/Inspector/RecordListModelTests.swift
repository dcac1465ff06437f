import LogFiles
import LogFormats
import LogInspection
import TerminalUI
import TestSupport
import Testing

@testable import walscope

@Suite("The model of the record list")
struct RecordListModelTests {
  /// An index of records of ten bytes each, from offset 0 on.
  private func index(_ ranges: [ByteRange]) -> RecordIndex { RecordIndex(ranges: ranges) }

  private func records(_ count: UInt64, from offset: UInt64 = 0) -> ByteRange {
    ByteRange(.records, offset: offset, length: count * 10, records: count)
  }

  /// The rows of a page of a list that holds only records.
  private func page(_ page: UInt64, of count: UInt64) -> [Row] {
    let first = page * RowCache.pageSize
    return (first..<min(count, first + RowCache.pageSize)).map {
      .record(Record(offset: $0 * 10, length: 10, kind: "put"), number: $0)
    }
  }

  /// Answers what the list asks for until it asks for no more.
  private func feed(_ model: inout RecordListModel, count: UInt64) {
    while true {
      let requests = model.takeRequests()
      guard !requests.isEmpty else { return }
      for case .rows(let page) in requests {
        model.receive(.rows(self.page(page, of: count), page: page))
      }
    }
  }

  @Test("a billion records hold only the rows around the screen in memory")
  func memory() {
    let count: UInt64 = 1_000_000_000
    var model = RecordListModel()
    model.list.setVisibleRows(50)
    model.update(index([records(count)]), isFinal: true)
    for _ in 0..<200 {
      model.move(.pageDown)
      feed(&model, count: count)
    }
    model.move(.last)
    feed(&model, count: count)
    #expect(model.selectedRow?.offset == (count - 1) * 10)
    #expect(model.heldRows <= 16 * Int(RowCache.pageSize))
  }

  @Test("no row on screen is left unread, and none is asked for twice")
  func reading() {
    var model = RecordListModel()
    model.list.setVisibleRows(30)
    model.update(index([records(1_000)]), isFinal: true)
    let first = model.takeRequests()
    #expect(first == [.rows(page: 0)])
    let answer1 = model.takeRequests()
    #expect(answer1.isEmpty)
    model.receive(.rows(page(0, of: 1_000), page: 0))
    #expect(model.list.visible.allSatisfy { model.row($0) != nil })
    model.move(.last)
    let answer2 = model.takeRequests()
    #expect(answer2 == [.rows(page: 7)])
    let answer3 = model.takeRequests()
    #expect(answer3.isEmpty)
  }

  @Test("a page that cannot be read is not asked for again until the scan tells something new")
  func failure() {
    var model = RecordListModel()
    model.update(index([records(10)]), isFinal: true)
    let request = model.takeRequests()[0]
    model.receive(.failed("reading failed", request))
    #expect(model.message == "reading failed")
    let answer4 = model.takeRequests()
    #expect(answer4.isEmpty)
    model.update(index([records(10)]), isFinal: true)
    let answer5 = model.takeRequests()
    #expect(answer5 == [.rows(page: 0)])
  }

  @Test("a file that lost rows since it was scanned is not read for ever")
  func shrunk() {
    var model = RecordListModel()
    model.update(index([records(10)]), isFinal: true)
    _ = model.takeRequests()
    model.receive(.rows([], page: 0))
    let answer6 = model.takeRequests()
    #expect(answer6.isEmpty)
  }

  @Test("the list grows under the selection, which stays where it is")
  func growth() {
    var model = RecordListModel()
    model.list.setVisibleRows(10)
    model.update(index([records(100)]), isFinal: false)
    feed(&model, count: 100)
    model.select(42)
    model.update(index([records(5_000)]), isFinal: false)
    feed(&model, count: 5_000)
    #expect(model.selectedRow?.offset == 420)
    #expect(model.list.count == 5_000)
  }

  @Test("the last row that was known before is read anew when the scan goes on")
  func growthAtTheEnd() {
    var model = RecordListModel()
    model.list.setVisibleRows(10)
    model.update(index([records(5)]), isFinal: false)
    feed(&model, count: 5)
    model.update(index([records(7)]), isFinal: false)
    let answer7 = model.takeRequests()
    #expect(answer7 == [.rows(page: 0)])
  }

  @Test("G goes along with the scan until it ends, Escape or another move stops that")
  func followingTheScan() {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: false)
    model.move(.last)
    #expect(model.list.selected == 99)
    #expect(model.destination == .end)
    model.update(index([records(300)]), isFinal: false)
    #expect(model.list.selected == 299)
    let wasStopped = model.stop()
    #expect(wasStopped)
    model.update(index([records(500)]), isFinal: false)
    #expect(model.list.selected == 299)
    model.move(.last)
    model.update(index([records(600)]), isFinal: true)
    #expect(model.list.selected == 599)
    #expect(model.destination == nil)
    let isLeftToStop = model.stop()
    #expect(!isLeftToStop)
  }

  @Test("a place that the scan has not reached is gone to when it gets there")
  func waiting() {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: false)
    model.go(to: .record(250))
    #expect(model.list.selected == 0)
    model.update(index([records(300)]), isFinal: false)
    #expect(model.list.selected == 249)
    model.go(to: .offset(4_005))
    let answer8 = model.takeRequests()
    #expect(!answer8.contains(.locate(offset: 4_005)))
    model.update(index([records(500)]), isFinal: false)
    let answer9 = model.takeRequests()
    #expect(answer9.contains(.locate(offset: 4_005)))
    model.receive(.located(row: 400, offset: 4_005))
    #expect(model.list.selected == 400)
    model.go(to: .record(9_999))
    model.update(index([records(500)]), isFinal: true)
    #expect(model.message == "There is no record 9,999, the segment has 500 records.")
  }

  @Test("a rescan comes back to the byte that was selected")
  func rescan() {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: true)
    feed(&model, count: 100)
    model.select(42)
    model.restart()
    #expect(model.list.count == 0)
    model.update(index([records(200)]), isFinal: true)
    let answer10 = model.takeRequests()
    #expect(answer10.contains(.locate(offset: 420)))
    model.receive(.located(row: 42, offset: 420))
    #expect(model.list.selected == 42)
  }

  private var damaged: RecordIndex {
    index([
      records(100), ByteRange(.damage, offset: 1_000, length: 50, reason: .checksum),
      records(100, from: 1_050), ByteRange(.padding, offset: 2_050, length: 4_096),
      records(10, from: 6_146), ByteRange(.zeroTail, offset: 6_246, length: 100),
    ])
  }

  @Test("e and E go from damage to damage, and say when there is none")
  func problems() {
    var model = RecordListModel()
    model.update(damaged, isFinal: true)
    model.moveToProblem(isBackwards: false)
    #expect(model.list.selected == 100)
    model.moveToProblem(isBackwards: false)
    #expect(model.list.selected == 201)
    model.moveToProblem(isBackwards: false)
    #expect(model.list.selected == 201)
    #expect(model.message == "Nothing is wrong after this row.")
    model.moveToProblem(isBackwards: true)
    #expect(model.list.selected == 100)
  }

  @Test("e and E stop at findings in sound records too, and say what is wrong there")
  func concerns() {
    var model = RecordListModel()
    model.update(damaged, isFinal: true)
    feed(&model, count: 111)
    model.concerns = [
      .init(offset: 505, message: "Odd."), .init(offset: 1_005, message: "In the damage."),
      .init(offset: 6_150, message: "Undone."),
    ]
    model.moveToProblem(isBackwards: false)
    #expect(model.takeRequests().contains(.locate(offset: 505)))
    model.receive(.located(row: 50, offset: 505))
    #expect(model.list.selected == 50 && model.message == "Odd.")
    model.moveToProblem(isBackwards: false)
    #expect(model.list.selected == 100 && model.message == nil)
    model.moveToProblem(isBackwards: true)
    model.receive(.located(row: 50, offset: 505))
    #expect(model.list.selected == 50)
  }

  @Test("flawed records between ranges are looked for in the file")
  func flawedRecords() {
    var model = RecordListModel()
    let range = ByteRange(.records, offset: 0, length: 1_000, records: 98, frames: 100)
    model.update(index([range]), isFinal: true)
    model.moveToProblem(isBackwards: false)
    let query = model.search
    #expect(query?.target == .flaw)
    let answer11 = model.takeRequests()
    #expect(answer11.contains { if case .find = $0 { true } else { false } })
    if let query { model.receive(.found(.row(17, wrapped: false), query)) }
    #expect(model.list.selected == 17)
  }

  @Test("damage that the scan has not found yet is gone to when it does")
  func problemsDuringTheScan() {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: false)
    model.moveToProblem(isBackwards: false)
    #expect(model.destination == .problem(after: 0))
    model.update(damaged, isFinal: true)
    #expect(model.list.selected == 100)
    #expect(model.destination == nil)
  }

  @Test("what is gone to comes with what stands around it")
  func context() {
    var model = RecordListModel()
    model.list.setVisibleRows(30)
    model.update(damaged, isFinal: true)
    model.moveToProblem(isBackwards: false)
    #expect(model.list.visible.contains(95))
    #expect(model.list.visible.contains(105))
  }

  /// The searches that a model asks for.
  private func queries(_ model: inout RecordListModel) -> [RecordQuery] {
    model.takeRequests().compactMap { if case .find(let query) = $0 { query } else { nil } }
  }

  @Test("a search that is at the end of what is scanned goes on from there when there is more")
  func searchDuringTheScan() throws {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: false)
    model.search(try SearchPattern("a"))
    let query = try #require(queries(&model).first)
    #expect(!query.isFinal)
    let place = RecordSearch.Place(offset: 1_000, frame: 100)
    let stand = PatternSearch.Stand(place: place, start: 10)
    model.receive(.found(.waiting(stand), query))
    #expect(model.search != nil)
    let none = queries(&model)
    #expect(none.isEmpty)
    model.update(index([records(200)]), isFinal: true)
    let next = try #require(queries(&model).first)
    #expect(next.stand == stand)
    #expect(next.isFinal)
  }

  @Test("a search that was stopped goes on where it stood, unless the selection has moved")
  func searchAgain() throws {
    var model = RecordListModel()
    model.list.setVisibleRows(20)
    model.update(index([records(100)]), isFinal: true)
    let pattern = try SearchPattern("a")
    let stand = PatternSearch.Stand(place: RecordSearch.Place(offset: 500, frame: 50), start: 10)
    for moves in [false, true] {
      model.search(pattern)
      let query = try #require(queries(&model).first)
      let wasStopped = model.stop()
      #expect(wasStopped)
      model.receive(.found(.stopped(stand), query))
      if moves { model.move(.down) }
      model.search(pattern)
      let again = try #require(queries(&model).first)
      #expect(again.stand == (moves ? nil : stand))
      _ = model.stop()
    }
  }

  @Test("answers of a search that was stopped are not taken")
  func lateAnswers() throws {
    var model = RecordListModel()
    model.update(index([records(100)]), isFinal: true)
    model.search(try SearchPattern("a"))
    let query = try #require(model.search)
    let wasStopped = model.stop()
    #expect(wasStopped)
    model.receive(.found(.row(50, wrapped: false), query))
    #expect(model.list.selected == 0)
  }
}
