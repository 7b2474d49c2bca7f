import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct EnsembleGraphTests {
    private func chain(_ names: [String]) -> EnsembleGraph {
        EnsembleGraph(members: Dictionary(uniqueKeysWithValues: zip(names, names.dropFirst()).map { ($0, [$1]) }))
    }

    @Test func anEnsembleMayNotNeedItself() {
        #expect(throws: InferError(.invalidArgument, "ensemble 'a' needs itself: 'a' needs 'a'")) {
            try EnsembleGraph().check("a", needing: ["a"])
        }
        #expect(throws: InferError(.invalidArgument, "ensemble 'c' needs itself: 'c' needs 'a' needs 'b' needs 'c'")) {
            try chain(["a", "b", "c"]).check("c", needing: ["a"])
        }
    }

    @Test func oneModelMayBeNeededTwice() throws {
        try EnsembleGraph(members: ["a": ["m"], "b": ["m"]]).check("c", needing: ["a", "b", "m"])
    }

    @Test func theDepthIsLimitedOnBothSides() throws {
        let limit = EnsembleGraph.maxDepth
        let names = (1...limit).map { "e\($0)" } + ["model"]
        // The last ensemble of a chain that is as long as may be.
        try chain(names).check("e\(limit)", needing: ["model"])
        let message =
            "ensemble 'model': \(limit + 1) ensembles would be inside one another; the limit is \(limit)"
        #expect(throws: InferError(.invalidArgument, message)) {
            try chain(names).check("model", needing: ["other"])
        }
        #expect(throws: InferError.self) { try chain(names).check("top", needing: ["e1"]) }
        try chain(names).check("top", needing: ["e2"])
    }
}
