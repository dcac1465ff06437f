import FoundationEssentials
import LogFiles
import LogFormats

/// Why a file is not a plan that can be applied.
public struct PlanFileError: Error, Sendable {
  /// As one sentence without foreign bytes.
  public var reason: String
}

extension Plan {
  /// The number of the plan's JSON, which changes when a member changes its meaning.
  public static let schemaVersion = 1
  /// Bytes that a plan file may have: more than any plan of 100,000 steps.
  public static let fileSizeLimit = 256 << 20

  /// The plan that `writePlan` has written.
  ///
  /// - Throws: `PlanFileError`.
  public init(json: [UInt8]) throws(PlanFileError) {
    guard json.count <= Self.fileSizeLimit else {
      throw PlanFileError(reason: "the file is larger than any plan")
    }
    let document: PlanDocument
    do {
      document = try JSONDecoder().decode(PlanDocument.self, from: Data(json))
    } catch {
      throw PlanFileError(reason: "the file does not hold a plan")
    }
    guard document.schemaVersion == Self.schemaVersion else {
      throw PlanFileError(reason: "the plan is of another version of walscope")
    }
    guard let plan = document.plan else {
      throw PlanFileError(reason: "the plan holds values that no plan has")
    }
    self = plan
  }
}

/// The JSON of a plan as it stands in a file, before it is believed.
struct PlanDocument: Decodable {
  let schemaVersion: Int
  let plan: Plan?

  private enum Key: String, CodingKey {
    case schemaVersion, plan, tool, created, action, options, format, evidence, directory
    case directoryBytes, log, logBytes, files, steps, needs
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    schemaVersion = try object.decode(Int.self, forKey: .schemaVersion)
    guard schemaVersion == Plan.schemaVersion else {
      plan = nil
      return
    }
    let needs = try object.decode([String].self, forKey: .needs).map(Acknowledgement.init(option:))
    let evidence = Evidence(rawValue: try object.decode(String.self, forKey: .evidence))
    let action = try object.decode(ActionDocument.self, forKey: .action).action
    let options = try object.decode(OptionsDocument.self, forKey: .options).options
    let directory = try object.name(.directory, .directoryBytes)
    let steps = try object.decode([StepDocument].self, forKey: .steps).map(\.step)
    let files = try object.decode([FileDocument].self, forKey: .files).map(\.file)
    let id = try object.decode(String.self, forKey: .plan)
    guard let evidence, let action, let options, let directory, Plan.isID(id),
      !needs.contains(nil), !steps.contains(nil), !files.contains(nil)
    else {
      plan = nil
      return
    }
    plan = Plan(
      id: id, tool: try object.decode(String.self, forKey: .tool),
      created: try object.decode(TimeDocument.self, forKey: .created).time, action: action,
      options: options, format: try object.decode(String.self, forKey: .format),
      evidence: evidence, directory: directory, primary: try object.name(.log, .logBytes),
      files: files.compactMap(\.self), steps: steps.compactMap(\.self),
      needed: needs.compactMap(\.self), prospect: nil)
  }
}

extension Plan {
  /// Whether a word can be a plan's id, which names a directory: digits, letters and hyphens.
  static func isID(_ word: String) -> Bool {
    !word.isEmpty && word.utf8.count <= 64
      && word.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
          true
        default: false
        }
      } && word.utf8.first != UInt8(ascii: "-")
  }
}

extension KeyedDecodingContainer {
  /// A file name: its bytes in base64 where they stand there, else its text; nil without both.
  func name(_ key: Key, _ bytesKey: Key) throws -> FileName? {
    if let text = try decodeIfPresent(String.self, forKey: bytesKey) {
      return Data(base64Encoded: text).map { FileName(Array($0)) }
    }
    return try decodeIfPresent(String.self, forKey: key).map { FileName($0) }
  }
}

extension KeyedDecodingContainer {
  /// A part of a file by its offset and length; nil where its end is no offset.
  func range(_ offset: Key, _ length: Key) throws -> Range<UInt64>? {
    let start = try decode(UInt64.self, forKey: offset)
    let (end, overflow) = start.addingReportingOverflow(try decode(UInt64.self, forKey: length))
    return overflow ? nil : start..<end
  }
}

struct TimeDocument: Decodable {
  let time: Timestamp

  private enum Key: String, CodingKey { case seconds, nanoseconds }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    time = Timestamp(
      seconds: try object.decode(Int64.self, forKey: .seconds),
      nanoseconds: try object.decode(Int32.self, forKey: .nanoseconds))
  }
}

private struct ActionDocument: Decodable {
  let action: RepairAction?

  private enum Key: String, CodingKey {
    case verb, dropUncommitted, file, fileBytes, at, offset, record, id, keep, unchangedSince
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let file = try object.name(.file, .fileBytes)
    switch try object.decode(String.self, forKey: .verb) {
    case "recover":
      action = .recover(
        droppingUncommitted: try object.decode(Bool.self, forKey: .dropUncommitted))
    case "truncate":
      guard let file else {
        action = nil
        return
      }
      if let offset = try object.decodeIfPresent(UInt64.self, forKey: .offset) {
        action = .truncate(file, at: .offset(offset))
      } else if let record = try object.decodeIfPresent(UInt64.self, forKey: .record) {
        action = .truncate(file, at: .record(record))
      } else {
        action = .truncate(file, at: .lastValid)
      }
    case "finalize": action = .finalize(file)
    case "repair-bit": action = .repairBit(file)
    case "delete-before":
      if let file {
        action = .deleteBefore(.segment(file))
      } else if let id = try object.decodeIfPresent(UInt64.self, forKey: .id) {
        action = .deleteBefore(.id(id))
      } else if let count = try object.decodeIfPresent(UInt64.self, forKey: .keep) {
        action = .deleteBefore(.keeping(count))
      } else {
        let time = try object.decode(TimeDocument.self, forKey: .unchangedSince).time
        action = .deleteBefore(.unchangedSince(time))
      }
    default: action = nil
    }
  }
}

private struct OptionsDocument: Decodable {
  let options: PlanOptions?

  private enum Key: String, CodingKey {
    case acknowledged, saveTo, saveToBytes, keepBackup, reallocate
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let words = try object.decode([String].self, forKey: .acknowledged)
    let acknowledgements = words.map(Acknowledgement.init(option:))
    guard !acknowledgements.contains(nil) else {
      options = nil
      return
    }
    var read = PlanOptions()
    read.acknowledgements = Set(acknowledgements.compactMap(\.self))
    read.savesTo = try object.name(.saveTo, .saveToBytes)
    read.keepsBackup = try object.decode(Bool.self, forKey: .keepBackup)
    read.reallocates = try object.decode(Bool.self, forKey: .reallocate)
    options = read
  }
}

private struct FileDocument: Decodable {
  let file: PlannedFile?

  private enum Key: String, CodingKey {
    case file, fileBytes, horizon, mode, owner, group, links, allocated
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    guard let name = try object.name(.file, .fileBytes), name.isEntryName else {
      file = nil
      return
    }
    file = PlannedFile(
      name: name,
      horizon: try object.decodeIfPresent(HorizonDocument.self, forKey: .horizon)?.horizon,
      mode: try object.decode(UInt32.self, forKey: .mode),
      owner: try object.decode(UInt32.self, forKey: .owner),
      group: try object.decode(UInt32.self, forKey: .group),
      links: try object.decode(UInt64.self, forKey: .links),
      allocated: try object.decode(UInt64.self, forKey: .allocated))
  }
}

struct HorizonDocument: Decodable {
  let horizon: Horizon

  private enum Key: String, CodingKey { case device, inode, size, modified, changed }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    horizon = Horizon(
      device: try object.decode(UInt64.self, forKey: .device),
      inode: try object.decode(UInt64.self, forKey: .inode),
      size: try object.decode(UInt64.self, forKey: .size),
      modified: try object.decode(TimeDocument.self, forKey: .modified).time,
      changed: try object.decode(TimeDocument.self, forKey: .changed).time)
  }
}

private struct StepDocument: Decodable {
  let step: PlannedStep?

  private enum Key: String, CodingKey {
    case file, fileBytes, change, to, offset, length, bytes, purpose, going, kept
  }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let going = try object.decode(PartDocument.self, forKey: .going).part
    let kept = try object.decode([PartDocument].self, forKey: .kept).map(\.part)
    guard let name = try object.name(.file, .fileBytes), name.isEntryName, let going,
      !kept.contains(where: { $0 == nil }), let change = try Self.change(object)
    else {
      step = nil
      return
    }
    step = PlannedStep(
      step: RepairStep(name, change, try object.decode(String.self, forKey: .purpose)),
      going: going.range, goingDigest: going.digest, kept: kept.compactMap(\.self))
  }

  private static func change(_ object: KeyedDecodingContainer<Key>) throws -> FileChange? {
    func number(_ key: Key) throws -> UInt64 { try object.decode(UInt64.self, forKey: key) }
    func bytes() throws -> [UInt8]? {
      Data(base64Encoded: try object.decode(String.self, forKey: .bytes)).map { Array($0) }
    }
    switch try object.decode(String.self, forKey: .change) {
    case "cut": return .cut(to: try number(.to))
    case "preallocate": return .preallocate(to: try number(.to))
    case "write":
      let offset = try number(.offset)
      return try bytes().map { .write($0, at: offset) }
    case "zero":
      return try object.range(.offset, .length).map { .zero($0) }
    case "remove": return .remove
    case "create": return try bytes().map { .create($0) }
    default: return nil
    }
  }
}

private struct PartDocument: Decodable {
  let part: PlannedStep.KeptPart?

  private enum Key: String, CodingKey { case offset, length, digest }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    let range = try object.range(.offset, .length)
    let digest = ContentDigest(
      hexadecimal: try object.decode(String.self, forKey: .digest))
    guard let range, let digest else {
      part = nil
      return
    }
    part = PlannedStep.KeptPart(range: range, digest: digest)
  }
}
