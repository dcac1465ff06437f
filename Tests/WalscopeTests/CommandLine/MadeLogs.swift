import Foundation
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import walscope

/// Logs that are made for one test.
enum MadeLogs {
  /// Makes a log as a directory below `directory`.
  @discardableResult
  static func make(
    _ name: String = "log", format: any LogFormat = NoriWAL(), in directory: TemporaryDirectory,
    after events: [String] = [], damage: [LogDamage] = [],
    _ change: (inout LogRecipe) -> Void = { _ in }
  ) throws -> String {
    var recipe = LogRecipe()
    recipe.records = 200
    recipe.segmentSize = 8192
    change(&recipe)
    let place = try OpenDirectory.make(FileName(directory.path(name)))
    var made = try format.make(recipe, in: place) { _ in true }
    for event in events {
      let known = try #require(format.events.first { $0.name == event })
      _ = try format.apply(known, to: &made, in: place)
    }
    for one in damage { _ = try one.apply(to: &made, in: place) }
    // What a file looks like that nobody is writing to.
    for entry in try place.entries() { try age(directory.path("\(name)/\(entry.name.utf8 ?? "")")) }
    return directory.path(name)
  }

  /// Sets a file's time to long ago, so that no record in it counts as being written.
  static func age(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
  }

  /// A file that walscope made, as text.
  static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  /// The object that a line of output holds.
  static func object(_ line: some StringProtocol) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(value as? [String: Any])
  }
}

extension [String: Any] {
  func list(_ key: String) -> [[String: Any]] { self[key] as? [[String: Any]] ?? [] }
  func number(_ key: String) -> UInt64? { (self[key] as? NSNumber)?.uint64Value }
  func text(_ key: String) -> String? { self[key] as? String }
}
