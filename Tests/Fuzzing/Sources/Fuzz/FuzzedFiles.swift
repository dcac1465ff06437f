import Glibc
import LogFiles

/// An input taken apart: a byte that says what is done with it, then the contents of files.
struct FuzzedFiles {
  private let mode: UInt8
  var parts: [[UInt8]]

  /// Between the contents of two files.
  static let separator = Array("\u{1}cut".utf8)

  init(_ input: [UInt8]) {
    mode = input.first ?? 0
    parts = [[]]
    var rest = input.dropFirst()
    while let byte = rest.first {
      if rest.starts(with: Self.separator) {
        rest = rest.dropFirst(Self.separator.count)
        parts.append([])
      } else {
        parts[parts.count - 1].append(byte)
        rest = rest.dropFirst()
      }
    }
  }

  /// Whether checksums are made right, so that what stands behind them is reached.
  var correctsChecksums: Bool { mode & 1 != 0 }
  /// Whether zeros follow, as preallocation leaves them.
  var hasZeroTail: Bool { mode & 2 != 0 }
  /// Whether plans are made, and records are saved to a new log: seldom, because it takes its time.
  var isRepaired: Bool { mode & 0xF4 == 4 }
  /// Whether the log is looked for by its contents.
  var isRecognised: Bool { mode & 8 != 0 }
}

/// A directory whose files are replaced by those of the next input.
final class FuzzedDirectory {
  private let directory: TemporaryDirectory
  private var names: Set<String> = []
  private var folders: Set<String> = []

  init() {
    // In memory: nothing of it is worth keeping.
    guard let directory = try? TemporaryDirectory(below: "/dev/shm") else {
      fatalError("no directory below /dev/shm")
    }
    self.directory = directory
  }

  var path: String { directory.path }

  func path(_ name: String) -> String { directory.path(name) }

  /// Writes files, by their names with directories, and removes those of the last input.
  func fill(_ files: [(name: String, bytes: [UInt8])]) throws {
    for name in names.subtracting(files.map(\.name)) { unlink(path(name)) }
    names = Set(files.map(\.name))
    for file in files {
      var folder = ""
      for part in file.name.split(separator: "/").dropLast() {
        folder += "\(part)/"
        if folders.insert(folder).inserted { mkdir(path(folder), 0o755) }
      }
      try directory.write(file.bytes, to: file.name)
      // Long ago: what has just changed is looked at again, as a writer may be at work.
      let times = [
        timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0),
      ]
      utimensat(AT_FDCWD, path(file.name), times, 0)
    }
  }

  /// Removes a new log that was made in `name`, with one level of directories.
  func remove(_ name: String) {
    guard let made = try? OpenDirectory.open(path(name)) else { return }
    for entry in (try? made.entries()) ?? [] {
      unlink("\(made.path)/\(String(decoding: entry.name.bytes, as: UTF8.self))")
    }
    rmdir(made.path)
  }
}
