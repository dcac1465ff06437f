import CByteSearch
import LogFiles

extension RecordPassage {
  /// Records of `bytes` that start with the lengths of a key and a value, highest byte first, from the
  /// first byte on, which is at `offset` in the file: up to one that is the same as `marker`, or to a
  /// place of which resync may know more.
  init(
    ofCountedRecords bytes: RawSpan, at offset: UInt64, keyLimit: UInt32, valueLimit: UInt32,
    upTo marker: [UInt8]
  ) {
    // Sound: the bytes are only read, and only during the call.
    let passed = unsafe bytes.withUnsafeBytes {
      unsafe wl_pass_counted_records(
        $0.baseAddress, $0.count, offset, keyLimit, valueLimit, marker, marker.count)
    }
    records = UInt64(passed.count)
    length = UInt64(passed.length)
    endsInProof = passed.ends_with_marker
  }
}
