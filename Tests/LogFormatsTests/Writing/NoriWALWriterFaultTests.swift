import Foundation
import LogFiles
import Synchronization
import TestSupport
import Testing

@testable import LogFormats

struct `A nori-wal writer on a failing disk` {
  private static let noRoom: Int32 = 28
  private static let badDisk: Int32 = 5

  /// Fails what it is told to, from when it is told to.
  private final class Disk: Sendable {
    let faults = Mutex<[SystemCalls.Name: [SystemCalls.Fault?]]>([:])

    var calls: SystemCalls {
      SystemCalls { [self] call in
        faults.withLock { faults in
          guard let next = faults[call], !next.isEmpty else { return nil }
          faults[call] = Array(next.dropFirst())
          return next[0]
        }
      }
    }

    func fail(_ call: SystemCalls.Name, _ next: [SystemCalls.Fault?]) {
      faults.withLock { $0[call] = next }
    }
  }

  @Test(arguments: [Preallocation.allocate, .none])
  func `takes a record back that got only half onto a full disk`(preallocation: Preallocation)
    throws
  {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(
      segmentSize: 4096, preallocation: preallocation, calls: disk.calls)
    _ = try writer.append(record(bytes: 50, 1))
    disk.fail(.write, [.short(30), .error(Self.noRoom)])
    let failure = writerFailure { _ = try writer.append(record(bytes: 100, 2)) }
    guard case .file(let error) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(error.isNoRoom && error.offset == 80)
    #expect(try scene.files() == ["000000.wal": 50])
    #expect(writer.position.offset == 50 && writer.metrics.records.value == 1)
    // A shorter one: nothing of the failed one may stand behind it.
    #expect(try writer.append(record(bytes: 20, 3)).position.offset == 50)
    writer.abandon()
    #expect(try scene.records() == [record(bytes: 50, 1), record(bytes: 20, 3)])
    #expect(try scene.scan("000000.wal").stop.cause == .endOfFile)
  }

  @Test func `takes a whole batch back when its last record fails`() throws {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(segmentSize: 4096, calls: disk.calls)
    disk.fail(.write, [.short(130), .error(Self.noRoom)])
    let batch = (UInt8(1)..<4).map { record(bytes: 50, $0) }
    #expect(writerFailure { _ = try writer.append(batch: batch) } != nil)
    _ = try writer.append(record(bytes: 50, 9))
    writer.abandon()
    #expect(try scene.records() == [record(bytes: 50, 9)])
  }

  @Test func `is ended when what failed cannot be taken back`() throws {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(segmentSize: 4096, calls: disk.calls)
    _ = try writer.append(record(bytes: 50, 1))
    disk.fail(.write, [.short(30), .error(Self.badDisk)])
    disk.fail(.setLength, [.error(Self.badDisk)])
    #expect(writerFailure { _ = try writer.append(record(bytes: 100, 2)) } != nil)
    #expect(writerFailure { _ = try writer.append(record(bytes: 20, 3)) } == .ended)
    #expect(writerFailure { try writer.close() } == .ended)
    writer.abandon()
    // The next one finds a torn tail.
    let next = try scene.open(segmentSize: 4096)
    #expect(next.recovered.torn == [0] && next.position.offset == 50)
  }

  @Test func `goes on after short writes`() throws {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(segmentSize: 4096, calls: disk.calls)
    disk.fail(.write, [.short(1), .short(2), .error(4), .short(40)])
    _ = try writer.append(record(bytes: 100, 1))
    try writer.close()
    #expect(try scene.records() == [record(bytes: 100, 1)])
  }

  @Test func `takes nothing after the disk failed once to say that all is there`() throws {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(policy: .always, calls: disk.calls)
    _ = try writer.append(record(bytes: 50))
    disk.fail(.sync, [.error(Self.badDisk)])
    guard case .file = writerFailure({ _ = try writer.append(record(bytes: 50)) }) else {
      Issue.record("the failure was not told")
      return
    }
    #expect(writerFailure { _ = try writer.append(record(bytes: 50)) } == .ended)
    #expect(writerFailure { try writer.sync() } == .ended)
    #expect(writerFailure { try writer.close() } == .ended)
  }

  @Test(arguments: [SystemCalls.Name.create, .preallocate, .sync])
  func `keeps the old segment while no new one can be had`(call: SystemCalls.Name) throws {
    let scene = try WriterScene()
    let disk = Disk()
    let writer = try scene.open(segmentSize: 200, calls: disk.calls)
    _ = try writer.append(record(bytes: 120, 1))
    // The first sync is that of the segment that ends.
    disk.fail(call, call == .sync ? [nil, .error(Self.badDisk)] : [.error(Self.noRoom)])
    #expect(writerFailure { _ = try writer.append(record(bytes: 120, 2)) } != nil)
    #expect(try scene.files() == ["000000.wal": 120])
    if call == .sync {
      #expect(writerFailure { _ = try writer.append(record(bytes: 20, 3)) } == .ended)
      return
    }
    _ = try writer.append(record(bytes: 20, 3))
    #expect(try writer.append(record(bytes: 120, 4)).position == .init(segment: 1, offset: 0))
    try writer.close()
    #expect(try scene.files() == ["000000.wal": 140, "000001.wal": 120])
    #expect(try scene.records().map(\.key) == [[1], [3], [4]])
  }

  // MARK: Threads

  @Test(arguments: [NoriWALSyncPolicy.always, .batch(.milliseconds(1)), .os])
  func `takes each record of eight threads once`(policy: NoriWALSyncPolicy) throws {
    let scene = try WriterScene()
    var options = NoriWALWriterOptions()
    options.segmentSize = 20_000
    options.policy = policy
    let writer = try NoriWALWriter(in: try scene.directory.open(), options: options)
    let perThread: UInt8 = policy == .always ? 25 : 250
    let positions = Mutex<[NoriWALPosition: [UInt8]]>([:])
    let threads = DispatchGroup()
    for thread in UInt8(0)..<8 {
      threads.enter()
      Thread.detachNewThread {
        for number in 0..<perThread {
          let key = [thread, number]
          let value = [UInt8](repeating: thread, count: Int(number))
          do {
            let added = try writer.append(NoriWALRecord(key: key, value: value))
            positions.withLock { $0[added.position] = key }
          } catch {
            Issue.record("\(error)")
          }
        }
        threads.leave()
      }
    }
    threads.wait()
    try writer.close()
    var reader = NoriWALReader(in: try scene.directory.open())
    var found: [NoriWALPosition: [UInt8]] = [:]
    while let entry = try reader.next() { found[entry.position] = entry.record.key }
    #expect(found.count == 8 * Int(perThread))
    #expect(found == positions.withLock { $0 })
    let rolls = try scene.files().count
    #expect(policy == .always || rolls > 5)
    #expect(writer.metrics.records.value == UInt64(found.count))
    // Threads that wait at the same time share a wait.
    if policy == .always { #expect(writer.metrics.fsync.snapshot.count <= UInt64(found.count)) }
  }
}
