import Foundation
import Glibc
import JSON
import LogFiles
import TestSupport
import Testing

@testable import LogLab

@Suite struct MachineTests {
  @Test func `This machine is described`() throws {
    let directory = try TemporaryDirectory()
    let machine = try Machine.describe(try directory.open())
    #expect(machine.processors == sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    #expect(try ChildProcess.require(["uname", "-r"]).hasPrefix(machine.kernel))
    #expect((machine.memory ?? 0) > 1 << 24)
    #expect(machine.words.contains("Linux \(machine.kernel)"))
    // In a chroot below a mount point the kernel does not tell of the mount.
    let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    if mounts.contains(" / / ") { #expect(!machine.fileSystem.mountOptions.isEmpty) }
  }

  @Test(arguments: ["ext4", "xfs", "btrfs"])
  func `A loop device is found below its file system`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let machine = try Machine.describe(try disk.open())
    #expect(machine.fileSystem.typeName == type)
    guard access("/sys/block", R_OK) == 0 else {
      print("no /sys here: what is known of a device is not looked at")
      return
    }
    let source = try ChildProcess.require(["findmnt", "-no", "SOURCE", disk.path])
    #expect(source.hasPrefix("/dev/\(machine.device?.name ?? "none")"))
    #expect(machine.device?.scheduler != nil)
    #expect(machine.device?.isRotational != nil)
    #expect(machine.place == "this \(type)")
  }

  @Test func `A memory file system has no device`() throws {
    let machine = try Machine.describe(try OpenDirectory.open("/dev/shm"))
    #expect(machine.fileSystem.typeName == "tmpfs")
    #expect(machine.device == nil)
  }

  @Test func `A busy machine is told`() throws {
    var machine = try Machine.describe(try OpenDirectory.open("/dev/shm"))
    machine.processors = 2
    machine.load = 0.4
    #expect(machine.warning == nil)
    machine.load = 11.7
    #expect(machine.warning?.contains("11.7 threads wanted the 2 processors") == true)
    machine.load = nil
    #expect(machine.warning == nil)
  }

  @Test func `The scheduler in use stands in brackets`() {
    #expect(BlockDevice.chosen("none [mq-deadline] kyber") == "mq-deadline")
    #expect(BlockDevice.chosen("[none] mq-deadline") == "none")
    #expect(BlockDevice.chosen("none") == "none")
    #expect(BlockDevice.chosen("") == nil)
  }

  @Test func `The value behind a name is found`() {
    let text = "processor\t: 0\nmodel name\t: Some: CPU \nflags:\n"
    #expect(SystemText.value(of: "model name", in: text) == "Some: CPU")
    #expect(SystemText.value(of: "flags", in: text) == nil)
    #expect(SystemText.value(of: "model", in: text) == nil)
  }

  @Test func `Counters of a device are taken from their columns`() {
    let text = " 1 2 3 4 50 6 70 8 0 10 11 12 13 14 15 16 17"
    let counters = DeviceCounters.parse(text)
    #expect(counters == DeviceCounters(writes: 50, bytesWritten: 70 * 512, flushes: 16))
    #expect(DeviceCounters.parse("1 2 3 4 5 6 7 8 9 10 11")?.flushes == nil)
    #expect(DeviceCounters.parse("1 2") == nil)
  }
}
