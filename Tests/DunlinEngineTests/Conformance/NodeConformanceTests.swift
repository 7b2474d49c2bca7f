import DunlinBytes
import DunlinEngine
import Testing

@Suite struct NodeConformanceTests {
    /// Cases that the engine refuses, with the reason; `Tests/Fixtures/onnx-node-refused.txt`.
    static let refused: Set<String> = {
        let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        guard let bytes = try? Bytes(mapping: path + "/Fixtures/onnx-node-refused.txt") else { return [] }
        var names: Set<String> = []
        for line in bytes.string.split(separator: "\n") where !line.hasPrefix("#") {
            if let name = line.split(separator: " ").first { names.insert(String(name)) }
        }
        return names
    }()

    @Test(
        "ONNX's node tests pass, or are refused as listed", .enabled(if: !NodeConformance.cases().isEmpty),
        arguments: [true, false])
    func nodeTests(withPasses: Bool) {
        var options = EngineOptions()
        if !withPasses { options.passes = [] }
        var counts = (passed: 0, refused: 0)
        let cases = NodeConformance.cases().filter { NodeConformance.faulty[$0] == nil }
        for name in cases {
            let isListed = Self.refused.contains(name)
            switch NodeConformance.run(name, options: options) {
            case .passed:
                counts.passed += 1
                if isListed { Issue.record("\(name) passes: remove it from the list") }
            case .refused(let reason):
                counts.refused += 1
                if !isListed { Issue.record("\(name) is refused: \(reason)") }
            case .wrong(let what): Issue.record("\(name) is wrong: \(what)")
            }
        }
        #expect(counts.passed + counts.refused == cases.count)
        #expect(counts.refused == Self.refused.count)
    }
}
