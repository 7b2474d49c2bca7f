import Foundation
import Testing

/// The repository's own rules, checked on its files.
@Suite struct TidyTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private struct SourceFile {
        let path: String
        let lines: [Substring]
        var name: String { (path as NSString).lastPathComponent }
    }

    private static func swiftFiles(below folder: String) -> [SourceFile] {
        let base = root.appendingPathComponent(folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") && !$0.contains(".build") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appendingPathComponent(name), encoding: .utf8) else {
                return nil
            }
            return SourceFile(
                path: folder + "/" + name, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    private static let sources = swiftFiles(below: "Sources")
    private static let tests = swiftFiles(below: "Tests")

    /// Tables of data are exempt: they are read as tables, not as code. So is generated code.
    private static let lengthExempt: Set<String> = ["Routes.swift", "Operators.swift"]

    @Test func theFilesAreFound() {
        #expect(Self.sources.count > 50 && Self.tests.count > 20)
    }

    @Test func noFileIsTooLong() {
        for file in Self.sources where !Self.lengthExempt.contains(file.name) && !isGenerated(file) {
            #expect(
                file.lines.count <= 501, "\(file.path) has \(file.lines.count) lines; look for the second type in it")
        }
        for file in Self.tests {
            #expect(file.lines.count <= 701, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func namesSayWhatAThingIs() {
        let banned = ["Manager", "Helper", "Utils", "Common", "Misc", "Handler", "Processor", "Wrapper"]
        for file in Self.sources {
            for word in banned { #expect(!file.name.contains(word), "\(file.path): '\(word)' says nothing") }
        }
    }

    @Test func uncheckedSendableSaysWhatIsConfinedToWhat() {
        for file in Self.sources {
            for (index, line) in file.lines.enumerated()
            where line.contains("@unchecked Sendable") && !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                let above = file.lines[max(0, index - 25)..<index].reversed()
                let comment = above.prefix {
                    $0.trimmingCharacters(in: .whitespaces).hasPrefix("//") || $0.contains("@")
                }
                #expect(
                    comment.contains { $0.contains("Sendable") },
                    "\(file.path):\(index + 1): say in the doc comment why this is @unchecked Sendable")
            }
        }
    }

    @Test func onlyTheFacadeAndServingMayImportFoundation() {
        let allowed = ["Sources/Dunlin/", "Sources/DunlinServing/", "Sources/DunlinCommand/", "Sources/dunlin-bench/"]
        for file in Self.sources where !allowed.contains(where: file.path.hasPrefix) {
            let imports = file.lines.contains {
                $0.hasSuffix("import Foundation") || $0.hasSuffix("import FoundationEssentials")
            }
            #expect(!imports, "\(file.path) imports Foundation")
        }
    }

    @Test func kernelModulesShareOneSource() throws {
        let base = Self.root.appendingPathComponent("Sources/DunlinKernelsBaseline")
        let names = try FileManager.default.contentsOfDirectory(atPath: base.path).sorted()
        #expect(!names.isEmpty)
        for module in ["DunlinKernelsV3", "DunlinKernelsV4"] {
            let folder = Self.root.appendingPathComponent("Sources/\(module)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names, "\(module)")
            for name in names {
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: folder.appendingPathComponent(name).path)
                #expect(target == "../DunlinKernelsBaseline/\(name)")
            }
        }
    }

    /// Without the stand-in a module's locks are reported as races.
    @Test func everyModuleWithALockLinksTheOneTheThreadSanitizerSees() throws {
        let name = "ThreadSanitizerMutex.swift"
        let home = "Sources/DunlinTelemetry"
        let withLocks = (Self.sources + Self.tests).filter { file in
            file.lines.contains { $0.hasSuffix("import Synchronization") }
                && file.lines.contains { $0.contains("Mutex") }
        }
        let folders = Set(withLocks.map { $0.path.split(separator: "/").prefix(2).joined(separator: "/") })
        #expect(folders.contains(home))
        for folder in folders.subtracting([home]).sorted() {
            let link = Self.root.appendingPathComponent(folder).appendingPathComponent(name)
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link.path)
            let expected = (folder.hasPrefix("Tests/") ? "../../" + home : "../DunlinTelemetry") + "/" + name
            #expect(target == expected, "\(folder) has locks but \(name) is not a link to \(expected)")
        }
    }

    private func isGenerated(_ file: SourceFile) -> Bool {
        file.lines.prefix(3).contains { $0.lowercased().contains("generated by") }
    }
}
