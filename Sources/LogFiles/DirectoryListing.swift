internal import CLinux
import Glibc

extension OpenDirectory {
  /// Everything in the directory but `.` and `..`, sorted by name.
  ///
  /// Costs one system call per some hundred entries, and one more per entry only where the file
  /// system does not keep kinds in its directories.
  ///
  /// - Throws: `FileError` when the directory cannot be read; never for an entry that vanishes.
  public func entries() throws(FileError) -> [DirectoryEntry] {
    try entries(sharing: EmptyCollection())
  }

  /// The same as `entries()`. Names that are among `names`, which are in order, share the memory of
  /// their bytes with them: a later listing of a large directory then takes little of its own.
  ///
  /// - Throws: `FileError` when the directory cannot be read; never for an entry that vanishes.
  public func entries(sharing names: some Sequence<FileName>) throws(FileError) -> [DirectoryEntry]
  {
    var listing = Listing()
    try calls.forEachEntry(of: descriptor) { listing.add($0, type: $1) }
    listing.sortOnce()
    var entries: [DirectoryEntry] = []
    entries.reserveCapacity(listing.places.count)
    var earlier = names.makeIterator()
    var candidate = earlier.next()
    for place in listing.places {
      while let known = candidate, listing.isOrdered(known, before: place) {
        candidate = earlier.next()
      }
      let name: FileName
      if let known = candidate, listing.isEqual(known, place) {
        name = known
      } else {
        name = listing.name(of: place)
      }
      var kind: FileKind? = FileKind(directoryType: place.type)
      if kind == .unknown { kind = try kindIfThere(name) }
      if let kind { entries.append(DirectoryEntry(name: name, kind: kind)) }
    }
    return overlaid(entries)
  }

  private func kindIfThere(_ name: FileName) throws(FileError) -> FileKind? {
    do {
      return try status(of: name).kind
    } catch {
      guard error.isVanished else { throw error }
      return nil
    }
  }
}

/// Names one after the other in one piece of memory, where sorting them counts no references.
private struct Listing {
  struct Place {
    /// The eight bytes behind what all names begin with, which decide most comparisons.
    var key: UInt64 = 0
    let start: Int
    /// Fits: the kernel tells the length of an entry in 16 bits.
    let count: UInt16
    let type: UInt8

    var range: Range<Int> { start..<start + Int(count) }
  }

  private var bytes: [UInt8] = []
  private(set) var places: [Place] = []

  mutating func add(_ name: RawSpan, type: UInt8) {
    places.append(Place(start: bytes.count, count: UInt16(name.byteCount), type: type))
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe name.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Sorts the names, and leaves each once: a rename during the listing may show one twice.
  mutating func sortOnce() {
    let common = commonBeginning
    for index in places.indices { places[index].key = key(of: places[index], from: common) }
    sortByKeys()
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      // What is in order already takes one comparison each.
      places.sort { left, right in
        if left.key != right.key { return left.key < right.key }
        // Sound: every place lies within the bytes.
        let order = unsafe memcmp(
          base + left.start, base + right.start, Int(min(left.count, right.count)))
        return order == 0 ? left.count < right.count : order < 0
      }
    }
    var last: Place?
    places.removeAll { place in
      defer { last = place }
      guard let last, last.key == place.key else { return false }
      return bytes[last.range] == bytes[place.range]
    }
  }

  /// Sorts by the keys, a byte after the other from the lowest on. A directory gives many names in
  /// an order like that of chance, in which comparing them takes far longer.
  private mutating func sortByKeys() {
    var sorted = places
    for shift in stride(from: 0, to: UInt64(UInt64.bitWidth), by: 8) {
      var starts = [Int](repeating: 0, count: 257)
      for place in places { starts[Int(place.key >> shift & 0xFF) + 1] += 1 }
      if starts.contains(places.count) { continue }
      for byte in 1..<starts.count { starts[byte] += starts[byte - 1] }
      for place in places {
        let byte = Int(place.key >> shift & 0xFF)
        sorted[starts[byte]] = place
        starts[byte] += 1
      }
      swap(&places, &sorted)
    }
  }

  /// How many bytes all names begin with.
  private var commonBeginning: Int {
    guard let first = places.first else { return 0 }
    var common = Int(first.count)
    for place in places {
      common = min(common, Int(place.count))
      for offset in 0..<common where bytes[place.start + offset] != bytes[first.start + offset] {
        common = offset
        break
      }
    }
    return common
  }

  /// As a number that is in the order of the bytes; a name that ends has zeros, which are in none.
  private func key(of place: Place, from common: Int) -> UInt64 {
    var key: UInt64 = 0
    for offset in common..<(common + 8) {
      key = key << 8 | (offset < Int(place.count) ? UInt64(bytes[place.start + offset]) : 0)
    }
    return key
  }

  /// Whether a name comes before the one at a place.
  func isOrdered(_ name: FileName, before place: Place) -> Bool { order(of: name, place) < 0 }

  func isEqual(_ name: FileName, _ place: Place) -> Bool {
    name.bytes.count == Int(place.count) && order(of: name, place) == 0
  }

  private func order(of name: FileName, _ place: Place) -> Int {
    let shorter = min(name.bytes.count, Int(place.count))
    let order = unsafe bytes.withUnsafeBytes { bytes in
      unsafe name.bytes.withUnsafeBytes { name -> Int32 in
        guard let first = name.baseAddress, let second = bytes.baseAddress else { return 0 }
        // Sound: every place lies within the bytes, and the name holds at least the smaller count.
        return unsafe memcmp(first, second + place.start, shorter)
      }
    }
    return order == 0 ? name.bytes.count - Int(place.count) : Int(order)
  }

  func name(of place: Place) -> FileName {
    unsafe bytes.withUnsafeBytes { bytes in
      // Sound: every place lies within the bytes, which are copied.
      FileName(unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[place.range])))
    }
  }
}

extension SystemCalls {
  /// Calls `body` with the name and `d_type` of every entry but `.` and `..`.
  func forEachEntry(
    of directory: Int32, _ body: (RawSpan, UInt8) -> Void
  ) throws(FileError) {
    // A descriptor of its own: the position in a directory belongs to the open description.
    let descriptor = try perform(.openAt) { _ in
      unsafe FileName(".").withCString { unsafe Int64(wl_open_directory_at(directory, $0)) }
    }
    defer { attempt(.close) { _ in Int64(wl_close(Int32(descriptor))) } }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try perform(.readDirectory) { _ in
        // Sound: getdents64 writes at most the buffer's size.
        unsafe buffer.withUnsafeMutableBytes {
          unsafe wl_read_directory(Int32(descriptor), $0.baseAddress, $0.count)
        }
      }
      if count == 0 { return }
      // Sound: the span borrows the buffer, which nothing writes until the walk is over.
      guard let run = unsafe buffer.span.bytes.slice(0, Int(count)) else { return }
      run.forEachDirectoryEntry(body)
    }
  }
}

extension RawSpan {
  /// Walks a run of `struct linux_dirent64`: inode u64, position i64, length u16, type u8, name.
  fileprivate func forEachDirectoryEntry(_ body: (RawSpan, UInt8) -> Void) {
    var offset = 0
    while let length: UInt16 = le(at: offset + 16), let type: UInt8 = le(at: offset + 18),
      length > 19, let field = slice(offset + 19, Int(length) - 19)
    {
      // The name ends with a zero, padding follows.
      var count = 0
      while let byte: UInt8 = field.le(at: count), byte != 0 { count += 1 }
      if let name = field.slice(0, count), !name.isDotOrDotDot { body(name, type) }
      offset += Int(length)
    }
  }

  private var isDotOrDotDot: Bool {
    let dot = UInt8(ascii: ".")
    return le(at: 0) == dot && (byteCount == 1 || (byteCount == 2 && le(at: 1) == dot))
  }
}
