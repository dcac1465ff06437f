import LogFiles
import LogInspection
import TestSupport
import Testing

/// The sample logs are what `SampleData/README.md` says, and are made by the commands in it.
struct SampleDataTests {
  static let root: String = {
    let here = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return "/\(here)/SampleData"
  }()

  /// The commands of the page: indented lines that start with the program's name.
  static let commands: [String] = {
    let page = (try? String(decoding: Tree.bytes(of: "\(root)/README.md"), as: UTF8.self)) ?? ""
    return page.split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("    walscope make ") }
  }()

  @Test
  func `The page names a command for each sample`() throws {
    let made = Set(Self.commands.compactMap(Self.place))
    let formats = try Tree.names(in: Self.root).filter { $0 != "README.md" }
    let samples = try formats.flatMap { format in
      try Tree.names(in: "\(Self.root)/\(format)").map { "SampleData/\(format)/\($0)" }
    }
    #expect(!samples.isEmpty)
    #expect(made == Set(samples))
  }

  @Test(arguments: commands)
  func `A command of the page makes the same bytes again`(command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let place = try #require(Self.place(command))
    let directory = try TemporaryDirectory()
    let program = try TerminalSession.builtProgram("walscope")
    let again = directory.path("again")
    let arguments = words.dropFirst().map { $0 == place ? again : $0 }
    try ChildProcess.require([program] + arguments)
    let sample = "\(Self.root)/\(place.split(separator: "/").dropFirst().joined(separator: "/"))"
    let names = try Tree.files(below: sample)
    #expect(try Tree.files(below: again) == names)
    for name in names {
      #expect(try Tree.bytes(of: "\(again)/\(name)") == Tree.bytes(of: "\(sample)/\(name)"))
    }
  }

  private static func place(_ command: String) -> String? {
    command.split(separator: " ").map(String.init).first { $0.hasPrefix("SampleData/") }
  }
}

/// Reads small trees of files for comparing them.
enum Tree {
  static func names(in path: String) throws -> [String] {
    try OpenDirectory.open(path).entries().compactMap(\.name.utf8)
  }

  /// The names of all files below a directory, with the directories that lead to them.
  static func files(below path: String) throws -> [String] {
    try OpenDirectory.open(path).entries().flatMap { entry -> [String] in
      guard let name = entry.name.utf8 else { return [] }
      guard entry.kind == .directory else { return [name] }
      return try files(below: "\(path)/\(name)").map { "\(name)/\($0)" }
    }
  }

  static func bytes(of path: String) throws -> [UInt8] {
    let (directory, name) = try OpenDirectory.openParent(ofFile: path)
    let file = try directory.openFile(name)
    var window = FileWindow(capacity: 1 << 22)
    try window.load(file, at: 0, end: try file.status().size)
    return (0..<window.count).map { window.bytes.le(UInt8.self, at: $0) ?? 0 }
  }
}
