/// How far a text is scrolled.
public struct ScrollPosition: Equatable, Sendable {
  /// The first line on screen.
  public private(set) var top = 0
  /// Lines of the text at the width it was last drawn with.
  public private(set) var lineCount = 0
  private var visibleRows = 1

  /// The beginning of a text.
  public init() {}

  /// Whether all of it is seen at once.
  public var fits: Bool { lineCount <= visibleRows }

  /// Which lines are seen, such as `1-20/48`; nil when all of them are.
  public var text: String? {
    fits ? nil : "\(top + 1)-\(min(top + visibleRows, lineCount))/\(lineCount)"
  }

  /// Scrolls.
  public mutating func move(_ motion: Motion) {
    let page = max(visibleRows - 1, 1)
    switch motion {
    case .up: top -= 1
    case .down: top += 1
    case .pageUp: top -= page
    case .pageDown: top += page
    case .first: top = 0
    case .last: top = lineCount
    }
    settle()
  }

  /// Scrolls by the wheel.
  public mutating func handle(_ mouse: MouseAction) {
    switch mouse {
    case .wheelUp: top -= 3
    case .wheelDown: top += 3
    case .click, .double: break
    }
    settle()
  }

  /// Takes over how many lines the text has and how many of them there is room for.
  public mutating func fit(lineCount: Int, rows: Int) {
    self.lineCount = lineCount
    visibleRows = max(rows, 1)
    settle()
  }

  private mutating func settle() {
    top = max(0, min(top, lineCount - visibleRows))
  }
}
