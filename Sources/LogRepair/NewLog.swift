public import LogFiles

/// Why a new log was not made.
public enum NewLogFailure: Error, Sendable {
  /// Something of that name is there already.
  case exists
  /// The destination, or a file of it, could not be made or filled.
  case destination(FileName?, FileError)
  /// A file of the old log could not be read.
  case source(FileName, FileError)
  case refused(reason: String, advice: String?)
  /// The user stopped it.
  case stopped
}

/// A directory that is made for a new log. Nothing that exists is touched, and what was made goes
/// again when it does not become whole.
final class NewLog {
  let directory: OpenDirectory
  private let path: FileName
  private var made: [(name: FileName, identity: FileIdentity)] = []

  init(at path: FileName, calls: SystemCalls) throws(NewLogFailure) {
    self.path = path
    do throws(FileError) {
      directory = try OpenDirectory.make(path, calls: calls)
    } catch {
      throw error.isExisting ? .exists : .destination(nil, error)
    }
  }

  /// Makes a file and lets `fill` fill it; it is on the disk afterwards.
  func make(
    _ name: FileName, fill: (borrowing NewFile) throws(NewLogFailure) -> Void
  ) throws(NewLogFailure) {
    let file: NewFile
    do throws(FileError) {
      file = try directory.makeFile(name)
    } catch {
      throw .destination(name, error)
    }
    made.append((name, file.identity))
    try fill(file)
    do throws(FileError) {
      try file.sync()
    } catch {
      throw .destination(name, error)
    }
  }

  /// Waits until the names are on the disk as well.
  func finish() throws(NewLogFailure) {
    do throws(FileError) {
      try directory.sync()
    } catch {
      throw .destination(nil, error)
    }
  }

  /// Removes what was made, as far as that can be.
  func discard() {
    for (name, identity) in made { try? directory.remove(name, identity: identity) }
    try? OpenDirectory.removeEmpty(path, calls: directory.systemCalls)
  }
}
