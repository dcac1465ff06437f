import LogFiles

/// What is odd about the names of an okaywal log (format page, section 1).
struct OkayWALNameFindings {
  private let layout: LogLayout

  init(_ layout: LogLayout) { self.layout = layout }

  var findings: [Finding] {
    guard layout.primary == nil else { return [] }
    return odd + duplicates + inTheWay + ignored
  }

  /// Files that the owner takes although a person would not.
  private var odd: [Finding] {
    Finding.each(
      layout.segments.filter { !isCanonical($0) || $0.id == 0 }, .warning, .nonCanonicalName,
      "more files with odd names"
    ) { segment in
      if segment.id == 0, isCanonical(segment) {
        return Finding(
          .warning, .nonCanonicalName, file: segment.name,
          "the id 0, which the owner never gives",
          explanation: "The id before it is below zero: an owner built for debugging crashes.")
      }
      let canonical = "wal-\(segment.id ?? 0)"
      return Finding(
        .warning, .nonCanonicalName, file: segment.name,
        segment.isLive
          ? "the owner takes this file for the live segment \(canonical)"
          : "the owner takes this file for a checkpointed one, and will reuse it",
        explanation:
          "It looks at the parts between hyphens only: any third part but cp makes a live file.",
        advice: "Move it out of the directory if it is a copy.")
    }
  }

  private func isCanonical(_ segment: SegmentFile) -> Bool {
    OkayWALNames.canonical(segment.id ?? 0, isCheckpointed: !segment.isLive) == segment.name
  }

  private var duplicates: [Finding] {
    let pairs = zip(layout.segments, layout.segments.dropFirst()).filter { $0.id == $1.id }
    return Finding.each(pairs.map(\.1), .error, .duplicateSegment, "more files for one id") {
      second in
      Finding(
        second.isLive ? .error : .warning, .duplicateSegment, file: second.name,
        "a second file for the id \(second.id ?? 0)",
        explanation:
          "The owner reads every live one of them: its application gets the entries of both.",
        advice: "Find out which one is right, and move the other away.")
    }
  }

  private var inTheWay: [Finding] {
    Finding.each(
      layout.strays.filter { $0.state != .ignored }, .error, .notARegularFile,
      "more entries that are no files"
    ) { stray in
      stray.kind == .directory
        ? Finding(
          .error, .directoryNamedLikeSegment, file: stray.name,
          "a directory has the name of a segment",
          explanation: "The owner's open fails with \"Is a directory\".", advice: "Move it away.")
        : Finding(
          stray.kind == .symbolicLink ? .warning : .error, .notARegularFile, file: stray.name,
          "a \(stray.kind.words) has the name of a segment; it is not opened here",
          explanation: stray.kind == .symbolicLink
            ? "The owner follows the link. Links inside a log are not followed here."
            : "The owner opens it, and fails or waits for ever.")
    }
  }

  private var ignored: [Finding] {
    Finding.each(
      layout.strays.filter { $0.state == .ignored }, .note, .strayFile,
      "more files with similar names"
    ) {
      Finding(
        .note, .strayFile, file: $0.name,
        "looks like a segment, but the owner ignores a file of this name")
    }
  }
}
