import LogFiles
import LogFormats

/// The steps of a plan on one of its files.
struct FileWork {
  enum Kind: Equatable {
    case edited
    case removed
    case created([UInt8])
  }

  /// The place of the file in the plan.
  let index: Int
  let planned: PlannedFile
  /// With their places in the plan.
  let steps: [(index: Int, planned: PlannedStep)]
  let kind: Kind

  var name: FileName { planned.name }
  var changes: [FileChange] { steps.map(\.planned.step.change) }
  var lastStep: Int { steps.last?.index ?? 0 }

  /// The work of a plan on each of its files; nil for steps that do not go together.
  static func all(of plan: Plan) -> [FileWork]? {
    var works: [FileWork] = []
    for (index, file) in plan.files.enumerated() {
      let steps = plan.steps.enumerated().filter { $0.element.step.file == file.name }
        .map { (index: $0.offset, planned: $0.element) }
      guard let kind = kind(of: steps.map(\.planned.step.change)) else { return nil }
      if kind == .edited || kind == .removed, file.horizon == nil { return nil }
      works.append(FileWork(index: index, planned: file, steps: steps, kind: kind))
    }
    return works
  }

  private static func kind(of changes: [FileChange]) -> Kind? {
    switch changes.first {
    case nil: return nil
    case .remove?: return changes.count == 1 ? .removed : nil
    case .create(let bytes)?: return changes.count == 1 ? .created(bytes) : nil
    case .cut?, .preallocate?, .write?, .zero?:
      let isEdit = changes.allSatisfy {
        switch $0 {
        case .remove, .create: false
        case .cut, .preallocate, .write, .zero: true
        }
      }
      return isEdit ? .edited : nil
    }
  }

  /// The size before the first step.
  var oldSize: UInt64 { planned.horizon?.size ?? 0 }

  /// The size when so many of the steps are made.
  func size(afterSteps count: Int) -> UInt64 {
    changes.prefix(count).reduce(oldSize) { size, change in
      switch change {
      case .cut(let end): min(size, end)
      case .preallocate(let end): max(size, end)
      case .write, .zero, .create: size
      case .remove: 0
      }
    }
  }

  /// The parts of the file that any step changes, in order, none touching another.
  var touched: [Range<UInt64>] {
    let end = (0...steps.count).map(size(afterSteps:)).max() ?? oldSize
    var ranges: [Range<UInt64>] = changes.enumerated().map { number, change in
      switch change {
      case .cut(let cut): min(cut, end)..<end
      case .preallocate(let to): size(afterSteps: number)..<max(size(afterSteps: number), to)
      case .write(let bytes, let offset):
        min(offset, end)..<min(end, offset &+ UInt64(bytes.count))
      case .zero(let range): range.clamped(to: 0..<end)
      case .remove, .create: 0..<end
      }
    }
    ranges = ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    return ranges.joined
  }

  /// Whether a kill in the middle of a step can leave a part of it: then the old bytes are needed
  /// until the step is done, undo or not.
  var isEditedInPlace: Bool {
    changes.contains {
      switch $0 {
      case .write, .zero: true
      case .cut, .preallocate, .remove, .create: false
      }
    }
  }
}

extension [Range<UInt64>] {
  /// The same bytes in as few ranges; they come in the order of their starts.
  var joined: [Range<UInt64>] {
    reduce(into: []) { joined, range in
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
  }
}
