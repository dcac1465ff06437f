// swift-tools-version: 6.2
import PackageDescription

/// Apart from the program's own package, because a package with unsafe flags cannot be depended on.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "walscope", path: "../..")],
  targets: [
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        .product(name: "LogInspection", package: "walscope"),
        .product(name: "LogLab", package: "walscope"),
        .product(name: "LogRepair", package: "walscope"),
      ],
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableExperimentalFeature("Lifetimes"),
        // The fuzzer brings the main function.
        .unsafeFlags(["-parse-as-library"]),
      ])
  ]
)
