import LogFiles

/// A pair of files that is open for appending, and fit for it.
struct MmlogOpened: Sendable {
  let data: WriterFile
  let file: WriterFile
  let metadata: MmlogSharedMetadata
  let growth: MmlogGrowth
  let chunkSize: UInt32
  let isNew: Bool
  let remarks: [MmlogRemark]
}
