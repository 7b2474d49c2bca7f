import DunlinHTTP
import Foundation
import Testing

@testable import Dunlin

@Suite struct RoutesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// `GET /v2/models` of every operation in the document: paths stand at two spaces, methods at four.
    private static func operations(in document: String) throws -> Set<String> {
        let text = try String(contentsOf: root.appendingPathComponent("openapi/\(document)"), encoding: .utf8)
        var found: Set<String> = []
        var path: String?
        var isInPaths = false
        for line in text.split(separator: "\n") {
            if !line.hasPrefix(" "), line.hasSuffix(":") { isInPaths = line == "paths:" }
            guard isInPaths else { continue }
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("  /") || line.hasPrefix("  '/") || line.hasPrefix("  \"/") {
                path = trimmed.trimmingCharacters(in: CharacterSet(charactersIn: "'\":"))
            } else if line.hasPrefix("    "), !line.hasPrefix("     "), let path {
                let method = trimmed.prefix { $0 != ":" }.uppercased()
                if ["GET", "POST", "PUT", "DELETE", "PATCH"].contains(method) { found.insert("\(method) \(path)") }
            }
        }
        return found
    }

    @Test func theRouteTableAndTheOpenAPIDocumentsNameTheSameOperations() throws {
        let documents = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("openapi").path
        ).filter { $0.hasSuffix(".yaml") }
        #expect(documents.count >= 2)
        let documented = try documents.reduce(into: Set<String>()) { found, document in
            let operations = try Self.operations(in: document)
            #expect(found.isDisjoint(with: operations), "\(document) tells again what another document tells")
            found.formUnion(operations)
        }
        let served = Set(routes.map { "\($0.method.name) \($0.path)" })
        #expect(documented.subtracting(served).sorted() == [], "documented, not served")
        #expect(served.subtracting(documented).sorted() == [], "served, not documented")
        #expect(served.count == routes.count)
    }

    @Test func theOperatorsPageIsThePrintedTable() throws {
        let page = try String(contentsOf: Self.root.appendingPathComponent("docs/OPERATORS.md"), encoding: .utf8)
        #expect(
            page == Listings.operatorsMarkdown + "\n", "write the output of 'dunlin operators' to docs/OPERATORS.md")
    }

    @Test func theConfigurationPageHoldsEveryFlag() throws {
        let page = try String(contentsOf: Self.root.appendingPathComponent("docs/CONFIGURATION.md"), encoding: .utf8)
        let lacking = ServerConfiguration.flagsMarkdown.split(separator: "\n").filter { !page.contains($0) }
        #expect(lacking == [], "paste the output of 'dunlin help configuration' into docs/CONFIGURATION.md")
    }
}
