import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

/// One long label in the model, and many rows that ask for it.
@Suite struct TextLabelsTests {
    /// The label takes 1 MiB with its length, so that 256 of them are the limit of 256 MiB.
    static let label = Bytes([UInt8](repeating: 0x61, count: (1 << 20) - 4))
    static let mostRows = 256

    @Test(
        "labels of many rows stop at the limit",
        arguments: ["LabelEncoder", "CategoryMapper", "LinearClassifier"])
    func limit(type: String) throws {
        let most = try run(type, rows: Self.mostRows)
        #expect(most.bytes.count == 1 << 28)
        #expect(most.elementCount == Self.mostRows)
        let error = #expect(throws: InferError.self) { try run(type, rows: Self.mostRows + 1) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("268435456 bytes") == true, "\(error?.message ?? "")")
    }

    private func run(_ type: String, rows: Int) throws -> Tensor {
        var input = Tensor([Int64](repeating: 7, count: rows), shape: [rows])
        let attributes: [String: ONNXAttribute.Value]
        switch type {
        case "LabelEncoder":
            attributes = [
                "keys_int64s": .ints([7]), "values_strings": .strings([Self.label]),
                "default_string": .string(Bytes("other")),
            ]
        case "CategoryMapper":
            attributes = ["cats_int64s": .ints([7]), "cats_strings": .strings([Self.label])]
        default:
            input = Tensor([Float](repeating: 1, count: rows), shape: [rows, 1])
            attributes = [
                "classlabels_strings": .strings([Bytes("other"), Self.label]), "coefficients": .floats([-1, 1]),
            ]
        }
        let entry = try #require(Operators.entry(domain: "ai.onnx.ml", name: type, opset: 3))
        let made = try entry.make(Node(domain: "ai.onnx.ml", type: type, opset: 3, attributes: attributes))
        let facts = InputFacts([TensorFact(constant: input)])
        _ = try made.infer(facts)
        return try evaluate(made.prepare(facts), [input])[0]
    }
}
