internal import CLinux
import Glibc

/// The words that the process was started with.
public enum ProcessArguments {
  /// Everything behind the program's name, as bytes: a path need not be UTF-8.
  public static var words: [FileName] {
    (1..<max(1, wl_argument_count())).compactMap { index in
      // Sound: the words end with a zero and stay as they are as long as the process runs.
      unsafe wl_argument(index).map { word in
        let bytes = unsafe UnsafeRawBufferPointer(start: word, count: strlen(word))
        return unsafe FileName(Array(bytes))
      }
    }
  }
}
