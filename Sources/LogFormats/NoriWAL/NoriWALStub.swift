import LogFiles
extension NoriWAL {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  { fatalError() }
  public func findings(for report: LogReport) -> [Finding] { [] }
  public func forecasts(for report: LogReport, assuming: [String: UInt64]) -> [Forecast] { [] }
}
