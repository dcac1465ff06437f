import LogFiles
import LogInspection
import TerminalUI

extension InspectorApplication {
  /// Begins or ends to follow the log of the screen on top.
  mutating func toggleFollow() -> [Effect<InspectorWork>] {
    guard let index = subject?.log, context.logs.indices.contains(index) else {
      message = "Open a log first: F follows the log of the screen."
      return []
    }
    guard !context.logs[index].isRaw else {
      message = "No format knows these files, so there are no records to follow."
      return []
    }
    if context.logs[index].follow != nil {
      stopFollow(index)
      message = "No longer following. What is shown is what it was; r looks anew."
      return updateViews()
    }
    message = "Following: new records are marked with +. p pauses, F ends it."
    return startFollow(index) + updateViews()
  }

  mutating func startFollow(_ index: Int) -> [Effect<InspectorWork>] {
    lastID += 1
    let follow = FollowState(ScanControl(), number: lastID, since: context.uptime)
    context.logs[index].follow = follow
    return [.perform(.follow(key(index), context.logs[index].log, follow.control, number: lastID))]
  }

  mutating func stopFollow(_ index: Int) {
    context.logs[index].follow?.cancel()
    context.logs[index].follow = nil
  }

  /// Has the screen stand still while the log grows, or lets it go on.
  mutating func togglePause() -> [Effect<InspectorWork>] {
    guard let index = subject?.log, context.logs.indices.contains(index),
      context.logs[index].follow != nil
    else {
      message = "Nothing is being followed: F begins."
      return []
    }
    guard let held = context.logs[index].follow?.resume() else {
      context.logs[index].follow?.pause()
      message = "Paused: the log goes on, the screen does not. p goes on."
      return []
    }
    show(held, of: index)
    return judgeLater(index, soon: held.hasFault) + updateViews()
  }

  /// Takes what a followed log has posted.
  mutating func followed(_ key: LogKey, _ news: FollowNews) -> [Effect<InspectorWork>] {
    guard context.logs[key.index].follow?.number == news.number,
      context.logs[key.index].follow?.holds(news) == false
    else { return [] }
    show(news, of: key.index)
    return judgeLater(key.index, soon: news.hasFault) + updateViews()
  }

  private mutating func show(_ news: FollowNews, of index: Int) {
    if let log = news.log { context.logs[index].move(to: log) }
    if context.logs[index].follow?.take(news) == true { context.logs[index].noteChange() }
    for (name, live) in news.segments { context.logs[index].note(live, of: name) }
    for (name, count) in news.extentCounts {
      context.logs[index].note(extentCount: count, of: name)
    }
    if !news.announcements.isEmpty { message = news.announcements.joined(separator: " ") }
    if news.isOver {
      stopFollow(index)
      message = "The log was deleted. What is shown is what it was."
    }
  }
}
