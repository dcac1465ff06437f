import Glibc
public import LogFiles

/// A small file system of its own, mounted from an image by a loop device.
///
/// A guard process unmounts it when this value goes, or when the test process ends in whatever
/// way: it waits for the end of a pipe that only the test process holds.
public final class LoopFileSystem: Sendable {
  /// Where it is mounted.
  public let path: String
  private let workspace: TemporaryDirectory
  private let unmounter: ChildProcess

  /// Makes and mounts a file system, or prints why that is not possible here and answers nil.
  ///
  /// `type` is what mkfs knows (`ext4`, `xfs`, `btrfs`), `options` go to mkfs. The image is
  /// sparse, so a size costs nothing until it is filled.
  public static func mounted(
    _ type: String, options: [String] = [], megabytes: Int = 320
  ) -> LoopFileSystem? {
    guard getuid() == 0 else {
      print("skipped: only root can mount a test file system (\(type))")
      return nil
    }
    do {
      return try LoopFileSystem(type, options, megabytes)
    } catch {
      print("skipped: no \(type) test file system here: \(error)")
      return nil
    }
  }

  private init(_ type: String, _ options: [String], _ megabytes: Int) throws {
    workspace = try TemporaryDirectory()
    let image = try workspace.write([], to: "image")
    guard truncate(image, megabytes << 20) == 0 else { throw SetupFailure("truncate", errno) }
    path = workspace.path("mount")
    guard mkdir(path, 0o755) == 0 else { throw SetupFailure("mkdir", errno) }
    try ChildProcess.require(["mkfs.\(type)"] + options + [image])
    // Started first, so that there is no moment at which nobody would unmount.
    unmounter = try ChildProcess(
      [
        "sh", "-c",
        """
        echo ready; exec >/dev/null 2>&1; read end
        if mountpoint -q "$1"; then umount "$1" || umount -l "$1"; fi
        rmdir "$1"; rm -f "$2"; rmdir "$3"
        """, "sh", path, image, workspace.path,
      ], ownSession: true)
    guard unmounter.readLine() == "ready" else { throw SetupFailure("the unmounter") }
    do {
      try ChildProcess.require(["mount", "-o", "loop", image, path])
    } catch {
      unmount()
      throw error
    }
  }

  deinit { unmount() }

  private func unmount() {
    unmounter.closeInput()
    unmounter.wait()
  }

  /// Opens its root through `calls`.
  public func open(calls: SystemCalls = .linux) throws -> OpenDirectory {
    try OpenDirectory.open(path, calls: calls)
  }
}
