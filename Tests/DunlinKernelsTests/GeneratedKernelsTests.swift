import Foundation
import Testing

/// The committed straight-line code is what its generator writes.
@Suite struct GeneratedKernelsTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("the generated kernels are current")
    func areCurrent() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "dunlin-kernels-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["swift", Self.root.appending(path: "scripts/generate-kernels.swift").path, directory.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.count == 18)
        for name in names {
            let committed = Self.root.appending(path: "Sources/DunlinKernelsBaseline/\(name)")
            let isCurrent =
                try Data(contentsOf: directory.appending(path: name)) == (try Data(contentsOf: committed))
            #expect(isCurrent, "run `swift scripts/generate-kernels.swift Sources/DunlinKernelsBaseline`: \(name)")
        }
    }

    @Test("every instruction set is built from the same files", arguments: ["DunlinKernelsV3", "DunlinKernelsV4"])
    func shareTheirSources(module: String) throws {
        let sources = Self.root.appending(path: "Sources")
        let expected = try FileManager.default.contentsOfDirectory(
            atPath: sources.appending(path: "DunlinKernelsBaseline").path)
        let links = try FileManager.default.contentsOfDirectory(atPath: sources.appending(path: module).path)
        #expect(Set(links) == Set(expected))
        for link in links {
            let target = try FileManager.default.destinationOfSymbolicLink(
                atPath: sources.appending(path: "\(module)/\(link)").path)
            #expect(target == "../DunlinKernelsBaseline/\(link)")
        }
    }
}
