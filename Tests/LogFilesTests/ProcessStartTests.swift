import Glibc
import TestSupport
import Testing

/// That tests which run at the same time keep out of each other's way.
struct ProcessStartTests {
  @Test func `A process that a test starts has no file of another test`() throws {
    let directory = try TemporaryDirectory()
    // Not marked close-on-exec, as what other code opens may not be.
    let descriptor = open(directory.path("file"), O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    #expect(descriptor > 2)
    let open = try ChildProcess.require(["find", "/proc/self/fd", "-printf", "%l\n"])
    #expect(open.contains("pipe:"))
    #expect(!open.contains(directory.path))
  }

  @Test func `A program that is not there cannot be started`() throws {
    #expect(throws: SetupFailure.self) { try ChildProcess(["no-such-program"]) }
  }
}
