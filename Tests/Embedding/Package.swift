// swift-tools-version: 6.0
import Foundation
import PackageDescription

// Another package that depends on Dunlin by a tagged git URL: scripts/test-embedding.sh gives it.
let url = ProcessInfo.processInfo.environment["DUNLIN_URL"] ?? "file:///dunlin-url-not-set"

let package = Package(
    name: "embed",
    dependencies: [.package(url: url, from: "0.1.0")],
    targets: [
        .executableTarget(
            name: "embed",
            dependencies: [
                .product(name: "Dunlin", package: "dunlin"), .product(name: "DunlinEngine", package: "dunlin"),
            ])
    ]
)
