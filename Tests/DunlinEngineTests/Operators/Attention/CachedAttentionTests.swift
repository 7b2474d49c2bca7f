import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// ONNX `Attention` with a past or with scores, and `GroupQueryAttention`.
@Suite struct CachedAttentionTests {
    /// Attention of 2 heads that share one of K and V, `[1, rows, …]`.
    private static func model(
        _ outputs: [String], past: Bool = false, _ attributes: KeyValuePairs<String, ModelWriter.Attribute>
    ) throws -> Model {
        var writer = ModelWriter(opset: 23)
        writer.input("q", .fp32, [1, -1, 8])
        for name in ["k", "v"] { writer.input(name, .fp32, [1, -1, 4]) }
        if past { for name in ["pk", "pv"] { writer.input(name, .fp32, [1, 1, -1, 4]) } }
        writer.node("Attention", ["q", "k", "v"] + (past ? ["", "pk", "pv"] : []), outputs, attributes)
        for name in outputs where !name.isEmpty { writer.output(name, .fp32, [-1, -1, -1]) }
        return try Model(data: writer.bytes())
    }

    private static func rows(_ tensor: Tensor, _ range: Range<Int>) -> Tensor {
        let width = tensor.shape[2]
        return Tensor(
            Array(tensor.elements(as: Float.self)[range.lowerBound * width..<range.upperBound * width]),
            shape: [1, range.count, width])
    }

    private static let q = Tensor.pattern([1, 5, 8], seed: 1)
    private static let k = Tensor.pattern([1, 5, 4], seed: 2)
    private static let v = Tensor.pattern([1, 5, 4], seed: 3)

    @Test("rows after a past give what they give after the same rows") func past() throws {
        let whole = try Self.model(["y"], ["q_num_heads": .int(2), "kv_num_heads": .int(1), "is_causal": .int(1)])
        let expected = try whole.run(["q": Self.q, "k": Self.k, "v": Self.v])["y"]?.elements(as: Float.self) ?? []
        let attributes: KeyValuePairs<String, ModelWriter.Attribute> = [
            "q_num_heads": .int(2), "kv_num_heads": .int(1), "is_causal": .int(1),
        ]
        let cached = try Self.model(["y", "key", "value"], past: true, attributes)
        var past = (
            key: Tensor([] as [Float], shape: [1, 1, 0, 4]), value: Tensor([] as [Float], shape: [1, 1, 0, 4])
        )
        var received: [Float] = []
        for range in [0..<3, 3..<4, 4..<5] {
            let outputs = try cached.run([
                "q": Self.rows(Self.q, range), "k": Self.rows(Self.k, range), "v": Self.rows(Self.v, range),
                "pk": past.key, "pv": past.value,
            ])
            received += outputs["y"]?.elements(as: Float.self) ?? []
            past = (try #require(outputs["key"]), try #require(outputs["value"]))
            #expect(past.key.shape == [1, 1, range.upperBound, 4])
        }
        #expect(received.count == expected.count)
        for (x, y) in zip(received, expected) { #expect((x - y).magnitude < 2e-6) }
        #expect(past.key.elements(as: Float.self) == Self.k.elements(as: Float.self))
    }

    @Test("without a mask the weights of a query are those of the keys it sees", arguments: [false, true])
    func weights(isCausal: Bool) throws {
        let model = try Self.model(
            ["y", "", "", "weights"],
            [
                "q_num_heads": .int(2), "kv_num_heads": .int(1), "is_causal": .int(isCausal ? 1 : 0),
                "qk_matmul_output_mode": .int(3),
            ])
        let outputs = try model.run(["q": Self.q, "k": Self.k, "v": Self.v])
        let weights = try #require(outputs["weights"])
        #expect(weights.shape == [1, 2, 5, 5])
        let numbers = weights.elements(as: Float.self)
        for row in 0..<10 {
            let line = numbers[row * 5..<(row + 1) * 5]
            #expect((line.reduce(0, +) - 1).magnitude < 1e-6)
            let seen = isCausal ? row % 5 + 1 : 5
            #expect(line.suffix(5 - seen).allSatisfy { $0 == 0 } && line.prefix(seen).allSatisfy { $0 > 0 })
        }
    }

    @Test("a model of 16 bits has room for the scores only where somebody asks for them", arguments: [false, true])
    func scoresMemory(hasScores: Bool) throws {
        var writer = ModelWriter(opset: 23)
        for name in ["q", "k", "v"] { writer.input(name, .fp16, [1, 8, 200, 4]) }
        for name in ["pk", "pv"] { writer.input(name, .fp16, [1, 8, 100, 4]) }
        writer.node("Attention", ["q", "k", "v", "", "pk", "pv"], ["y", "key", "value"] + (hasScores ? ["s"] : []))
        for name in ["y", "key", "value"] { writer.output(name, .fp16, [1, 8, -1, 4]) }
        if hasScores { writer.output("s", .fp16, [1, 8, 200, 300]) }
        let model = try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
        let new: Shape = [1, 8, 200, 4], past: Shape = [1, 8, 100, 4]
        let shapes = model.signature.inputs.map { $0.name.hasPrefix("p") ? past : new }
        let plan = try model.plan(for: shapes)
        let scores = 4 * 8 * 200 * 300
        #expect((plan.arenaByteCount > scores) == hasScores, "\(plan.arenaByteCount) bytes")
    }

    @Test("a past of other heads is refused by its input") func otherPast() throws {
        let model = try Self.model(
            ["y"], past: true, ["q_num_heads": .int(2), "kv_num_heads": .int(1)])
        let error = #expect(throws: InferError.self) {
            try model.run([
                "q": Self.q, "k": Self.k, "v": Self.v, "pk": .pattern([1, 1, 2, 4]), "pv": .pattern([1, 1, 3, 4]),
            ])
        }
        #expect(error?.message.contains("input 5") ?? false, "\(error?.message ?? "")")
    }

    struct Request: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var keys: Int32 = 2
        var total: Int32 = 3
        var position: Int64?
        var says: String
    }

    @Test(
        "a group query's lengths and positions are checked before they are used",
        arguments: [
            Request(testDescription: "more keys than there are", keys: 3, says: "row 0 has 4 keys"),
            Request(testDescription: "no keys", keys: -1, says: "row 0 has 0 keys"),
            Request(testDescription: "fewer keys than new rows", keys: 0, says: "row 0 has 1 keys"),
            Request(testDescription: "a cache without bound", keys: 1, total: .max, says: "2147483647 keys for 2 rows"),
            Request(testDescription: "a position beyond the tables", position: 4, says: "position 4"),
            Request(testDescription: "a negative position", position: -1, says: "position -1"),
        ])
    func groupQuery(request: Request) throws {
        var writer = ModelWriter(opset: 18)
        writer.opsets.append(("com.microsoft", 1))
        writer.input("q", .fp32, [1, 2, 8])
        for name in ["k", "v"] { writer.input(name, .fp32, [1, 2, 4]) }
        for name in ["pk", "pv"] { writer.input(name, .fp32, [1, 1, 1, 4]) }
        for name in ["keys", "total"] { writer.input(name, .int32, [1]) }
        for name in ["cos", "sin"] { writer.initializer(name, .pattern([4, 2])) }
        var names = ["q", "k", "v", "pk", "pv", "keys", "total", "cos", "sin"]
        if request.position != nil {
            writer.input("positions", .int64, [1, 2])
            names.append("positions")
        }
        writer.node(
            "GroupQueryAttention", names, ["y", "key", "value"],
            ["num_heads": .int(2), "kv_num_heads": .int(1), "do_rotary": .int(1)], domain: "com.microsoft")
        for name in ["y", "key", "value"] { writer.output(name, .fp32, [-1]) }
        let model = try Model(data: writer.bytes())
        var inputs: [String: Tensor] = [
            "q": .pattern([1, 2, 8]), "k": .pattern([1, 2, 4]), "v": .pattern([1, 2, 4]), "pk": .pattern([1, 1, 1, 4]),
            "pv": .pattern([1, 1, 1, 4]), "keys": Tensor([request.keys], shape: [1]),
            "total": Tensor([request.total], shape: [1]),
        ]
        if let position = request.position { inputs["positions"] = Tensor([0, position], shape: [1, 2]) }
        let error = #expect(throws: InferError.self) { try model.run(inputs) }
        #expect(error?.message.contains(request.says) ?? false, "\(error?.message ?? "")")
    }

    @Test(
        "a row has as many keys as there are at most, and none at least",
        arguments: [0, 2, 3, -1, 4, .min, .max] as [Int64], [false, true])
    func lengths(length: Int64, isCausal: Bool) throws {
        var writer = ModelWriter(opset: 24)
        writer.input("q", .fp32, [1, 1, 2, 4])
        for name in ["k", "v"] { writer.input(name, .fp32, [1, 1, 3, 4]) }
        writer.input("lengths", .int64, [1])
        writer.node(
            "Attention", ["q", "k", "v", "", "", "", "lengths"], ["y"], ["is_causal": .int(isCausal ? 1 : 0)])
        writer.output("y", .fp32, [1, 1, 2, 4])
        let model = try Model(data: writer.bytes())
        let run = {
            try model.run([
                "q": .pattern([1, 1, 2, 4]), "k": .pattern([1, 1, 3, 4]), "v": .pattern([1, 1, 3, 4]),
                "lengths": Tensor([length], shape: [1]),
            ])["y"]
        }
        guard !(0...3).contains(length) else {
            #expect(try run()?.elements(as: Float.self).allSatisfy(\.isFinite) ?? false)
            return
        }
        let error = #expect(throws: InferError.self) { try run() }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("input 6: row 0 has \(length) keys of 3") ?? false)
    }

    @Test(
        "a window that holds all keys changes nothing, with more scores than are held at once",
        arguments: [130, 1 << 20, .max])
    func window(size: Int) throws {
        func run(_ attributes: KeyValuePairs<String, ModelWriter.Attribute>) throws -> [Float] {
            var writer = ModelWriter(opset: 18)
            writer.opsets.append(("com.microsoft", 1))
            for name in ["q", "k", "v"] { writer.input(name, .fp32, [1, 130, 256]) }
            for name in ["keys", "total"] { writer.input(name, .int32, [1]) }
            writer.node(
                "GroupQueryAttention", ["q", "k", "v", "", "", "keys", "total"], ["y", "key", "value"], attributes,
                domain: "com.microsoft")
            for name in ["y", "key", "value"] { writer.output(name, .fp32, [-1]) }
            return try Model(data: writer.bytes()).run([
                "q": .pattern([1, 130, 256], seed: 1), "k": .pattern([1, 130, 256], seed: 2),
                "v": .pattern([1, 130, 256], seed: 3), "keys": Tensor([129] as [Int32], shape: [1]),
                "total": Tensor([130] as [Int32], shape: [1]),
            ])["y"]?.elements(as: Float.self) ?? []
        }
        let plain = try run(["num_heads": .int(256), "kv_num_heads": .int(256)])
        let windowed = try run([
            "num_heads": .int(256), "kv_num_heads": .int(256), "local_window_size": .int(size),
        ])
        #expect(plain.count == 130 * 256 && windowed.count == plain.count)
        #expect(zip(plain, windowed).allSatisfy { ($0 - $1).magnitude < 1e-6 })
    }
}
