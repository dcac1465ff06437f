/// The parts of a growing file that were copied to last, kept mapped; a few at most, whatever the
/// size of the file.
///
/// Several threads may copy at once. While one of them prepares a part, no other may copy: the
/// caller sees to that.
public final class SharedWindows: Sendable {
  /// Bytes of a part. A mapping costs no memory where nothing was touched.
  public static let windowSize: UInt64 = 4 << 20
  private static let limit = 4

  private struct Window {
    var number = UInt64.max
    var memory: SharedMemory?
  }

  private let file: WriterFile
  /// Sound: changed by `prepare` and `removeAll` alone, which exclude all else as promised.
  nonisolated(unsafe) private var windows = [Window](
    repeating: Window(), count: SharedWindows.limit)

  public init(_ file: WriterFile) { self.file = file }

  /// How many parts are mapped.
  public var count: Int { unsafe windows.count { $0.memory != nil } }

  /// Copies `bytes` to `offset` of the file where that is mapped, and answers whether it is.
  ///
  /// - Throws: `FileError` of `SharedMemory.copy`.
  public func copy(_ bytes: RawSpan, to offset: UInt64) throws(FileError) -> Bool {
    let number = offset / Self.windowSize
    let place = Int(offset % Self.windowSize)
    let index = Int(number % UInt64(Self.limit))
    guard unsafe windows[index].number == number, bytes.byteCount <= Int(Self.windowSize) - place,
      let memory = unsafe windows[index].memory
    else { return false }
    try memory.copy(bytes, to: place)
    return true
  }

  /// Whether `offset` is mapped.
  public func hold(_ offset: UInt64) -> Bool {
    let number = offset / Self.windowSize
    return unsafe windows[Int(number % UInt64(Self.limit))].number == number
  }

  /// Maps the part that holds `offset`, in place of one that was mapped long ago. Where no mapping
  /// is to be had it stays unmapped. Nobody may copy meanwhile.
  public func prepare(_ offset: UInt64) {
    let number = offset / Self.windowSize
    let index = Int(number % UInt64(Self.limit))
    if unsafe windows[index].number == number { return }
    unsafe windows[index] = Window()
    let start = number * Self.windowSize
    if let memory = try? SharedMemory(file, offset: start, count: Int(Self.windowSize)) {
      unsafe windows[index] = Window(number: number, memory: memory)
    }
  }

  /// Unmaps all. Nobody may copy meanwhile.
  public func removeAll() {
    for index in unsafe windows.indices { unsafe windows[index] = Window() }
  }
}
