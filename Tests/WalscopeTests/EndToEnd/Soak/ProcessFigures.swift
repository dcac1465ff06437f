import Foundation

/// What a process takes of the machine, looked at again and again.
struct ProcessFigures {
  private(set) var memory: [Int] = []
  private(set) var descriptors: [Int] = []
  private let process: pid_t

  init(of process: pid_t) { self.process = process }

  /// Looks at it once; nothing is noted when it has ended.
  mutating func look() {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let words = line?.split { $0 == " " || $0 == "\t" }
    let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
    guard let files, let words, words.count > 1, let kilobytes = Int(words[1]) else { return }
    memory.append(kilobytes * 1024)
    descriptors.append(files.count)
  }

  /// Medians of the second and of the last third: the first one is the warming up.
  static func levels(_ figures: [Int]) -> (before: Int, after: Int)? {
    let third = figures.count / 3
    guard third > 0 else { return nil }
    let before = figures[third..<(2 * third)].sorted()[third / 2]
    let after = figures.suffix(third).sorted()[third / 2]
    return (before, after)
  }
}
