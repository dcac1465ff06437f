import JSON
import LogFiles

/// The figures as the published table of okaywal's commit latencies has them, to be laid beside it.
///
/// `preallocated` names the way: what the published table calls `no` is `none`, and `yes`, where
/// okaywal writes zeros, is `written-zeros`. Its `outliers` are a share of 1 with a percent sign
/// behind it, 0.016% for 16 of 1,000, and so they are here.
public enum PublishedTable {
  public static let columns =
    "os,filesystem,preallocated,commit_size,threads,avg,min,max,stddev,outliers"

  /// The lines behind the headings, in the order of the published table.
  public static func lines(_ report: LabReport) -> [String] {
    let name = fileSystemName(report.machine.fileSystem.typeName)
    var rows: [(key: (way: String, size: String, threads: UInt64), line: String)] = []
    for cell in report.cells {
      let size = PrepareExperiment.sizeText(Int(cell.cell.integer("recordSize")))
      let threads = cell.cell.integer("threads")
      for result in cell.variants {
        let all = result.latencies
        guard all.count > 0 else { continue }
        let fields = [
          "Linux", name, result.variant.name, size, String(threads), time(all.average),
          time(Double(all.minimum)), time(Double(all.maximum)), time(all.standardDeviation),
          number(all.outlierShare) + "%",
        ]
        rows.append(((result.variant.name, size, threads), fields.joined(separator: ",")))
      }
    }
    return rows.sorted { $0.key < $1.key }.map(\.line)
  }

  /// The names of the published table for the file systems that it has.
  private static func fileSystemName(_ type: String) -> String {
    switch type {
    case "ext4": "Ext4"
    case "btrfs": "BTRFS"
    default: type
    }
  }

  /// `808.4us`, `1.441ms`, `25.00ms`: four digits.
  static func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<1: "0s"
    case ..<1e3: number(nanoseconds) + "ns"
    case ..<1e6: number(nanoseconds / 1e3) + "us"
    case ..<1e9: number(nanoseconds / 1e6) + "ms"
    default: number(nanoseconds / 1e9) + "s"
    }
  }

  private static func number(_ value: Double) -> String {
    FixedPoint.text(value, digits: value < 10 ? 3 : value < 100 ? 2 : 1)
  }
}
