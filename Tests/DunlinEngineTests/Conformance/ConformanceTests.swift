import DunlinEngine
import Glibc
import Testing

@Suite struct ConformanceTests {
    @Test("ONNX's own cases pass or are refused as listed, with and without passes", arguments: ConformanceSet.all)
    func cases(set: ConformanceSet) {
        let names = set.cases()
        guard !names.isEmpty else {
            let text = "conformance \(set.name): not installed; scripts/install-test-dependencies.sh installs it"
            Issue.record("\(text)", severity: .warning)
            return
        }
        let refused = set.isListed ? set.refused() : []
        if !set.isListed { print("conformance \(set.name): of a release without a list of refused cases") }
        var plain = EngineOptions()
        plain.passes = []
        for (label, options) in [("passes on", EngineOptions()), ("passes off", plain)] {
            var counts = (passed: 0, refused: 0, wrong: 0)
            for name in names where set.faulty[name] == nil {
                switch ConformanceCase(set, name).run(options) {
                case .passed:
                    counts.passed += 1
                    if refused.contains(name) {
                        Issue.record("\(set.name): \(name) passes: remove it from the list")
                    }
                case .refused(let reason):
                    counts.refused += 1
                    if !set.isListed {
                        if !options.passes.isEmpty { print("refused \(name): \(reason)") }
                    } else if !refused.contains(name) {
                        Issue.record("\(set.name): \(name) is refused: \(reason)")
                    }
                case .wrong(let what):
                    counts.wrong += 1
                    Issue.record("\(set.name): \(name) is wrong: \(what)")
                }
            }
            print(
                "conformance \(set.name), \(label): \(counts.passed) passed, \(counts.refused) refused, "
                    + "\(counts.wrong) wrong, \(set.faulty.count) excluded as faulty")
            guard set.isListed else { continue }
            #expect(counts.refused == refused.count, "\(set.name): the list names a case that is not refused")
        }
    }
}
