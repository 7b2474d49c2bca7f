import Foundation
import Testing

/// The committed straight-line code is what its generator writes.
@Suite struct GeneratedKernelsTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(
        "the generated kernels are current",
        arguments: [("generate-kernel-tiles.swift", 15), ("generate-kernel-loops.swift", 3)])
    func areCurrent(script: String, count: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "dunlin-kernels-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["swift", Self.root.appending(path: "scripts/\(script)").path, directory.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.count == count)
        for name in names {
            let written = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
            let committed = Self.root.appending(path: "Sources/DunlinKernelsBaseline/\(name)")
            let isCurrent = try written == String(contentsOf: committed, encoding: .utf8)
            #expect(isCurrent, "run `swift scripts/\(script) Sources/DunlinKernelsBaseline`: \(name)")
            #expect(written.hasPrefix("// Written by scripts/\(script): change that"), "\(name)")
        }
    }

    /// A file that says a script wrote it is written by one of the two.
    @Test("no other file claims to be generated")
    func areAllWritten() throws {
        let folder = Self.root.appending(path: "Sources/DunlinKernelsBaseline")
        let claims = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8).hasPrefix("// Written by scripts/")
        }
        #expect(claims.count == 18)
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
