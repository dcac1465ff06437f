public import JSON
import LogFiles
import Quantities

extension Machine {
  /// Everything as one line; the path of the mount is left out. Foreign bytes: escape it.
  public var words: String {
    var parts = ["\(fileSystem.typeName)\(device.map { " on /dev/\($0.name)" } ?? "")"]
    if !fileSystem.mountOptions.isEmpty {
      parts[0] += " (\(fileSystem.mountOptions.joined(separator: ",")))"
    }
    if let device {
      parts += [
        device.isRotational.map { $0 ? "rotating" : "not rotating" },
        device.scheduler.map { "scheduler \($0)" }, device.cache.map { "cache \($0)" },
      ].compactMap { $0 }
    }
    parts.append("Linux \(kernel)")
    parts.append(
      "\(processors) \(processors == 1 ? "processor" : "processors")"
        + (processor.map { " (\($0))" } ?? ""))
    if let memory { parts.append("\(Quantity.bytes(memory)) of memory") }
    if let load { parts.append("load \(FixedPoint.text(load, digits: 1))") }
    return parts.joined(separator: ", ")
  }

  /// What is to be said of figures that were taken while the machine was busy; nil when it was not.
  public var warning: String? {
    guard isBusy, let load else { return nil }
    return
      "Other programs were busy when it began: \(FixedPoint.text(load, digits: 1)) threads wanted"
      + " the \(Quantity.count(processors, "processor")), and latencies hold the time until a thread"
      + " had its turn. Measure again on a quiet machine."
  }

  /// Where the figures hold, for sentences: `this ext4`.
  public var place: String { "this \(fileSystem.typeName)" }

  /// The members of the JSON object of the machine.
  public func writeMembers(to json: inout JSONWriter) {
    json.member("fileSystem") { json in
      json.member("type", fileSystem.typeName)
      if let device = fileSystem.device { json.member("device", file: device) }
      if let mountPoint = fileSystem.mountPoint { json.member("mountPoint", file: mountPoint) }
      json.member("mountOptions", array: fileSystem.mountOptions) { $0.value($1) }
      json.member("freeBytes", fileSystem.free)
      json.member("totalBytes", fileSystem.total)
    }
    if let device {
      json.member("device") { json in
        json.member("name", device.name)
        if let parent = device.parent { json.member("parent", parent) }
        if let isRotational = device.isRotational { json.member("rotational", isRotational) }
        if let scheduler = device.scheduler { json.member("scheduler", scheduler) }
        if let cache = device.cache { json.member("cache", cache) }
      }
    }
    json.member("kernel", kernel)
    json.member("processor", processor)
    json.member("processors", processors)
    json.member("memoryBytes", memory)
    if let load { json.real("loadAverage", load, digits: 2) }
  }
}
