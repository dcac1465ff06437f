internal import CLinux

/// What a directory holds after changes that nobody has made.
struct DirectoryOverlay: Sendable {
  /// What has become of one file.
  enum Fate: Sendable {
    case removed
    case edited(FileOverlay)
    case created([UInt8], FileOverlay)
    /// The file of another name in another directory.
    case found(OpenDirectory, FileName)
  }
  fileprivate(set) var fates: [FileName: Fate] = [:]

  fileprivate mutating func apply(
    _ change: FileChange, to name: FileName, size: () throws(FileError) -> UInt64
  ) throws(FileError) {
    switch change {
    case .remove: fates[name] = .removed
    case .create(let bytes): fates[name] = .created(bytes, FileOverlay(size: UInt64(bytes.count)))
    case .cut, .preallocate, .write, .zero:
      switch fates[name] {
      case .removed: return
      case .edited(var overlay):
        overlay.apply(change)
        fates[name] = .edited(overlay)
      case .created(let bytes, var overlay):
        overlay.apply(change)
        fates[name] = .created(bytes, overlay)
      case .found:
        // What is kept elsewhere is looked at only.
        throw FileError(call: .write, code: Errno.readOnly, name: name)
      case nil:
        var overlay = FileOverlay(size: try size())
        overlay.apply(change)
        fates[name] = .edited(overlay)
      }
    }
  }
}

extension OpenDirectory {
  /// The directory as it would be after `changes`, in their order. Nothing is changed on disk;
  /// whatever reads a directory can read this one.
  ///
  /// - Throws: `FileError` when a file that is to be changed cannot be looked at.
  public func asIfChanged(
    by changes: [(file: FileName, change: FileChange)]
  ) throws(FileError) -> OpenDirectory {
    var overlay = overlay ?? DirectoryOverlay()
    for (file, change) in changes {
      try overlay.apply(change, to: file) { () throws(FileError) in try status(of: file).size }
    }
    return OpenDirectory(of: base ?? self, overlay: overlay)
  }

  /// The directory as it would be with a file put back: its size, and parts of it from an image
  /// that has them at the same offsets.
  ///
  /// - Throws: `FileError` when the file or the image cannot be looked at.
  public func asIfRestored(
    _ name: FileName, size: UInt64, parts: [Range<UInt64>], from image: FileName,
    in directory: OpenDirectory
  ) throws(FileError) -> OpenDirectory {
    var overlay = overlay ?? DirectoryOverlay()
    var file = FileOverlay(size: try status(of: name).size)
    file.restore(
      size: size, parts: parts, from: SharedFile(try directory.openFile(image)))
    overlay.fates[name] = .edited(file)
    return OpenDirectory(of: base ?? self, overlay: overlay)
  }

  /// The directory as it would be with a file of another directory moved into it.
  public func asIfMoved(
    _ source: FileName, in directory: OpenDirectory, to name: FileName
  ) -> OpenDirectory {
    var overlay = overlay ?? DirectoryOverlay()
    overlay.fates[name] = .found(directory, source)
    return OpenDirectory(of: base ?? self, overlay: overlay)
  }

  /// Lists what the changes have left and made.
  func overlaid(_ entries: [DirectoryEntry]) -> [DirectoryEntry] {
    guard let overlay else { return entries }
    var listed = entries.filter { entry in
      if case .removed? = overlay.fates[entry.name] { false } else { true }
    }
    for (name, fate) in overlay.fates {
      switch fate {
      case .created, .found: break
      case .removed, .edited: continue
      }
      guard !listed.contains(where: { $0.name == name }) else { continue }
      listed.append(DirectoryEntry(name: name, kind: .regular))
    }
    return listed.sorted { $0.name < $1.name }
  }

  /// A file of memory with the bytes that a change would make a file of.
  func openCreated(
    _ name: FileName, _ bytes: [UInt8], _ overlay: FileOverlay
  ) throws(FileError) -> OpenFile {
    let descriptor = try calls.perform(.create, on: name) { _ in Int64(wl_make_memory_file()) }
    // Owned from here on, so that an error below closes it.
    let file = OpenFile(
      name: name, calls: calls, descriptor: Int32(descriptor), overlay: overlay)
    var done = 0
    while done < bytes.count {
      done += Int(
        try calls.perform(.write, on: name) { limit in
          // Sound: the call reads at most what is left of the array.
          unsafe bytes.withUnsafeBytes {
            unsafe wl_write(
              Int32(descriptor), $0.baseAddress.map { unsafe $0 + done },
              min($0.count - done, limit), UInt64(done))
          }
        })
    }
    // Made anew each time it is opened, it must not look like a file that is just being written.
    try calls.perform(.setProperties, on: name) { _ in
      Int64(wl_set_modified(Int32(descriptor), 0, 0))
    }
    return file
  }
}
