// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .enableExperimentalFeature("Lifetimes"),
]

/// Sources mark each unsafe use; tests cannot, because `#expect` expands to unsafe span accesses.
let strictSources = strict + [.strictMemorySafety()]

let package = Package(
  name: "walscope",
  products: [
    .library(name: "LogInspection", targets: ["LogFiles", "LogFormats", "LogInspection"]),
    .library(name: "LogRepair", targets: ["LogRepair", "JSON"]),
    .library(name: "LogLab", targets: ["LogLab", "Quantities"]),
    .executable(name: "walscope", targets: ["walscope"]),
  ],
  targets: [
    .target(name: "CLinux"),
    .target(name: "CAppend"),
    .target(name: "CByteSearch", dependencies: ["CChecksum"]),
    .target(name: "CChecksum", linkerSettings: [.linkedLibrary("isal")]),
    .systemLibrary(name: "CNcurses"),
    .systemLibrary(name: "CLZ4"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CNettle"),
    .target(name: "LogFiles", dependencies: ["CLinux", "CNettle"], swiftSettings: strictSources),
    .target(name: "SafeText", swiftSettings: strictSources),
    .target(name: "JSON", dependencies: ["LogFiles", "SafeText"], swiftSettings: strictSources),
    .target(name: "Quantities", swiftSettings: strictSources),
    .target(
      name: "LogFormats",
      dependencies: [
        "LogFiles", "Quantities", "CByteSearch", "CChecksum", "CLZ4", "CZlib", "CZstd",
      ],
      exclude: [
        "LogFormat.md", "Mmlog/Mmlog.md", "NoriWAL/NoriWAL.md", "OkayWAL/OkayWAL.md",
        "TegDB/TegDB.md", "TegDB/Tgstream/Tgstream.md",
      ],
      swiftSettings: strictSources),
    .target(
      name: "LogInspection",
      dependencies: ["LogFiles", "LogFormats", "JSON", "Quantities", "CByteSearch"],
      swiftSettings: strictSources),
    .target(
      name: "LogRepair",
      dependencies: ["LogFiles", "LogFormats", "LogInspection", "JSON", "Quantities"],
      swiftSettings: strictSources),
    .target(
      name: "LogLab",
      dependencies: [
        "LogFiles", "LogFormats", "LogInspection", "LogRepair", "JSON", "Quantities", "CAppend",
      ],
      swiftSettings: strictSources),
    .target(
      name: "TerminalUI", dependencies: ["CNcurses", "CLinux", "Quantities", "SafeText"],
      swiftSettings: strictSources),
    .executableTarget(
      name: "walscope",
      dependencies: [
        "LogFiles", "LogFormats", "LogInspection", "LogLab", "LogRepair", "JSON", "Quantities",
        "TerminalUI",
      ],
      swiftSettings: strictSources),
    .systemLibrary(name: "CVTerm", path: "Tests/CVTerm"),
    .target(name: "CProcessStart", path: "Tests/CProcessStart"),
    .target(
      name: "TestSupport",
      dependencies: [
        "LogFiles", "LogFormats", "LogInspection", "CLinux", "CProcessStart", "CVTerm",
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "CChecksumPortable", dependencies: ["CChecksum"], path: "Tests/CChecksumPortable"),
    .testTarget(
      name: "CChecksumTests", dependencies: ["CChecksum", "CChecksumPortable"],
      swiftSettings: strict),
    .target(
      name: "CByteSearchPortable", dependencies: ["CByteSearch", "CChecksum"],
      path: "Tests/CByteSearchPortable"),
    .testTarget(
      name: "CByteSearchTests",
      dependencies: ["CByteSearch", "CByteSearchPortable", "LogFormats"], swiftSettings: strict),
    .testTarget(
      name: "LogFilesTests", dependencies: ["LogFiles", "TestSupport"], swiftSettings: strict),
    .executableTarget(
      name: "MmlogProbe", dependencies: ["LogFormats"], path: "Tests/MmlogProbe",
      swiftSettings: strict),
    .testTarget(
      name: "LogFormatsTests", dependencies: ["LogFormats", "MmlogProbe", "TestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "LogWriterProbe", dependencies: ["LogFiles", "LogFormats", "NumberedRecords"],
      path: "Tests/LogWriterProbe", swiftSettings: strict),
    .target(name: "NumberedRecords", path: "Tests/NumberedRecords", swiftSettings: strict),
    .testTarget(
      name: "LogInspectionTests",
      dependencies: [
        "LogInspection", "LogWriterProbe", "NumberedRecords", "TestSupport", "CZlib",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LogRepairTests",
      dependencies: ["LogRepair", "LogWriterProbe", "NumberedRecords", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LogLabTests", dependencies: ["LogLab", "CAppend", "TestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "TerminalProbe", dependencies: ["Quantities", "TerminalUI"],
      path: "Tests/TerminalProbe",
      swiftSettings: strict),
    .testTarget(
      name: "QuantitiesTests", dependencies: ["Quantities"], swiftSettings: strict),
    .testTarget(
      name: "TerminalUITests",
      dependencies: ["SafeText", "TerminalUI", "TerminalProbe", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "WalscopeTests",
      dependencies: ["walscope", "LogWriterProbe", "NumberedRecords", "TestSupport"],
      swiftSettings: strict),
  ]
)
