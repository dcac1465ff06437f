import LogRepair
import Quantities
import TerminalUI

/// How far a change is that is under way: what is behind it, what it is at, and what is to come.
struct RepairProgress {
  let control: RepairControl
  /// Bytes that the backup takes; 0 where that is not known.
  let backupSize: UInt64

  func draw(into buffer: inout CellBuffer, in area: Rect) {
    var room = area
    let phase = control.phase
    let stages: [(title: String, text: String)] = [
      ("check", "the log is scanned again, and nobody else may write it"),
      ("save", saving),
      ("change", changing(phase)),
      ("verify", "the log is scanned and compared with the plan's promise"),
    ]
    let current =
      switch phase {
      case .checking: 0
      case .saving: 1
      case .changing: 2
      case .verifying: 3
      }
    for (index, stage) in stages.enumerated() {
      var line = room.takeTop()
      let role: Role = index < current ? .good : index == current ? .accent : .dim
      let sign = index < current ? "done" : index == current ? buffer.glyphs.arrow : ""
      buffer.text(sign, in: line.takeLeft(6), style: Style(role))
      buffer.text(stage.title, in: line.takeLeft(9), style: Style(role, .bold))
      buffer.text(stage.text, in: line, style: Style(index > current ? .dim : .normal))
    }
    guard case .saving = phase, backupSize > 0 else { return }
    _ = room.takeTop()
    Bar.drawGauge(control.bytesSaved, of: backupSize, into: &buffer, in: room.takeTop())
  }

  private var saving: String {
    guard backupSize > 0 else { return "what goes is saved" }
    let saved = min(control.bytesSaved, backupSize)
    return "what goes is saved: \(Quantity.bytes(saved)) of \(Quantity.bytes(backupSize))"
  }

  private func changing(_ phase: RepairControl.Phase) -> String {
    guard case .changing(let step, let count) = phase else { return "the files are changed" }
    return "step \(Quantity.grouped(step)) of \(Quantity.grouped(count))"
  }
}
