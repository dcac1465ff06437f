extension Destination {
  /// The screen that shows it.
  func view(_ context: InspectorContext) -> any View {
    switch self {
    case .segments(let log): SegmentListView(log: log)
    case .records, .extents:
      ProblemView(headline: "This screen is still to come.", advice: "")
    case .findings: HelpView()
    case .forecast: HelpView()
    case .info: HelpView()
    case .help: HelpView()
    }
  }
}
