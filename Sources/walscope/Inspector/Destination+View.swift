extension Destination {
  /// The screen that shows it.
  func view(_ context: InspectorContext) -> any View {
    switch self {
    case .segments(let log): SegmentListView(log: log)
    case .records(let log, let segment, let offset):
      RecordsView(log: log, segment: segment, offset: offset)
    case .extents(let log, let segment): ExtentsView(log: log, segment: segment)
    case .findings(let log): FindingListView(log: log)
    case .forecast(let log): ForecastView(log: log)
    case .plan(let log, let segment): PlanView(log: log, segment: segment)
    case .history(let log): HistoryView(log: log)
    case .info(let log, let segment): InfoView(log: log, segment: segment)
    case .lab(let directory): LabView(directory: directory)
    case .experiment(let choice, let directory): ExperimentView(choice, directory: directory)
    case .demo(let directory): DemoView(directory: directory)
    case .help: HelpView()
    }
  }
}
