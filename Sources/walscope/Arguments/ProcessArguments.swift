import LogFiles

/// The words that the process was started with.
enum ProcessArguments {
  /// Everything behind the program's name, as bytes: a path need not be UTF-8.
  static var words: [FileName] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      // Sound: the kernel lays down `argc` zero-terminated words, which nobody changes here.
      unsafe CommandLine.unsafeArgv[index].map { word in
        var bytes: [UInt8] = []
        var length = 0
        while unsafe word[length] != 0 {
          bytes.append(UInt8(bitPattern: unsafe word[length]))
          length += 1
        }
        return FileName(bytes)
      }
    }
  }
}
