/// Figures of a nori-wal writer, by the names of the owner's documents (format page, section 10);
/// the owner itself makes none.
public final class NoriWALMetrics: Sendable {
  public let records = MetricCounter("wal_records", help: "Records appended.")
  public let bytes = MetricCounter("wal_bytes", help: "Bytes of the records appended, as stored.")
  public let fsync = MetricHistogram(
    "wal_fsync_ms", help: "Milliseconds that the writer waited for the disk.",
    bounds: MetricHistogram.diskMilliseconds)
  public let segments = MetricGauge("wal_segment_count", help: "Segments that there are.")
  public let segmentsDeleted = MetricCounter("wal_segments_deleted", help: "Segments deleted.")
  public let deletion = MetricHistogram(
    "wal_gc_latency_ms", help: "Milliseconds that one deletion of old segments took.",
    bounds: MetricHistogram.diskMilliseconds)

  init() {}

  /// All of them as OpenMetrics text.
  public var openMetrics: String {
    var text = OpenMetricsText()
    text.add(records)
    text.add(bytes)
    text.add(fsync)
    text.add(segments)
    text.add(segmentsDeleted)
    text.add(deletion)
    return text.text
  }
}
