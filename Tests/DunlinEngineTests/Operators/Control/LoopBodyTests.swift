import DunlinInference
import DunlinONNX
import DunlinTensor
import Synchronization
import Testing

@testable import DunlinEngine

@Suite struct LoopBodyTests {
    private final class Count: Sendable { let value = Atomic(0) }

    /// Hands on its input, and counts how often it is asked what that will be.
    private struct Counted: ViewOperator {
        let count: Count

        func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
            count.value.add(1, ordering: .relaxed)
            return [TensorFact(inputs[0].dataType, inputs[0].extents)]
        }
    }

    /// A loop whose first state doubles, and of which each other state becomes the one before it.
    private static func shiftRegister(_ stateCount: Int, _ count: Count) throws -> Loop {
        var graph = Graph()
        func add(_ name: String) -> Int { graph.add(Graph.Value(name: name)) }
        let controls = [add("i"), add("on")]
        let states = (0..<stateCount).map { add("s\($0)") }
        let results = (0..<stateCount).map { add("t\($0)") }
        graph.inputs = controls + states
        for index in 0..<stateCount {
            graph.nodes.append(
                GraphNode(
                    name: "n\(index)", domain: "", type: "", body: index == 0 ? Concat(axis: 0) : Counted(count: count),
                    inputs: index == 0 ? [states[0], states[0]] : [states[index - 1]], outputs: [results[index]]))
        }
        graph.outputs = ([controls[1]] + results).map { Graph.Output(name: graph.values[$0].name, value: $0) }
        return try Loop(
            Node(
                type: "Loop", opset: 17, givenInputs: [Bool](repeating: true, count: 2 + stateCount),
                givenOutputs: [Bool](repeating: true, count: stateCount), attributes: ["body": .graph(ONNXGraph())],
                subgraphs: ["body": ImportedSubgraph(graph: graph, formalCount: 2 + stateCount)]))
    }

    @Test("what is known of states takes few rounds, however they pass changes on", arguments: [2, 3, 50])
    func rounds(stateCount: Int) throws {
        let count = Count()
        let loop = try Self.shiftRegister(stateCount, count)
        let given = [TensorFact(.int64, []), TensorFact(.bool, [])]
        let facts = try loop.infer(InputFacts(given + (0..<stateCount).map { _ in TensorFact(.fp32, [1]) }))
        #expect(count.value.load(ordering: .relaxed) <= (LoopBody.mostWideningRounds + 1) * (stateCount - 1))
        #expect(facts.count == stateCount)
        for fact in facts {
            #expect(fact.dataType == .fp32)
            #expect(fact.extents == (stateCount < 3 ? [-1] : nil))
        }
    }
}
