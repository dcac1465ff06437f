import LogFiles
extension NoriWAL {
  public func findings(for report: LogReport) -> [Finding] { [] }
  public func forecasts(for report: LogReport, assuming: [String: UInt64]) -> [Forecast] { [] }
}
