import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct RandomTests {
    private static func run(
        _ type: String, _ inputs: [(String, Tensor)], _ attributes: KeyValuePairs<String, ModelWriter.Attribute>,
        outputs: [(String, DataType)] = [("y", .fp32)], times: Int = 1
    ) throws -> [[String: Tensor]] {
        var model = ModelWriter()
        for (name, tensor) in inputs { model.input(name, tensor.dataType, tensor.shape.dimensions) }
        model.node(type, inputs.map(\.0), outputs.map(\.0), attributes)
        for (name, dataType) in outputs { model.output(name, dataType, [-1]) }
        let loaded = try Model(data: model.bytes())
        return try (0..<times).map { _ in try loaded.run(Dictionary(uniqueKeysWithValues: inputs)) }
    }

    @Test("a seed gives numpy's numbers, at each run the same") func seeded() throws {
        let runs = try Self.run("RandomUniform", [], ["shape": .ints([3]), "seed": .float(0)], times: 2)
        // numpy.random.RandomState(0).rand(3)
        for outputs in runs {
            #expect(outputs["y"]?.elements(as: Float.self) == [0.548_813_5, 0.715_189_34, 0.602_763_35])
        }
        let normal = try Self.run("RandomNormal", [], ["shape": .ints([3]), "seed": .float(0)])
        // numpy.random.RandomState(0).randn(3)
        #expect(normal[0]["y"]?.elements(as: Float.self) == [1.764_052_4, 0.400_157_2, 0.978_738])
    }

    @Test("without a seed runs differ and numbers stay in bounds") func unseeded() throws {
        let runs = try Self.run(
            "RandomUniform", [], ["shape": .ints([1000]), "low": .float(-2), "high": .float(5)], times: 2)
        let values = runs.map { $0["y"]?.elements(as: Float.self) ?? [] }
        #expect(values[0] != values[1])
        for value in values.joined() { #expect(value >= -2 && value <= 5) }
        #expect((values[0].reduce(0, +) / 1000 - 1.5).magnitude < 0.5)
    }

    @Test("a class is drawn as often as its probability says, one without any never") func multinomial() throws {
        let logarithms = Tensor([0, -Float.infinity, 1.098_612_3] as [Float], shape: [1, 3])
        let outputs = try Self.run(
            "Multinomial", [("x", logarithms)], ["sample_size": .int(4000), "seed": .float(3)],
            outputs: [("y", .int32)])
        let drawn = outputs[0]["y"]?.elements(as: Int32.self) ?? []
        #expect(drawn.count == 4000)
        #expect(drawn.count(where: { $0 == 1 }) == 0)
        #expect((2900...3100).contains(drawn.count(where: { $0 == 2 })))
    }

    @Test("what is no probability is refused with its place", arguments: [-0.1, 1.1, .nan] as [Float])
    func bernoulli(value: Float) throws {
        let fine = try Self.run("Bernoulli", [("x", Tensor([0, 1] as [Float], shape: [2]))], [:])
        #expect(fine[0]["y"]?.elements(as: Float.self) == [0, 1])
        let error = #expect(throws: InferError.self) {
            try Self.run("Bernoulli", [("x", Tensor([0.5, value] as [Float], shape: [2]))], [:])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("element 1") ?? false, "\(error?.message ?? "")")
    }

    @Test("dropout keeps everything outside training, and scales what it keeps inside", arguments: [true, false])
    func dropout(trains: Bool) throws {
        let x = Tensor([Float](repeating: 3, count: 1000), shape: [1000])
        let inputs = [
            ("x", x), ("ratio", Tensor([0.25] as [Float], shape: [])), ("training", Tensor([trains], shape: [])),
        ]
        let outputs = try Self.run("Dropout", inputs, ["seed": .int(7)], outputs: [("y", .fp32), ("mask", .bool)])[0]
        let values = outputs["y"]?.elements(as: Float.self) ?? []
        let mask = outputs["mask"]?.elements(as: Bool.self) ?? []
        #expect(zip(values, mask).allSatisfy { $0 == ($1 ? (trains ? 4 : 3) : 0) })
        let kept = mask.count(where: { $0 })
        #expect(trains ? (700...800).contains(kept) : kept == 1000)
    }
}
