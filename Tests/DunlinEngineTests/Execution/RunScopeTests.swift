import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinEngine

@Suite struct RunScopeTests {
    /// Loops in each other, which run `trips` times each; the innermost negates its state, or hands it on.
    private static func loops(_ depth: Int, trips: Int, isEmpty: Bool = false) -> Bytes {
        func level(_ rest: Int) -> (inout ModelWriter) -> Void {
            { body in
                body.input("i", .int64, [])
                body.input("on", .bool, [])
                body.input("s\(rest)", .fp32, [1])
                body.output("on", .bool, [])
                if rest > 1 {
                    nest(rest - 1, "s\(rest)", "t\(rest)", &body)
                } else if !isEmpty {
                    body.node("Neg", ["s\(rest)"], ["t\(rest)"])
                }
                body.output(rest == 1 && isEmpty ? "s\(rest)" : "t\(rest)", .fp32, [1])
            }
        }
        func nest(_ rest: Int, _ input: String, _ output: String, _ writer: inout ModelWriter) {
            writer.initializer("trips\(rest)", Tensor([Int64(trips)], shape: []))
            ControlLimitsTests.nesting(
                "Loop", ["trips\(rest)", "", input], [output], [("body", level(rest))], into: &writer)
        }
        var model = ModelWriter()
        model.input("x", .fp32, [1])
        model.output("y", .fp32, [1])
        nest(depth, "x", "y", &model)
        return model.bytes()
    }

    private static let inputs = [NamedTensor("x", Tensor([1] as [Float], shape: [1]))]

    @Test("the runs of loops inside loops are counted together", arguments: [(1, 3, 3), (2, 3, 12), (3, 2, 14)])
    func countsTogether(depth: Int, trips: Int, expected: Int) throws {
        let model = try NativeModel.load(
            Self.loops(depth, trips: trips), directory: nil, options: EngineOptions())
        var scope = RunScope()
        _ = try Execution(try model.plan(for: [[1]])).run(Self.inputs, arena: nil, &scope)
        #expect(scope.runCount == expected)
    }

    @Test("a request may run graphs as often as the limit says and not once more") func limit() throws {
        var scope = RunScope()
        for _ in 0..<RunScope.mostRuns { try scope.countRun() }
        let error = #expect(throws: InferError.self) { try scope.countRun() }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("a loop that nobody waits for any more ends", arguments: [1, 2], [false, true])
    func ends(depth: Int, isEmpty: Bool) throws {
        let model = try NativeModel.load(
            Self.loops(depth, trips: 1000, isEmpty: isEmpty), directory: nil, options: EngineOptions())
        let instance = try model.makeInstance()
        var asked = 0
        let error = #expect(throws: InferError.self) {
            try instance.execute(Self.inputs) {
                asked += 1
                return asked <= 100
            }
        }
        #expect(error?.code == .cancelled)
        #expect(asked == 101)
    }
}
