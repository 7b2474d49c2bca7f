import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// The attention operators against the same computation in single steps.
@Suite struct AttentionOperatorTests {
    /// Q, K and V of 2 heads of 8 columns.
    static let inputs: [String: Tensor] = [
        "q": .pattern([2, 5, 16], seed: 1), "k": .pattern([2, 7, 16], seed: 2), "v": .pattern([2, 7, 16], seed: 3),
    ]

    static func writer(opset: Int = 23) -> ModelWriter {
        var writer = ModelWriter(opset: opset)
        writer.opsets.append(("com.microsoft", 1))
        for name in ["q", "k", "v"] { writer.input(name, .fp32, [-1, -1, 16]) }
        writer.output("y", .fp32, [-1, -1, 16])
        return writer
    }

    /// softmax(scale · Q·Kᵀ + mask) · V step by step.
    static func steps(scale: Float, mask: Tensor?) -> ModelWriter {
        var writer = writer()
        writer.integers("split", [0, 0, 2, 8])
        writer.integers("merge", [0, 0, 16])
        writer.number("scale", scale)
        for name in ["q", "k", "v"] {
            writer.node("Reshape", [name, "split"], ["\(name)4"])
            writer.node(
                "Transpose", ["\(name)4"], ["\(name)h"], ["perm": .ints(name == "k" ? [0, 2, 3, 1] : [0, 2, 1, 3])])
        }
        writer.node("MatMul", ["qh", "kh"], ["scores"])
        writer.node("Mul", ["scores", "scale"], ["scaled"])
        if let mask { writer.initializer("mask", mask) }
        if mask != nil { writer.node("Add", ["scaled", "mask"], ["masked"]) }
        writer.node("Softmax", [mask == nil ? "scaled" : "masked"], ["weights"])
        writer.node("MatMul", ["weights", "vh"], ["o"])
        writer.node("Transpose", ["o"], ["ot"], ["perm": .ints([0, 2, 1, 3])])
        writer.node("Reshape", ["ot", "merge"], ["y"])
        return writer
    }

    private func run(_ writer: ModelWriter, _ passes: Set<String> = EngineOptions.allPasses) throws -> [Float] {
        var options = EngineOptions()
        options.passes = passes
        let outputs = try Model(data: writer.bytes(), options: options).run(Self.inputs)
        return try #require(outputs["y"]).elements(as: Float.self)
    }

    private func expectNear(_ received: [Float], _ expected: [Float]) {
        #expect(received.count == expected.count)
        for (x, y) in zip(received, expected) { #expect((x - y).magnitude < 2e-6) }
    }

    @Test("ONNX Attention") func standard() throws {
        let attributes: KeyValuePairs<String, ModelWriter.Attribute> = [
            "q_num_heads": .int(2), "kv_num_heads": .int(2), "scale": .float(0.4),
        ]
        let mask = Tensor.pattern([5, 7], seed: 7)
        for given in [nil, mask] {
            var writer = Self.writer()
            if let given { writer.initializer("mask", given) }
            writer.node("Attention", ["q", "k", "v"] + (given == nil ? [] : ["mask"]), ["y"], attributes)
            expectNear(try run(writer), try run(Self.steps(scale: 0.4, mask: given), []))
        }
    }

    @Test(
        "queries and keys that are no numbers give none, hidden queries give zeros",
        arguments: [["y"], ["y", "key", "value"], ["y", "", "", "scores"]], [DataType.fp32, .fp16])
    func notNumbers(outputs: [String], type: DataType) throws {
        func tensor(_ numbers: [Float], _ shape: Shape) -> Tensor {
            type == .fp32 ? Tensor(numbers, shape: shape) : Tensor(numbers.map { Float16($0) }, shape: shape)
        }
        var writer = ModelWriter(opset: 23)
        for name in ["q", "k", "v"] { writer.input(name, type, [1, 1, 4, 8]) }
        writer.initializer("mask", tensor((0..<16).map { $0 / 4 == 3 ? -.infinity : 0 }, [4, 4]))
        writer.node("Attention", ["q", "k", "v", "mask"], outputs, ["qk_matmul_output_mode": .int(3)])
        for name in outputs where !name.isEmpty { writer.output(name, type, [1, 1, 4, -1]) }
        var q = Tensor.pattern([1, 1, 4, 8], seed: 1).elements(as: Float.self)
        q[0] = .nan
        q[8] = .infinity
        q[24] = .nan
        let k = Tensor.pattern([1, 1, 4, 8], seed: 2).elements(as: Float.self).map { $0 + 3 }
        let result = try Model(data: writer.bytes()).run([
            "q": tensor(q, [1, 1, 4, 8]), "k": tensor(k, [1, 1, 4, 8]),
            "v": tensor(Tensor.pattern([1, 1, 4, 8], seed: 3).elements(as: Float.self), [1, 1, 4, 8]),
        ])
        for name in outputs where name == "y" || name == "scores" {
            let tensor = try #require(result[name])
            let numbers =
                type == .fp32 ? tensor.elements(as: Float.self) : tensor.elements(as: Float16.self).map(Float.init)
            let width = numbers.count / 4
            func row(_ index: Int) -> ArraySlice<Float> { numbers[index * width..<(index + 1) * width] }
            #expect((row(0) + row(1)).allSatisfy { $0.isNaN }, "\(name): \(numbers)")
            #expect(row(2).allSatisfy { $0.isFinite } && !row(2).allSatisfy { $0 == 0 }, "\(name): \(numbers)")
            #expect(row(3).allSatisfy { $0 == 0 }, "\(name): \(numbers)")
        }
    }

    @Test("com.microsoft.MultiHeadAttention") func multiHead() throws {
        let mask = Tensor.pattern([2, 2, 5, 7], seed: 7)
        var writer = Self.writer()
        writer.initializer("mask", mask)
        writer.node(
            "MultiHeadAttention", ["q", "k", "v", "", "", "mask"], ["y"], ["num_heads": .int(2)],
            domain: "com.microsoft")
        expectNear(try run(writer), try run(Self.steps(scale: 0.353_553_4, mask: mask), []))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let inputs: [String]
        let type: String
        let domain: String
        let attributes: [(String, ModelWriter.Attribute)]
        let reason: String

        init(
            _ description: String, _ type: String, _ domain: String, _ inputs: [String],
            _ attributes: [(String, ModelWriter.Attribute)], _ reason: String
        ) {
            testDescription = description
            (self.type, self.domain, self.inputs, self.attributes, self.reason) = (
                type, domain, inputs, attributes, reason
            )
        }
    }

    static let microsoft = "com.microsoft"

    @Test(
        "is refused with a sentence",
        arguments: [
            Refusal(
                "a past of keys alone", "Attention", "", ["q", "k", "v", "", "k"],
                [("q_num_heads", .int(2)), ("kv_num_heads", .int(2))], "one without the other"),
            Refusal(
                "scores of no stage", "Attention", "", ["q", "k", "v", "", "k", "v"],
                [("q_num_heads", .int(2)), ("kv_num_heads", .int(2)), ("qk_matmul_output_mode", .int(4))],
                "expected 0 to 3"),
            Refusal(
                "heads that share unevenly", "GroupQueryAttention", microsoft, ["q", "k", "v"],
                [("num_heads", .int(4)), ("kv_num_heads", .int(3))], "are 4 and 3"),
            Refusal(
                "a window of a cache", "GroupQueryAttention", microsoft, ["q", "k", "v"],
                [("num_heads", .int(4)), ("kv_num_heads", .int(2)), ("sliding_window_cache", .int(1))],
                "'sliding_window_cache' is 1"),
            Refusal("no heads", "Attention", "", ["q", "k", "v"], [], "how many heads"),
            Refusal("zero heads", "Attention", "", ["q", "k", "v"], [("q_num_heads", .int(0))], "q_num_heads"),
            Refusal(
                "too many heads", "Attention", "", ["q", "k", "v"], [("q_num_heads", .int(65_537))], "q_num_heads"),
            Refusal(
                "heads that do not divide a row", "Attention", "", ["q", "k", "v"],
                [("q_num_heads", .int(3)), ("kv_num_heads", .int(3))], "3 heads"),
            Refusal(
                "columns of K that are not those of Q", "Attention", "", ["q", "k", "v"],
                [("q_num_heads", .int(1)), ("kv_num_heads", .int(2))], "columns of Q and K differ"),
            Refusal(
                "packed keys", "MultiHeadAttention", microsoft, ["q"], [("num_heads", .int(2))], "packed"),
            Refusal("no heads of the other domain", "MultiHeadAttention", microsoft, ["q", "k", "v"], [], "num_heads"),
            Refusal(
                "a batched rotation", "RotaryEmbedding", microsoft, ["q", "k", "v", "v"],
                [("is_packed_batching", .int(1))], "packed batches"),
            Refusal(
                "batches transposed", "FusedMatMul", microsoft, ["q", "k"], [("transBatchA", .int(1))], "transBatchA"),
        ])
    func refusals(refusal: Refusal) throws {
        var writer = Self.writer()
        writer.graphField(
            1,
            bytes: {
                var node = MessageWriter()
                ModelWriter.write(
                    refusal.type, refusal.inputs, ["y"], [:], "", refusal.domain, into: &node)
                for (key, value) in refusal.attributes {
                    node.field(5) {
                        $0.field(1, text: key)
                        guard case .int(let number) = value else { return }
                        $0.field(3, int: number)
                        $0.field(20, int: 2)
                    }
                }
                return node.bytes
            }())
        let error = #expect(throws: InferError.self) { try Model(data: writer.bytes()) }
        #expect(error?.message.contains(refusal.reason) ?? false, "\(error?.message ?? "")")
    }

    @Test("rotation by positions outside the caches is an error, inside it is not") func positions() throws {
        for (position, isFine) in [(0, true), (9, true), (10, false), (-1, false)] {
            var writer = ModelWriter(opset: 23)
            writer.input("x", .fp32, [1, 1, 1, 4])
            writer.output("y", .fp32, [1, 1, 1, 4])
            writer.input("p", .int64, [1, 1])
            writer.initializer("c", .pattern([10, 2], seed: 1))
            writer.initializer("s", .pattern([10, 2], seed: 2))
            writer.node("RotaryEmbedding", ["x", "c", "s", "p"], ["y"])
            let model = try Model(data: writer.bytes())
            let inputs = ["x": Tensor.pattern([1, 1, 1, 4]), "p": Tensor([Int64(position)], shape: [1, 1])]
            if isFine {
                #expect(try model.run(inputs)["y"]?.shape == [1, 1, 1, 4])
            } else {
                #expect(throws: InferError.self) { try model.run(inputs) }
            }
        }
    }
}
