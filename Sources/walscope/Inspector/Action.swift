import TerminalUI

/// What a key asks for. A key asks for the same thing on every screen.
enum Action: Hashable, Sendable {
  case move(Motion)
  case open, close, back, leave, quit, cancel
  case help, info, findings, forecast, extents
  case search, searchNext, searchPrevious
  case nextFinding, previousFinding
  case nextRecord, previousRecord
  case command, sort, apparent, nextPane, previousPane, toggle
  case rescan, redraw
  case follow, pause, plan, undo
  case save, reallocate, purge
  case lab
}

/// Where keys are pressed: decides what the footer shows.
enum KeyContext: Hashable, Sendable, CaseIterable {
  case logs, segments, records, record, extents, findings, forecast, info, help, problem
  case plan, result, history, dialog
  case lab, experiment, demo
}
