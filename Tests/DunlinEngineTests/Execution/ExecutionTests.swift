import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor
import Synchronization
import Testing

@testable import DunlinEngine

@Suite struct ExecutionTests {
    private final class Count: Sendable { let value = Atomic(0) }

    /// Makes a tensor whose memory tells when it is let go.
    private struct Lending: EagerOperator {
        let released: Count

        func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] { [TensorFact(.fp32, [4])] }

        func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 64)
            memory.initializeMemory(as: Float.self, repeating: 3, count: 4)
            nonisolated(unsafe) let owned = memory
            let released = released
            return [
                Tensor(
                    dataType: .fp32, shape: [4],
                    bytes: Bytes(foreign: memory, count: 16) {
                        owned.deallocate()
                        released.value.add(1, ordering: .relaxed)
                    })
            ]
        }
    }

    @Test("what a run evaluates on the way is let go when it ends, also where its outputs' memory serves again")
    func letsGo() throws {
        let released = Count()
        var graph = Graph()
        let x = graph.add(Graph.Value(name: "x", declared: TensorFact(.fp32, [4])))
        let lent = graph.add(Graph.Value(name: "lent"))
        let y = graph.add(Graph.Value(name: "y"))
        graph.inputs = [x]
        graph.nodes = [
            GraphNode(
                name: "lend", domain: "", type: "", body: Lending(released: released), inputs: [x], outputs: [lent]),
            GraphNode(
                name: "negate", domain: "", type: "", body: Elementwise(.relu), inputs: [lent], outputs: [y]),
        ]
        graph.outputs = [Graph.Output(name: "y", value: y)]
        let plan = try Plan.make(graph, inputShapes: [[4]], byteLimit: 1 << 20)
        #expect(plan.canReuseOutputs)
        let execution = Execution(plan)
        let inputs = [NamedTensor("x", Tensor([1, 2, 3, 4] as [Float], shape: [4]))]
        for run in 1...4 {
            var scope = RunScope()
            let elements = try execution.run(inputs, arena: nil, &scope)[0].tensor.elements(as: Float.self)
            #expect(elements == [3, 3, 3, 3])
            #expect(released.value.load(ordering: .relaxed) == run)
        }
    }
}
