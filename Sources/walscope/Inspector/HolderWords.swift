import LogFiles
import LogInspection
import TerminalUI

/// Who has a log open, in the words of title and info.
enum HolderWords {
  /// For the title line: `open: norikv 4711`; nothing while nobody is seen.
  static func title(_ state: LogState) -> TitleLine.Kept? {
    let holders = all(state)
    guard let first = holders.first else { return nil }
    let words = Array((first.isWriting ? "written by: " : "open: ").utf8) + first.program.bytes
    let one = words + Array(" \(first.pid)".utf8)
    let more = holders.count > 1 ? Array(" and \(holders.count - 1) more".utf8) : []
    return .init(StyledText(bytes: one + more), brief: StyledText(bytes: one))
  }

  /// Each process that has any of the log's segments open, writers first.
  static func all(_ state: LogState) -> [Holder] {
    var byProcess: [Int32: Holder] = [:]
    for holders in (state.holders?.files ?? [:]).values {
      for holder in holders {
        let known = byProcess[holder.pid]
        byProcess[holder.pid] = Holder(
          pid: holder.pid, program: holder.program,
          isWriting: holder.isWriting || known?.isWriting == true,
          isMapped: holder.isMapped || known?.isMapped == true,
          isLocked: holder.isLocked || known?.isLocked == true)
      }
    }
    return byProcess.values.sorted {
      ($0.isWriting ? 0 : 1, $0.pid) < ($1.isWriting ? 0 : 1, $1.pid)
    }
  }
}
