import Foundation
import LogFiles
import NumberedRecords
import TestSupport
import Testing

/// Logs that are written for a long time under following, checking, copying and browsing: nothing
/// is called corrupt, nothing is missed or told twice, and neither memory nor descriptors grow.
///
/// Each takes some seconds, or as many as `WALSCOPE_SOAK` says.
@Suite(.serialized) struct SoakTests {
  private static let seconds =
    ProcessInfo.processInfo.environment["WALSCOPE_SOAK"]
    .flatMap { Double($0) } ?? 5

  /// Where the machine is busy, a round takes longer than all of them should.
  private static let fewestRounds = 4
  /// Memory and descriptors may differ so much between the second and the last third.
  private static let memoryNoise = 8 << 20
  /// The caches of the screen fill up in the first minute, and there is no growth to be told from it.
  private static let secondsUntilFlat = 60.0
  private static let descriptorNoise = 8
  private static let mostMemory = 64 << 20

  @Test(arguments: SoakCase.all)
  func `A log that is written on and on`(_ writing: SoakCase) throws {
    let scene = try SoakScene(writing)
    let end = Date(timeIntervalSinceNow: Self.seconds)
    var nextLife = Date(timeIntervalSinceNow: Self.seconds / 4)
    var rounds = 0
    while Date() < end || rounds < Self.fewestRounds {
      try scene.look()
      rounds += 1
      scene.progress.beginRound()
      if Date() > nextLife {
        try scene.beginAnotherLife()
        nextLife = Date(timeIntervalSinceNow: Self.seconds / 4)
      }
      try #require(scene.progress.wait(forMore: 500, within: 60), "the follower tells no more")
    }
    try scene.end()
    let outcome = scene.progress.outcome
    #expect(outcome.missing.isEmpty, "\(outcome.missing.count): \(outcome.missing.prefix(5))")
    #expect(outcome.repeated.isEmpty, "\(outcome.repeated.count): \(outcome.repeated.prefix(5))")
    #expect(outcome.complaints.isEmpty, "\(outcome.complaints)")
    for (name, figures) in [("follow", scene.follower), ("inspector", scene.screen)] {
      let memory = try #require(ProcessFigures.levels(figures.memory))
      let descriptors = try #require(ProcessFigures.levels(figures.descriptors))
      print(
        "\(writing.testDescription), \(name): \(outcome.acknowledged) records, \(rounds) rounds, "
          + "memory \(memory.before >> 10) then \(memory.after >> 10) KiB, "
          + "descriptors \(descriptors.before) then \(descriptors.after)")
      if Self.seconds > Self.secondsUntilFlat {
        #expect(memory.after <= memory.before + Self.memoryNoise, "\(name)")
      }
      #expect(memory.after <= Self.mostMemory, "\(name)")
      #expect(descriptors.after <= descriptors.before + Self.descriptorNoise, "\(name)")
    }
  }
}

/// A writer, and everything that looks at its log.
private final class SoakScene {
  let progress = SoakProgress()
  private(set) var follower: ProcessFigures
  private(set) var screen: ProcessFigures
  private let writing: SoakCase
  private let directory: TemporaryDirectory
  private let place: TemporaryDirectory
  private var writer: SoakWriter
  private let following: RunningProgram
  private let inspector: TerminalSession
  private let reading: Thread
  private let ended = DispatchSemaphore(value: 0)
  private var rounds = 0

  /// Segments that are left when older ones are deleted.
  private static let keptSegments = 6

  init(_ writing: SoakCase) throws {
    self.writing = writing
    directory = try TemporaryDirectory()
    place = try TemporaryDirectory()
    writer = try SoakWriter(writing, in: directory.path, from: 0, progress)
    let path = directory.path
    try Self.wait { try RunningProgram.walscope(["check", "--quiet", path]).status == 0 }
    let following = try RunningProgram(
      walscope: ["follow", "--json", "--from", "start", "--format", writing.format, path].map {
        Array($0.utf8)
      })
    self.following = following
    follower = ProcessFigures(of: following.pid)
    let (progress, ended) = (progress, ended)
    reading = Thread {
      Self.read(following, progress)
      ended.signal()
    }
    reading.start()
    inspector = try TerminalSession(
      try TerminalSession.builtProgram("walscope"), ["--format", writing.format, path],
      environment: ["XDG_CACHE_HOME": place.path])
    screen = ProcessFigures(of: inspector.process)
    try inspector.wait(for: "Enter records", within: .seconds(60))
    inspector.send("F")
    try inspector.wait(for: "following", within: .seconds(60))
  }

  deinit { progress.release() }

  /// Takes the lines of `follow` to their end.
  private static func read(_ following: RunningProgram, _ progress: SoakProgress) {
    var rest: [UInt8] = []
    while let piece = following.read(limit: 1 << 16) {
      rest += piece
      guard let newline = rest.lastIndex(of: 0x0A) else { continue }
      for number in NumberedRecord.find(in: Array(rest[..<newline])).numbers {
        progress.tell(number)
      }
      for line in rest[..<newline].split(separator: 0x0A) {
        let line = String(decoding: line, as: UTF8.self)
        if line.contains(#""event":"damaged""#) || line.contains(#""event":"unreadable""#) {
          progress.complain(line)
        }
      }
      rest.removeSubrange(...newline)
    }
  }

  private static func wait(until isReached: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while try !isReached() { try #require(Date() < deadline, "the log never became readable") }
  }

  /// Has the next writer go on with the log.
  func beginAnotherLife() throws {
    #expect(writer.close(), "the writer did not end well")
    progress.beginRound()
    writer = try SoakWriter(writing, in: directory.path, from: writer.next, progress)
  }

  /// One round of everything that people do with a log in use.
  func look() throws {
    rounds += 1
    try check(directory.path, "the log")
    let copy = place.path("copy")
    let copied = try RunningProgram.walscope(["copy", "--json", directory.path, copy])
    #expect(copied.status == 0, "\(copied.messageText)")
    // What was being written is copied in part, and the copy says so.
    let mayBeCut = copied.text.contains(#""writtenMeanwhile":true"#)
    try check(copy, "the copy", alsoAllowing: mayBeCut ? ["attention", "damaged"] : [])
    try FileManager.default.removeItem(atPath: copy)
    // Into a segment, to its end and back, while everything moves.
    inspector.send(rounds.isMultiple(of: 2) ? "hk" : "\rG")
    _ = inspector.lines
    deleteOldSegments()
    follower.look()
    screen.look()
  }

  private func check(_ path: String, _ what: String, alsoAllowing others: Set<String> = []) throws {
    let outcome = try RunningProgram.walscope(
      ["check", "--json", "--format", writing.format, path])
    let told = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any]
    let verdict = try #require(told?["verdict"] as? String)
    #expect(
      verdict == "clean" || others.contains(verdict),
      "\(what): \(told?["findings"] ?? "no findings")")
  }

  /// Deletes segments at the beginning of a log whose owner leaves that to others.
  private func deleteOldSegments() {
    guard writing.format == "nori-wal" else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    for name in names.sorted().dropLast(Self.keptSegments) where name.hasSuffix(".wal") {
      unlink(directory.path(name))
    }
  }

  /// Ends the writer, waits until all is told, and ends the others.
  func end() throws {
    #expect(writer.close(), "the writer did not end well")
    #expect(progress.waitForAll(within: 60), "not everything is told")
    inspector.send("Q")
    #expect(try inspector.waitForExit(within: .seconds(30)) == .status(0))
    following.signal(SIGINT)
    ended.wait()
    #expect(following.finish().status == 130)
  }
}
