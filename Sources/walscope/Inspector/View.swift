import LogFiles
import TerminalUI

/// One screen of the inspector: a state that answers actions and draws itself.
///
/// The shell owns the title line, the sentence and the footer; a view owns the rows between them
/// and says what stands in the others. What is known of the logs is in the context, which a view is
/// given with every call and never keeps; what only the view knows (its selection, its reader) is
/// its own state. A view that needs a log keeps its `Log`: that stays the same when a rescan puts
/// another one in its place.
protocol View {
  /// Decides which keys work here and stand in the footer.
  var keyContext: KeyContext { get }

  /// What the title line says.
  func heading(_ context: InspectorContext) -> Heading

  /// What is to be said about the selected row, so that a tired person understands it.
  func sentence(_ context: InspectorContext) -> [StyledText]

  /// Actions with a key here that cannot be done now, with the reason as a sentence.
  func unavailable(_ context: InspectorContext) -> [Action: String]

  /// The log that the screen is about, and the segment in it where it is about one; nil where it is
  /// about neither.
  func subject(_ context: InspectorContext) -> Subject?

  /// Takes a key before the table of keys does, while something is asked or typed; nil when it does
  /// not want it.
  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]?

  /// Lets go of the log's files, because they are about to be changed: no reading begins until the
  /// log has been opened anew. What it answers is done on the thread of the change, before that.
  mutating func letGo(_ context: InspectorContext) -> [@Sendable () -> Void]

  /// Called once, before it is drawn for the first time.
  mutating func appear(_ context: InspectorContext) -> [ViewEffect]

  /// Called when something in the context has changed: statuses, reports, holders.
  mutating func update(_ context: InspectorContext) -> [ViewEffect]

  /// Answers an action; those that the shell answers itself (see `InspectorApplication`) never
  /// arrive. An action that has no meaning here is ignored.
  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect]

  /// Goes back one level inside the screen; nil when there is none, so that the shell leaves it.
  mutating func goBack(_ context: InspectorContext) -> [ViewEffect]?

  /// Stops what the screen waits for beside its work; false when there is nothing of that sort.
  mutating func cancel(_ context: InspectorContext) -> Bool

  /// Answers the mouse; `row` and `column` are those of the screen.
  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect]

  /// Takes what the view's own work or reading has posted.
  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect]

  /// The view's own work has ended; `wasCancelled` when Escape or the shell stopped it.
  mutating func workEnded(wasCancelled: Bool, _ context: InspectorContext) -> [ViewEffect]

  /// Looks for a text from the selected row on.
  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect]

  /// Goes to what was typed behind `:`.
  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect]

  /// Draws into `area`, which is empty. It may change only what depends on the size.
  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext)
}

extension View {
  func subject(_ context: InspectorContext) -> Subject? { nil }
  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]? { nil }
  mutating func letGo(_ context: InspectorContext) -> [@Sendable () -> Void] { [] }
  func unavailable(_ context: InspectorContext) -> [Action: String] { [:] }
  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func update(_ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func goBack(_ context: InspectorContext) -> [ViewEffect]? { nil }
  mutating func cancel(_ context: InspectorContext) -> Bool { false }
  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] { [] }
  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func workEnded(wasCancelled: Bool, _ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect] {
    [.message("There is nothing to search here.")]
  }
  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect] {
    [.message("There is no such place on this screen.")]
  }
}

/// A log by its number in the context, and one of its segments by its number in the layout.
struct Subject: Equatable, Sendable {
  var log: Int
  var segment: Int?
}

/// What the title line says. Foreign bytes are welcome: drawing makes them safe.
struct Heading {
  /// What is open, on the left.
  var place: [StyledText]
  /// Facts about it on the right; the last ones go first where the line is too narrow.
  var facts: [StyledText]
  /// Where the selection is, such as `412/9,120`; it stays.
  var position: String?

  init(_ place: [StyledText], facts: [StyledText] = [], position: String? = nil) {
    self.place = place
    self.facts = facts
    self.position = position
  }
}

/// What a view wants of the shell.
enum ViewEffect {
  /// Put a screen on top of this one.
  case open(Destination)
  /// Put a screen in the place of this one.
  case replace(Destination)
  /// Go back to the screen below.
  case back
  /// Say something in the place of the sentence until the next key; never with foreign bytes that
  /// are not wanted there: drawing escapes them.
  case message(String)
  /// Do work on another thread, in the place of the work this view has under way.
  case start(BackgroundWork)
  /// Read something on another thread, beside the work of this view and without progress: what a
  /// screen needs to be drawn. What it posts arrives in `receive`.
  case read(@Sendable (_ post: @escaping @Sendable (any Sendable) -> Void) -> Void)
  /// Stop the work of this view.
  case stopWork
  /// Look where a segment lies on disk; the log's state then has it.
  case lookAtExtents(log: Int, segment: Int)
  /// List and scan the log of this view anew.
  case rescan(log: Int)
  /// List and scan everything anew.
  case rescanAll
}

/// A screen and what it is to show. Logs are counted as in the context, segments as in the layout.
enum Destination: Hashable, Sendable {
  case segments(log: Int)
  /// The records of a segment; with an offset, the row that holds that byte is selected.
  case records(log: Int, segment: Int, offset: UInt64?)
  case extents(log: Int, segment: Int)
  case findings(log: Int)
  case forecast(log: Int)
  /// What can be done to a log and to one of its segments.
  case plan(log: Int, segment: Int?)
  /// What was done to a log through plans, and the ways back.
  case history(log: Int)
  /// What is known of a log and, when given, of one of its segments.
  case info(log: Int, segment: Int?)
  /// Choosing an experiment of the lab, and the directory for it.
  case lab(FileName)
  /// An experiment that is made in a directory.
  case experiment(LabChoice, in: FileName)
  /// Preallocation in six steps.
  case demo(FileName)
  case help
}

/// A search that the user typed or asked to go on.
struct Search: Equatable, Sendable {
  var text: String
  var isBackward = false
  /// The selected row itself does not count: `n` and `N`.
  var isRepeated = false
}

/// A place typed behind `:`.
enum TypedPlace: Equatable, Sendable {
  /// `0x1f40`: a byte offset from the start of the file.
  case offset(UInt64)
  /// `412` or `1,024`: a record's or row's number, as the screen counts it.
  case number(UInt64)
  /// Anything else: a segment's name, a key as `SearchPattern.keyBytes` reads it.
  case name(String)
}
