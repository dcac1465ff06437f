import Glibc

/// A small file system that is easily filled, unmounted at the end of its life.
public final class MountedFileSystem: Sendable {
  /// Where it is mounted.
  public let path: String
  private let image: LoopFileSystem?
  private let workspace: TemporaryDirectory?

  /// Mounts some megabytes of tmpfs, or of what mkfs knows; or prints why that is not possible
  /// here and answers nil.
  public static func small(_ type: String) -> MountedFileSystem? {
    if type != "tmpfs" {
      return LoopFileSystem.mounted(type, megabytes: 16).map { MountedFileSystem($0) }
    }
    guard getuid() == 0 else {
      print("skipped: only root can mount a test file system (tmpfs)")
      return nil
    }
    do {
      let workspace = try TemporaryDirectory()
      try ChildProcess.require(["mount", "-t", "tmpfs", "-o", "size=512k", "none", workspace.path])
      return MountedFileSystem(workspace)
    } catch {
      print("skipped: no tmpfs test file system here: \(error)")
      return nil
    }
  }

  private init(_ image: LoopFileSystem) {
    path = image.path
    self.image = image
    workspace = nil
  }

  private init(_ workspace: TemporaryDirectory) {
    path = workspace.path
    image = nil
    self.workspace = workspace
  }

  deinit {
    if let workspace { _ = try? ChildProcess.run(["umount", "-l", workspace.path]) }
  }
}
