import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct RecurrentTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var type: String
        var gates: Int
        var attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
        var testDescription: String { "\(type) \(attributes.map(\.key))" }
    }

    static let rows = [
        Row(type: "RNN", gates: 1),
        Row(type: "RNN", gates: 1, attributes: ["activations": .texts(["Relu", "Affine"])]),
        Row(type: "GRU", gates: 3), Row(type: "GRU", gates: 3, attributes: ["linear_before_reset": .int(1)]),
        Row(type: "LSTM", gates: 4), Row(type: "LSTM", gates: 4, attributes: ["clip": .float(0.4)]),
        Row(type: "LSTM", gates: 4, attributes: ["input_forget": .int(1)]),
    ]

    /// Both directions of 3 hidden numbers over 4 steps of 2 rows, one of which ends early.
    private static func run(_ row: Row, _ dataType: DataType, areConstant: Bool) throws -> [String: [Double]] {
        var writer = ModelWriter(opset: 17)
        var inputs: [String: Tensor] = [:]
        var names = ["x", "w", "r", "b", "lengths", "h"]
        var tensors: [Tensor] = [
            .pattern([4, 2, 5], seed: 1), .pattern([2, row.gates * 3, 5], seed: 2),
            .pattern([2, row.gates * 3, 3], seed: 3), .pattern([2, row.gates * 6], seed: 4), .pattern([1]),
            .pattern([2, 2, 3], seed: 5),
        ]
        if row.type == "LSTM" {
            names += ["c", "p"]
            tensors += [.pattern([2, 2, 3], seed: 6), .pattern([2, 9], seed: 7)]
        }
        for (name, tensor) in zip(names, tensors) {
            let numbers = tensor.elements(as: Float.self)
            let given =
                name == "lengths"
                ? Tensor([4, 2] as [Int32], shape: [2])
                : dataType == .fp64 ? Tensor(numbers.map(Double.init), shape: tensor.shape) : tensor
            if areConstant && ["w", "r"].contains(name) {
                writer.initializer(name, given)
            } else {
                writer.input(name, given.dataType, given.shape.dimensions)
                inputs[name] = given
            }
        }
        let outputs = ["y", "yh"] + (row.type == "LSTM" ? ["yc"] : [])
        writer.node(
            row.type, names, outputs,
            attributes(row.attributes), name: "node")
        for name in outputs { writer.output(name, dataType, [-1]) }
        return try Model(data: writer.bytes()).run(inputs).mapValues {
            dataType == .fp64 ? $0.elements(as: Double.self) : $0.elements(as: Float.self).map(Double.init)
        }
    }

    private static func attributes(
        _ own: KeyValuePairs<String, ModelWriter.Attribute>
    ) -> KeyValuePairs<String, ModelWriter.Attribute> {
        switch own.first {
        case (let key, let value)?: ["hidden_size": .int(3), "direction": .text("bidirectional"), key: value]
        case nil: ["hidden_size": .int(3), "direction": .text("bidirectional")]
        }
    }

    @Test("FP64 gives what FP32 gives, with more digits", arguments: rows)
    func double(row: Row) throws {
        for areConstant in [false, true] {
            let expected = try Self.run(row, .fp32, areConstant: areConstant)
            let received = try Self.run(row, .fp64, areConstant: areConstant)
            #expect(received.keys.sorted() == expected.keys.sorted())
            for (name, numbers) in expected {
                let found = try #require(received[name])
                #expect(found.count == numbers.count && found.contains { $0 != 0 })
                for (x, y) in zip(found, numbers) { #expect((x - y).magnitude < 2e-6 * max(1, y.magnitude), "\(name)") }
                #expect(found.contains { Double(Float($0)) != $0 })
            }
        }
    }
}
