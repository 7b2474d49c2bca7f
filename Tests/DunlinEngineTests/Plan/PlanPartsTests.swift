import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct PlanPartsTests {
    /// Images whose values take 3 MiB from the first convolution to the second, then a classifier.
    static func classifier(batch: Int = -1, transposed: Bool = false) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [batch, 3, 64, 64])
        writer.output("y", .fp32, [-1, 5])
        writer.output("p", .fp32, [-1, 96, 1, 1])
        writer.initializer("w1", Tensor(ChannelBlockingTests.values(96 * 27, 1), shape: [96, 3, 3, 3]))
        writer.initializer("w2", Tensor(ChannelBlockingTests.values(96 * 96, 2), shape: [96, 96, 1, 1]))
        writer.initializer("w3", Tensor(ChannelBlockingTests.values(96 * 5, 3), shape: [96, 5]))
        writer.initializer("b3", Tensor(ChannelBlockingTests.values(5, 4), shape: [5]))
        writer.node("Conv", ["x", "w1"], ["c1"], ["pads": .ints([1, 1, 1, 1])])
        writer.node("Relu", ["c1"], ["r1"])
        writer.node("Conv", ["r1", "w2"], ["c2"])
        writer.node("GlobalAveragePool", ["c2"], ["p"])
        writer.node("Flatten", ["p"], ["f"])
        if transposed {
            writer.node("Softmax", ["f"], ["s"], ["axis": .int(0)])
            writer.node("Gemm", ["s", "w3", "b3"], ["y"])
        } else {
            writer.node("Gemm", ["f", "w3", "b3"], ["y"])
        }
        return writer
    }

    static func input(_ rows: Int) -> Tensor {
        Tensor(ChannelBlockingTests.values(rows * 3 * 4096, 9), shape: [rows, 3, 64, 64])
    }

    private func plan(_ writer: ModelWriter, _ rows: Int, limit: Int? = nil) throws -> Plan {
        var options = EngineOptions()
        if let limit { options.maxRunByteCount = limit }
        return try NativeModel.load(writer.bytes(), directory: nil, options: options)
            .plan(for: [[rows, 3, 64, 64]])
    }

    @Test("a batch beyond the cache is run in equal parts, one that fits is not")
    func splits() throws {
        let one = try plan(Self.classifier(), 1)
        #expect(one.repeats == 1)
        let most = Plan.cachedArenaByteCount / one.arenaByteCount
        #expect(most > 1, "the test's images must fit more than once")
        #expect(try plan(Self.classifier(), most).repeats == 1)
        #expect(try plan(Self.classifier(), 2 * most).repeats == 2)
        // A prime number of rows has no parts but single ones.
        #expect(try plan(Self.classifier(), 13).repeats == 13)
        #expect(try plan(Self.classifier(), 13).arenaByteCount == one.arenaByteCount)
    }

    @Test("each row is what it is alone, run after run", arguments: [2, 8, 13])
    func equals(rows: Int) throws {
        let model = try Model(data: Self.classifier().bytes())
        let input = Self.input(rows)
        let whole = try model.run(["x": input])
        let again = try model.run(["x": input])
        for (name, columns) in [("y", 5), ("p", 96)] {
            let all = try #require(whole[name]).elements(as: Float.self)
            #expect(whole[name]?.shape[0] == rows)
            #expect(again[name]?.bytes == whole[name]?.bytes)
            for row in 0..<rows {
                let image = Array(input.elements(as: Float.self)[row * 3 * 4096..<(row + 1) * 3 * 4096])
                let alone = try model.run(["x": Tensor(image, shape: [1, 3, 64, 64])])
                #expect(alone[name]?.elements(as: Float.self) == Array(all[row * columns..<(row + 1) * columns]))
            }
        }
    }

    @Test("rows that depend on each other are run together")
    func staysWhole() throws {
        #expect(try plan(Self.classifier(transposed: true), 13).repeats == 1)
        let writer = Self.classifier(transposed: true)
        var none = EngineOptions()
        none.passes = []
        let input = ["x": Self.input(13)]
        let expected = try #require(try Model(data: writer.bytes(), options: none).run(input)["y"])
        let received = try #require(try Model(data: writer.bytes()).run(input)["y"])
        #expect(TensorComparison.difference(received, expected) == nil)
    }

    @Test("a batch that the model fixes is run whole")
    func fixedBatch() throws {
        #expect(try plan(Self.classifier(batch: 13), 13).repeats == 1)
    }

    @Test("outputs of all parts count against the limit of a run")
    func limit() throws {
        let one = try plan(Self.classifier(), 1)
        let needed = one.arenaByteCount + 13 * (5 + 96) * 4
        #expect(try plan(Self.classifier(), 13, limit: needed).repeats == 13)
        let error = #expect(throws: InferError.self) { try plan(Self.classifier(), 13, limit: needed - 1) }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("constants that operators have packed are let go")
    func releases() throws {
        let model = try NativeModel.load(Self.classifier().bytes(), directory: nil, options: EngineOptions())
        let constants = model.graph.values.compactMap(\.constant)
        #expect(!constants.contains { $0.shape.rank == 4 })
    }

    @Test("rows that are joined one behind the other are not run in parts", arguments: [-3, -2])
    func joinedRows(axis: Int) throws {
        var writer = Self.classifier()
        writer.input("z", .fp32, [-1, 2, 3])
        writer.output("k", .fp32, [-1, -1, 3])
        writer.node("Concat", ["z", "z"], ["k"], ["axis": .int(axis)])
        let z = Tensor(ChannelBlockingTests.values(13 * 6, 2), shape: [13, 2, 3])
        let model = try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
        #expect(try model.plan(for: [[13, 3, 64, 64], z.shape]).repeats == (axis == -2 ? 13 : 1))
        let outputs = try model.makeInstance().execute([NamedTensor("x", Self.input(13)), NamedTensor("z", z)])
        let rows = z.elements(as: Float.self)
        var expected = rows + rows
        if axis == -2 {
            expected = []
            for row in 0..<13 {
                let own: [Float] = Array(rows[row * 6..<row * 6 + 6])
                expected += own + own
            }
        }
        #expect(outputs.first { $0.name == "k" }?.tensor.elements(as: Float.self) == expected)
    }
}
