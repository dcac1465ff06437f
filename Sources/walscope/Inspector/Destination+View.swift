extension Destination {
  /// The screen that shows it.
  func view(_ context: InspectorContext) -> any View {
    switch self {
    case .segments(let log): SegmentListView(log: log)
    case .records, .extents:
      ProblemView(headline: "This screen is still to come.", advice: "")
    case .findings(let log): FindingListView(log: log)
    case .forecast(let log): ForecastView(log: log)
    case .info(let log, let segment): InfoView(log: log, segment: segment)
    case .help: HelpView()
    }
  }
}
