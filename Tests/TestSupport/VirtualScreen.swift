internal import CVTerm

/// What a terminal shows, by libvterm.
final class VirtualScreen {
  private let terminal: OpaquePointer
  private let screen: OpaquePointer
  private let callbacks: UnsafeMutablePointer<VTermScreenCallbacks>
  private let properties: UnsafeMutablePointer<Properties>

  struct Properties {
    var cursorIsVisible = true
    var isAlternate = false
    var titleWasSet = false
    var bells = 0
  }

  init(rows: Int, columns: Int) {
    terminal = vterm_new(Int32(rows), Int32(columns))
    vterm_set_utf8(terminal, 1)
    screen = vterm_obtain_screen(terminal)
    vterm_screen_enable_altscreen(screen, 1)
    properties = .allocate(capacity: 1)
    properties.initialize(to: Properties())
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: VTermScreenCallbacks())
    callbacks.pointee.settermprop = { property, value, user in
      guard let value, let user else { return 0 }
      let properties = user.assumingMemoryBound(to: Properties.self)
      switch property {
      case VTERM_PROP_CURSORVISIBLE:
        properties.pointee.cursorIsVisible = value.pointee.boolean != 0
      case VTERM_PROP_ALTSCREEN: properties.pointee.isAlternate = value.pointee.boolean != 0
      case VTERM_PROP_TITLE, VTERM_PROP_ICONNAME: properties.pointee.titleWasSet = true
      default: break
      }
      return 1
    }
    callbacks.pointee.bell = { user in
      user?.assumingMemoryBound(to: Properties.self).pointee.bells += 1
      return 1
    }
    vterm_screen_set_callbacks(screen, callbacks, properties)
    vterm_screen_reset(screen, 1)
    properties.pointee = Properties()
  }

  deinit {
    vterm_free(terminal)
    callbacks.deallocate()
    properties.deallocate()
  }

  var state: Properties { properties.pointee }

  var size: (rows: Int, columns: Int) {
    var rows: Int32 = 0
    var columns: Int32 = 0
    vterm_get_size(terminal, &rows, &columns)
    return (Int(rows), Int(columns))
  }

  /// Takes output of the program and answers what the terminal replies.
  func write(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { buffer in
      _ = vterm_input_write(
        terminal, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    var reply = [CChar](repeating: 0, count: 4_096)
    let count = vterm_output_read(terminal, &reply, reply.count)
    return reply.prefix(count).map { UInt8(bitPattern: $0) }
  }

  func resize(rows: Int, columns: Int) {
    vterm_set_size(terminal, Int32(rows), Int32(columns))
  }

  var cursor: (row: Int, column: Int) {
    var position = VTermPos()
    vterm_state_get_cursorpos(vterm_obtain_state(terminal), &position)
    return (Int(position.row), Int(position.col))
  }

  func cell(row: Int, column: Int) -> ScreenCell {
    var cell = VTermScreenCell()
    vterm_screen_get_cell(screen, VTermPos(row: Int32(row), col: Int32(column)), &cell)
    let scalars = withUnsafeBytes(of: cell.chars) { Array($0.bindMemory(to: UInt32.self)) }
    var text = ""
    // The right half of a wide character holds an all-ones scalar.
    if scalars.first != .max {
      for value in scalars.prefix(while: { $0 != 0 }) {
        if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
      }
      if text.isEmpty { text = " " }
    }
    return ScreenCell(
      text: text, isBold: cell.attrs.bold != 0, isReversed: cell.attrs.reverse != 0,
      isUnderlined: cell.attrs.underline != 0, foreground: ScreenColor(cell.fg),
      background: ScreenColor(cell.bg))
  }
}

/// One cell of a terminal's screen.
public struct ScreenCell: Equatable, Sendable {
  /// Its character with combining marks; empty in the right half of a wide one.
  public let text: String
  /// Whether it is bold, reversed or underlined.
  public let isBold, isReversed, isUnderlined: Bool
  /// Colour of the letters.
  public let foreground: ScreenColor
  /// Colour behind them.
  public let background: ScreenColor
}

/// A colour of a cell.
public enum ScreenColor: Equatable, Sendable {
  /// The terminal's own.
  case standard
  /// A place of the palette.
  case indexed(Int)
  /// Red, green, blue.
  case rgb(UInt8, UInt8, UInt8)

  init(_ color: VTermColor) {
    let type = Int(color.type)
    if type & Int(VTERM_COLOR_DEFAULT_MASK.rawValue) != 0 {
      self = .standard
    } else if type & Int(VTERM_COLOR_TYPE_MASK.rawValue) == Int(VTERM_COLOR_INDEXED.rawValue) {
      self = .indexed(Int(color.indexed.idx))
    } else {
      self = .rgb(color.rgb.red, color.rgb.green, color.rgb.blue)
    }
  }
}
