import LogFiles
import LogFormats

extension RecordSource {
  /// Reads where nobody cancels, so that only the file can fail.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  mutating func reading<Result>(
    _ body: (inout RecordSource) throws(RecordSourceError) -> Result
  ) throws(FileError) -> Result {
    do throws(RecordSourceError) {
      return try body(&self)
    } catch {
      switch error {
      case .file(let error): throw error
      // A source that can be cancelled is, where that is looked at, not read this way.
      case .cancelled: throw FileError(call: .read, code: 0, name: nil)
      }
    }
  }
}
