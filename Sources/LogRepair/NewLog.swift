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
  /// Directories that were made below it, by their paths, in the order in which they were made.
  private var below: [(path: FileName, directory: OpenDirectory)] = []
  private var made: [(directory: OpenDirectory, name: FileName, identity: FileIdentity)] = []

  init(at path: FileName, calls: SystemCalls) throws(NewLogFailure) {
    self.path = path
    do throws(FileError) {
      directory = try OpenDirectory.make(path, calls: calls)
    } catch {
      throw error.isExisting ? .exists : .destination(nil, error)
    }
  }

  /// Makes a file and lets `fill` fill it; it is on the disk afterwards. The name may lead through
  /// directories, which are made.
  func make(
    _ name: FileName, fill: (borrowing NewFile) throws(NewLogFailure) -> Void
  ) throws(NewLogFailure) {
    let file: NewFile
    do throws(FileError) {
      let place = try parent(of: name)
      file = try place.makeFile(name.lastComponent)
      made.append((place, name.lastComponent, file.identity))
    } catch {
      throw .destination(name, error)
    }
    try fill(file)
    do throws(FileError) {
      try file.sync()
    } catch {
      throw .destination(name, error)
    }
  }

  private func parent(of name: FileName) throws(FileError) -> OpenDirectory {
    var place = directory
    var path = FileName("")
    for part in name.parts.dropLast() {
      path = path.appending(part)
      if let known = below.first(where: { $0.path == path }) {
        place = known.directory
      } else {
        place = try place.makeDirectory(part)
        below.append((path, place))
      }
    }
    return place
  }

  /// Waits until the names are on the disk as well.
  func finish() throws(NewLogFailure) {
    do throws(FileError) {
      for made in below { try made.directory.sync() }
      try directory.sync()
    } catch {
      throw .destination(nil, error)
    }
  }

  /// Removes what was made, as far as that can be.
  func discard() {
    for file in made { try? file.directory.remove(file.name, identity: file.identity) }
    for made in below.reversed() {
      try? OpenDirectory.removeEmpty(path.appending(made.path), calls: directory.systemCalls)
    }
    try? OpenDirectory.removeEmpty(path, calls: directory.systemCalls)
  }
}
