import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

@Suite struct LpNormalizationTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        var attributes: [String: ONNXAttribute.Value] = [:]
        var shape: Shape = [2, 2]
        let input: [Float]
        let expected: [Float]
    }

    static let rows = [
        Row(testDescription: "lengths along the last axis", input: [3, -4, 0, 5], expected: [0.6, -0.8, 0, 1]),
        Row(
            testDescription: "sums of magnitudes", attributes: ["p": .int(1)], input: [1, -3, 0, 5],
            expected: [0.25, -0.75, 0, 1]),
        Row(
            testDescription: "along the first axis", attributes: ["axis": .int(0)], input: [3, 0, 4, -2],
            expected: [0.6, 0, 0.8, -1]),
        Row(
            testDescription: "along an axis in the middle", attributes: ["axis": .int(1), "p": .int(1)],
            shape: [2, 2, 1], input: [1, 3, 2, -2], expected: [0.25, 0.75, 0.5, -0.5]),
        Row(testDescription: "a line of zeros stays so", input: [0, 0, 3, 4], expected: [0, 0, 0.6, 0.8]),
        Row(testDescription: "no elements", shape: [2, 0], input: [], expected: []),
    ]

    @Test("divides lines by their norm", arguments: rows)
    func divides(row: Row) throws {
        let input = Tensor(row.input, shape: row.shape)
        let output = try run(row.attributes, input)
        #expect(TensorComparison.difference(output, Tensor(row.expected, shape: row.shape)) == nil)
        let wide = try run(row.attributes, Tensor(row.input.map(Double.init), shape: row.shape))
        let expected = Tensor(row.expected.map(Double.init), shape: row.shape)
        #expect(TensorComparison.difference(wide, expected) == nil)
        let half = try run(row.attributes, Tensor(row.input.map { Float16($0) }, shape: row.shape))
        #expect(TensorComparison.difference(half, Tensor(row.expected.map { Float16($0) }, shape: row.shape)) == nil)
    }

    @Test(
        "is refused with a sentence",
        arguments: [
            (["p": .int(3)] as [String: ONNXAttribute.Value], "attribute 'p' is 3, expected 1 or 2"),
            (["axis": .int(2)], "axis 2 is out of range for rank 2"),
        ])
    func refuses(attributes: [String: ONNXAttribute.Value], says: String) {
        let error = #expect(throws: InferError.self) {
            try run(attributes, Tensor([1, 2] as [Float], shape: [1, 2]))
        }
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    private func run(_ attributes: [String: ONNXAttribute.Value], _ input: Tensor) throws -> Tensor {
        let entry = try #require(Operators.entry(domain: "", name: "LpNormalization", opset: 17))
        let node = Node(type: "LpNormalization", opset: 17, attributes: attributes)
        return try evaluate(try entry.make(node), [input])[0]
    }
}
