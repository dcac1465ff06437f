import Glibc

/// What the fuzzer gives its bytes to.
struct FuzzTarget {
  let name: String
  /// - Throws: `Violation`, when something is not as it always is.
  let run: ([UInt8]) throws -> Void
}

/// Something that must be so whatever the bytes are, and was not.
struct Violation: Error {
  let what: String

  init(_ what: String) { self.what = what }
}

func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  if !holds { throw Violation(what()) }
}

/// Chosen once, before the first input; the fuzzer has one thread.
nonisolated(unsafe) private var chosen: FuzzTarget?

/// Takes the target's name off the command line, and puts limits, a place for findings and the
/// directories of inputs in its stead: those that are made now, then the seeds.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let targets = LogTarget.all + ReaderTarget.all
  let words = (0..<Int(count.pointee)).compactMap { arguments.pointee[$0] }
  // Processes that the fuzzer starts itself get its words without the name.
  let word = words.count > 1 ? String(cString: words[1]) : ""
  let known = targets.first { $0.name == word }
  chosen =
    known
    ?? getenv("WALSCOPE_FUZZ").flatMap { word in
      targets.first { $0.name == String(cString: word) }
    }
  guard let name = chosen?.name else {
    print("usage: Fuzz TARGET [OPTION OF LIBFUZZER | FILE]...")
    print("targets: " + targets.map(\.name).joined(separator: " "))
    exit(64)
  }
  // Directories go with what holds them.
  atexit { Fuzz.chosen = nil }
  guard known != nil else { return 0 }
  setenv("WALSCOPE_FUZZ", name, 1)
  let rest = words.dropFirst(2)
  var all = ["-timeout=20", "-rss_limit_mb=1024", "-malloc_limit_mb=128"]
  // A file is an input to try once.
  if rest.allSatisfy({ $0[0] == CChar(bitPattern: UInt8(ascii: "-")) }) {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let work = "\(root)/.build/inputs"
    for directory in [work, "\(work)/\(name)"] { mkdir(directory, 0o755) }
    all += ["-artifact_prefix=\(work)/", "\(work)/\(name)", "\(root)/Seeds/\(name)"]
  }
  let replaced = [words[0]] + all.map { strdup($0) } + rest
  let copy = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
    capacity: replaced.count + 1)
  for (index, word) in replaced.enumerated() { copy[index] = word }
  copy[replaced.count] = nil
  arguments.pointee = copy
  count.pointee = Int32(replaced.count)
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do {
    try chosen?.run(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
