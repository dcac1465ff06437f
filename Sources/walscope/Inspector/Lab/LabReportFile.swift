import JSON
import LogFiles
import LogLab

/// The figures of an experiment as a file.
enum LabReportFile {
  /// Writes a report into a new file, never over what exists, and answers what became of it.
  static func save(_ report: LabReport, of choice: LabChoice, to path: FileName)
    -> ExperimentView.News
  {
    let (parent, name) = path.parentAndName
    do throws(FileError) {
      let stream = OutputStream(try OpenDirectory.open(parent).makeFile(name))
      var json = JSONWriter(stream)
      choice.write(report, to: &json)
      json.endLine()
      stream.sync()
      if let code = stream.failure { return .notSaved(SystemError.text(code)) }
      return .saved(path)
    } catch {
      return .notSaved(error.whatHappened + (error.advice.map { "; \($0)" } ?? ""))
    }
  }
}
