import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct NodeOrderTests {
    @Test("nodes that stand before the makers of their inputs run after them")
    func sorts() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [2])
        writer.output("y", .fp32, [2])
        writer.node("Neg", ["b"], ["y"])
        writer.node("Add", ["a", "x"], ["b"])
        writer.node("Exp", ["x"], ["a"])
        let outputs = try Model(data: writer.bytes()).run(["x": Tensor([0, 1] as [Float], shape: [2])])
        #expect(TensorComparison.difference(outputs["y"]!, Tensor([-1, -3.7182817] as [Float], shape: [2])) == nil)
    }

    @Test("what a node's graph takes from outside counts as an input")
    func sortsCaptures() throws {
        var branch = ModelWriter(opset: 17)
        branch.output("r", .fp32, [2])
        branch.node("Neg", ["a"], ["r"])
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [2])
        writer.input("c", .bool, [])
        writer.output("y", .fp32, [2])
        var node = MessageWriter()
        node.field(1, text: "c")
        node.field(2, text: "y")
        node.field(4, text: "If")
        for name in ["then_branch", "else_branch"] {
            node.field(5) {
                $0.field(1, text: name)
                $0.field(6, bytes: branch.graphBytes)
                $0.field(20, int: 5)
            }
        }
        writer.graphField(1, bytes: node.bytes)
        writer.node("Abs", ["x"], ["a"])
        let outputs = try Model(data: writer.bytes()).run([
            "x": Tensor([2, -3] as [Float], shape: [2]), "c": Tensor([true], shape: []),
        ])
        #expect(outputs["y"]?.elements(as: Float.self) == [-2, -3])
    }

    @Test("a long chain in reverse is sorted")
    func sortsLongChains() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("v0", .fp32, [1])
        writer.output("v3000", .fp32, [1])
        for step in (0..<3000).reversed() { writer.node("Neg", ["v\(step)"], ["v\(step + 1)"]) }
        let outputs = try Model(data: writer.bytes()).run(["v0": Tensor([5] as [Float], shape: [1])])
        #expect(outputs["v3000"]?.elements(as: Float.self) == [5])
    }

    @Test("nodes that wait for each other are refused by name")
    func refusesCircles() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [2])
        writer.output("y", .fp32, [2])
        writer.node("Add", ["x", "b"], ["a"], name: "first")
        writer.node("Neg", ["a"], ["b"], name: "second")
        writer.node("Exp", ["a"], ["y"])
        let error = #expect(throws: InferError.self) { try Model(data: writer.bytes()) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("is made by no node before it") == true, "\(error?.message ?? "")")
    }
}
