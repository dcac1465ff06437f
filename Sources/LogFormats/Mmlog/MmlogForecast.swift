public import LogFiles
import Quantities

extension Mmlog {
  /// The owner has one way to open a log; what it does next is told for an insert and for a trim,
  /// because both can lose data in a log that opens without complaint.
  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    let text = MmlogForecastText(MmlogState(report), assuming)
    return [text.open, text.insert, text.trim]
  }
}

/// Puts what the owner does into forecasts.
struct MmlogForecastText {
  private let state: MmlogState
  private let refusal: String?
  /// The pair once it is open.
  private let opened: MmlogOwner
  private let insertBytes: UInt64
  private let chunkBytes: UInt64

  init(_ state: MmlogState, _ assuming: [String: UInt64]) {
    self.state = state
    func assumed(_ name: String) -> UInt64 {
      let assumption = Mmlog().assumptions.first { $0.name == name }
      return assuming[name] ?? assumption?.defaultValue ?? 0
    }
    insertBytes = max(1, assumed(Mmlog.insertBytes))
    chunkBytes = assumed(Mmlog.chunkBytes)
    refusal = MmlogOwner.refusal(state.reading, dataSize: state.dataSize)
    if let metadata = state.reading.fields, state.reading.status == .ok {
      opened = MmlogOwner(metadata: metadata, realSize: state.dataSize ?? 0)
    } else {
      opened = .creating(chunkSize: chunkBytes)
    }
  }

  private var creates: Bool { state.reading.status == .missing }

  // MARK: Open

  var open: Forecast {
    if let refusal { return refused("open", refusal) }
    guard creates else {
      var forecast = forecast("open", .clean, openMessage)
      forecast.keepsRecords = state.records
      forecast.losesRecords = state.records.map { _ in 0 }
      forecast.sizesAfter = sizes(opened)
      forecast.cutsBytes = 0
      return forecast
    }
    var forecast = forecast(
      "open", .wipes,
      "There is no metadata file: the owner creates one, cuts the data file to nothing and makes "
        + "it a chunk of zeros. \(Quantity.bytes(state.data?.logicalEnd ?? 0)) of data are lost.")
    forecast.keepsRecords = 0
    forecast.losesRecords = state.records
    forecast.cutsBytes = state.dataSize
    forecast.sizesAfter = sizes(opened)
    forecast.assumes = [Mmlog.chunkBytes: chunkBytes]
    return forecast
  }

  private var openMessage: String {
    var message = "The owner opens the log and changes nothing."
    if opened.metadata.isLocked || opened.metadata.isPanicked {
      message += " It does not look at the flags."
    }
    return message
  }

  private func refused(_ mode: String, _ error: String) -> Forecast {
    var forecast = Forecast(
      mode: mode, opens: false, outcome: .refuses, ownerError: error,
      message: "The owner cannot open the log: \(error). \(reason(error))")
    if let size = state.dataSize, let name = state.data?.file.name {
      forecast.sizesAfter = [(name, size)]
    }
    return forecast
  }

  private func reason(_ error: String) -> String {
    switch state.reading.status {
    case .empty, .short: "The metadata file is too short, and nothing repairs that."
    case .notReady: "Its creator never finished, and nothing repairs that."
    case .versionMismatch: "It knows version 1 only."
    case .unreadable: "The metadata file is no file that can be read."
    case .ok where state.dataSize == nil: "The data file is not there."
    case .ok, .missing:
      "The data file has \(Quantity.grouped(state.dataSize ?? 0)) bytes, less than one chunk of "
        + "\(Quantity.grouped(opened.metadata.chunkSize))."
    }
  }

  // MARK: Insert

  var insert: Forecast {
    if let refusal { return refused("insert", refusal) }
    var owner = opened
    let start = owner.metadata.cursor
    let result = owner.insert(insertBytes)
    var forecast = forecast("insert", outcome(result, owner), message(result, owner, at: start))
    forecast.sizesAfter = sizes(owner)
    forecast.cutsBytes = opened.realSize - min(opened.realSize, owner.realSize)
    forecast.assumes = assumed
    forecast.attributes =
      [Attribute("insertOffset", .size(start)), Attribute("result", .word(word(result)))]
      + attributes(owner)
    switch result {
    case .written: forecast.attributes.append(Attribute("keptBytes", .size(insertBytes)))
    case .lost(let kept): forecast.attributes.append(Attribute("keptBytes", .size(kept)))
    case .fails(let error):
      forecast.attributes.append(Attribute("keptBytes", .size(0)))
      forecast.ownerError = error
    case .killed(let signal):
      forecast.attributes.append(Attribute("keptBytes", .size(0)))
      forecast.attributes.append(Attribute("signal", .word(signal)))
    }
    return forecast
  }

  private var assumed: [String: UInt64] {
    var assumed = [Mmlog.insertBytes: insertBytes]
    if creates { assumed[Mmlog.chunkBytes] = chunkBytes }
    return assumed
  }

  private func outcome(_ result: MmlogOwner.InsertResult, _ owner: MmlogOwner) -> ForecastOutcome {
    switch result {
    case .lost, .fails: .loses
    case .killed: .crashes
    case .written where creates: .wipes
    case .written where overwritten > 0: .rewrites
    case .written: owner.realSize == opened.realSize ? .clean : .grows
    }
  }

  private func word(_ result: MmlogOwner.InsertResult) -> String {
    switch result {
    case .written: "written"
    case .lost: "lost"
    case .fails: "fails"
    case .killed: "killed"
    }
  }

  /// Bytes behind the cursor that are not zero and that the insert runs over, as far as known.
  private var overwritten: UInt64 {
    guard !creates, let data = state.data, data.tail?.kind == .stale else { return 0 }
    let remains = data.ranges.filter { $0.kind == .stale }.reduce(0) { $0 + $1.length }
    return min(insertBytes, remains)
  }

  private func message(
    _ result: MmlogOwner.InsertResult, _ owner: MmlogOwner, at start: UInt64
  ) -> String {
    let what = "An insert of \(Quantity.count(insertBytes, "byte")) at \(Quantity.offset(start))"
    switch result {
    case .written:
      var message = creates ? "After the open has wiped the data, the insert" : what
      message += creates ? " is written at the start." : " is written."
      if owner.realSize > opened.realSize {
        message += " The data file grows to \(Quantity.grouped(owner.realSize)) bytes."
      } else if owner.realSize < opened.realSize {
        message +=
          " Growing cuts the data file to \(Quantity.grouped(owner.realSize)) bytes, because its "
          + "recorded size is too small."
      }
      if overwritten > 0 { message += " It overwrites data that stand behind the cursor." }
      return message
    case .lost(let kept):
      return "\(what) is reported as written, and \(Quantity.grouped(insertBytes - kept)) of its "
        + "bytes are lost: they lie behind the end of the file, which is not grown, because the "
        + "recorded size says that it is longer."
    case .fails(let error):
      return "\(what) fails (\(error)), and the cursor stays advanced: it leaves a hole."
        + (owner.metadata.isLocked && !opened.metadata.isLocked
          ? " The growth lock is left set." : "")
    case .killed(let signal):
      let reason =
        signal == "SIGFPE"
        ? "it divides by the chunk size, which is 0."
        : "it touches a page behind the end of the file, which is not grown, because the recorded "
          + "size says that it is longer."
      return "\(what) kills the process (\(signal)): \(reason) The cursor stays advanced."
    }
  }

  // MARK: Trim

  var trim: Forecast {
    if let refusal { return refused("trim", refusal) }
    var owner = opened
    guard owner.trim() else {
      var forecast = forecast(
        "trim", .clean, "Trim fails and changes nothing: no file can be as long as the cursor says."
      )
      forecast.ownerError = "ftruncate() failed"
      forecast.sizesAfter = sizes(owner)
      forecast.attributes = attributes(owner)
      return forecast
    }
    let cut = opened.realSize - min(opened.realSize, owner.realSize)
    let outcome: ForecastOutcome =
      creates ? .wipes : cut > 0 ? .cuts : owner.realSize > opened.realSize ? .grows : .clean
    var forecast = forecast("trim", outcome, trimMessage(owner, cut: cut))
    forecast.cutsBytes = cut
    forecast.sizesAfter = sizes(owner)
    forecast.attributes = attributes(owner)
    if creates { forecast.assumes = [Mmlog.chunkBytes: chunkBytes] }
    forecast.opensAgain = owner.realSize >= UInt64(owner.metadata.chunkSize)
    forecast.attributes.append(Attribute("opensAfterwards", .flag(forecast.opensAgain)))
    return forecast
  }

  private func trimMessage(_ owner: MmlogOwner, cut: UInt64) -> String {
    var message =
      creates
      ? "After the open has wiped the data, trim cuts the file to nothing"
      : cut > 0
        ? "Trim cuts \(Quantity.grouped(cut)) bytes off behind the cursor"
        : owner.realSize > opened.realSize
          ? "Trim makes the data file longer, up to the cursor, with zeros" : "Trim changes nothing"
    if cut > 0, !creates, state.data?.tail?.kind == .stale {
      message += ", and not all of them are zeros: data are lost"
    }
    message += "."
    if owner.realSize < UInt64(owner.metadata.chunkSize) {
      message += " Less than a chunk is left, so that the owner cannot open the log any more."
    } else if owner.realSize < owner.metadata.recordedSize {
      message += " The recorded size stays: the next insert is lost, or kills the process."
    }
    return message
  }

  // MARK: Parts

  private func forecast(_ mode: String, _ outcome: ForecastOutcome, _ message: String) -> Forecast {
    Forecast(mode: mode, opens: true, outcome: outcome, message: message)
  }

  private func sizes(_ owner: MmlogOwner) -> [(file: FileName, size: UInt64)]? {
    guard let data = state.data else { return nil }
    var sizes = [(file: data.file.name, size: owner.realSize)]
    if let file = state.file { sizes.append((file.file.name, file.fileSize)) }
    return sizes
  }

  private func attributes(_ owner: MmlogOwner) -> [Attribute] {
    [
      Attribute("cursorAfter", .size(owner.metadata.cursor)),
      Attribute("recordedSizeAfter", .size(owner.metadata.recordedSize)),
      Attribute("lockedAfter", .flag(owner.metadata.isLocked)),
      Attribute("panickedAfter", .flag(owner.metadata.isPanicked)),
    ]
  }
}
