import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@Suite struct ModelTests {
    /// Two layers with weights, shape glue and a view: enough for every part of a plan.
    static func network() -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 4])
        writer.output("y", .fp32, [-1, 3])
        writer.output("flat", .fp32, [-1])
        writer.initializer("w1", Tensor((0..<20).map { Float($0) / 10 - 1 }, shape: [4, 5]))
        writer.initializer("b1", Tensor((0..<5).map { Float($0) / 4 }, shape: [5]))
        writer.initializer("w2", Tensor((0..<15).map { 1 - Float($0) / 8 }, shape: [5, 3]))
        writer.initializer("one", Tensor([-1] as [Int64], shape: [1]))
        writer.node("MatMul", ["x", "w1"], ["m"])
        writer.node("Add", ["m", "b1"], ["a"])
        writer.node("Relu", ["a"], ["r"])
        writer.node("Identity", ["r"], ["i"])
        writer.node("Gemm", ["i", "w2"], ["g"])
        writer.node("Tanh", ["g"], ["y"])
        writer.node("Shape", ["y"], ["s"])
        writer.node("ReduceProd", ["s"], ["p"], ["keepdims": .int(1)])
        writer.node("Reshape", ["y", "p"], ["flat"])
        return writer
    }

    static func input(rows: Int) -> Tensor {
        Tensor((0..<rows * 4).map { Float($0 % 7) / 3 - 1 }, shape: [rows, 4])
    }

    @Test("the signature is the file's, with shapes where they can be told")
    func signature() throws {
        let model = try Model(data: Self.network().bytes())
        #expect(model.signature.inputs == [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 4])])
        #expect(model.signature.outputs[0] == TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 3]))
        #expect(model.signature.outputs[1].shape == [-1])
        #expect(model.memoryByteCount > 0)
    }

    @Test("axes of a type that cannot be read are an error of the run, not a trap")
    func unreadableAxes() throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [3, 4])
        writer.input("axes", .uint16, [1])
        writer.output("y", .fp32, [3, 1, 4])
        writer.node("Unsqueeze", ["x", "axes"], ["y"])
        let model = try? Model(data: writer.bytes())
        let inputs: [String: Tensor] = [
            "x": Tensor([Float](repeating: 1, count: 12), shape: [3, 4]), "axes": Tensor([1] as [UInt16], shape: [1]),
        ]
        #expect(throws: InferError.self) {
            guard let model else { throw InferError(.invalidArgument, "refused at load") }
            _ = try model.run(inputs)
        }
    }

    @Test("inputs that once trapped, found by the fuzzer, are errors")
    func fuzzFindings() throws {
        for name in ["squeeze-to-another-size", "unsqueeze-axes-of-another-type"] {
            let model = try? Model(contentsOf: GoldenCase.directory + "/../fuzz/engine/\(name).onnx")
            #expect(throws: InferError.self) {
                guard let model else { throw InferError(.invalidArgument, "refused at load") }
                let inputs = SyntheticInputs.make(model.signature, rows: 2, openExtent: 2)
                _ = try model.run(
                    Dictionary(inputs.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first }))
            }
        }
    }

    @Test("different shapes in turn give what each gives alone")
    func interleavedShapes() throws {
        let shared = try Model(data: Self.network().bytes())
        for rows in [1, 3, 2, 3, 0, 1, 64, 1, 3] {
            let alone = try Model(data: Self.network().bytes())
            let input: [String: Tensor] = ["x": Self.input(rows: rows)]
            let expected = try alone.run(input)
            let received = try shared.run(input)
            #expect(received["y"]?.bytes == expected["y"]?.bytes)
            #expect(received["flat"]?.shape == [rows * 3])
            #expect(received["flat"]?.bytes == expected["y"]?.bytes)
        }
    }

    @Test("an output keeps its elements when the next run starts")
    func outputsAreOwned() throws {
        let model = try Model(data: Self.network().bytes())
        let first = try model.run(["x": Self.input(rows: 2)])
        let copy = first["y"]?.bytes.array
        _ = try model.run(["x": Tensor([Float](repeating: 9, count: 8), shape: [2, 4])])
        #expect(first["y"]?.bytes.array == copy)
    }

    @Test("each pass alone, and all of them, change nothing beyond rounding", arguments: [6, 80], [false, true])
    func passes(extent: Int, isPooled: Bool) throws {
        var none = EngineOptions()
        none.passes = []
        let model = isPooled ? Self.pooled() : Self.convolution()
        let plain = try Model(data: model.bytes(), options: none)
        let elements: [Float] = (0..<6 * extent * extent).map { Float($0 % 11) / 5 - 1 }
        let input: [String: Tensor] = ["x": Tensor(elements, shape: [2, 3, extent, extent])]
        let expected = try #require(try plain.run(input)["y"])
        let each: [Set<String>] = EngineOptions.allPasses.map { [$0] }
        for passes in each + [EngineOptions.allPasses] {
            var options = EngineOptions()
            options.passes = passes
            let received = try #require(try Model(data: model.bytes(), options: options).run(input)["y"])
            // Sums in another order differ by units in the last place of what is added, not of the result.
            let scale = expected.elements(as: Float.self).reduce(0) { max($0, $1.magnitude) }
            let difference = zip(received.elements(as: Float.self), expected.elements(as: Float.self)).reduce(0) {
                max($0, ($1.0 - $1.1).magnitude)
            }
            #expect(received.shape == expected.shape && difference <= 1e-5 * scale, "\(passes)")
        }
    }

    /// Convolutions before pools: with an activation between, without one, used twice, and with indexes asked for.
    static func pooled() -> ModelWriter {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [-1, 3, -1, -1])
        writer.output("y", .fp32, [-1, 20, -1, -1])
        writer.output("places", .int64, [-1, 20, -1, -1])
        for (name, inputs) in [("w1", 3), ("w2", 20), ("w3", 20)] {
            let count = 20 * inputs * 9
            let weights: [Float] = (0..<count).map { Float($0 % 7) / 16 - 0.2 }
            writer.initializer(name, Tensor(weights, shape: [20, inputs, 3, 3]))
        }
        writer.initializer("b", Tensor((0..<20).map { Float($0) / 20 - 0.5 }, shape: [20]))
        writer.node("Conv", ["x", "w1", "b"], ["c1"], ["pads": .ints([1, 1, 1, 1])])
        writer.node("Relu", ["c1"], ["r1"])
        writer.node(
            "MaxPool", ["r1"], ["p1"],
            [
                "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "ceil_mode": .int(1),
                "pads": .ints([1, 0, 1, 1]),
            ])
        writer.node("Conv", ["p1", "w2"], ["c2"], ["pads": .ints([1, 1, 1, 1])])
        writer.node("MaxPool", ["c2"], ["p2"], ["kernel_shape": .ints([2, 2]), "auto_pad": .text("SAME_UPPER")])
        writer.node("Conv", ["p2", "w3"], ["c3"], ["auto_pad": .text("SAME_LOWER")])
        writer.node("MaxPool", ["c3"], ["p3"], ["kernel_shape": .ints([1, 1])])
        writer.node("Add", ["c3", "p3"], ["a3"])
        writer.node("Conv", ["a3", "w3"], ["c4"], ["auto_pad": .text("SAME_LOWER")])
        writer.node("MaxPool", ["c4"], ["y", "places"], ["kernel_shape": .ints([2, 2])])
        return writer
    }

    static func convolution() -> ModelWriter {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [-1, 3, -1, -1])
        writer.output("y", .fp32, [-1, 4])
        let weights: [Float] = (0..<108).map { Float($0 % 5) / 4 - 0.4 }
        writer.initializer("w", Tensor(weights, shape: [4, 3, 3, 3]))
        for (name, value) in [("scale", 1.5), ("shift", 0.25), ("mean", 0.1), ("variance", 0.8)] as [(String, Float)] {
            writer.initializer(name, Tensor((0..<4).map { value + Float($0) / 8 }, shape: [4]))
        }
        writer.initializer("low", Tensor([0] as [Float], shape: []))
        writer.initializer("high", Tensor([6] as [Float], shape: []))
        writer.initializer("dense", Tensor((0..<16).map { Float($0) / 16 - 0.3 }, shape: [4, 4]))
        writer.initializer("bias", Tensor([0.5, -0.5, 0, 1] as [Float], shape: [4]))
        writer.node("Conv", ["x", "w"], ["c"], ["pads": .ints([1, 1, 1, 1])])
        writer.node("BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["b"])
        writer.node("Clip", ["b", "low", "high"], ["r"])
        writer.node("Dropout", ["r"], ["d"])
        writer.node("GlobalAveragePool", ["d"], ["p"])
        writer.node("Flatten", ["p"], ["f"])
        writer.node("MatMul", ["f", "dense"], ["m"])
        writer.node("Add", ["bias", "m"], ["s"])
        writer.node("Relu", ["s"], ["y"])
        return writer
    }

    @Test("values whose shape depends on the elements are shaped while running")
    func dataDependent() throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .int64, [-1])
        writer.output("positions", .int64, [-1, 1])
        writer.output("doubled", .int64, [-1])
        writer.initializer("two", Tensor([2] as [Int64], shape: []))
        writer.initializer("zero", Tensor([0] as [Int64], shape: [1]))
        writer.node("NonZero", ["x"], ["n"])
        writer.node("Transpose", ["n"], ["positions"])
        writer.node("Squeeze", ["n", "zero"], ["flat"])
        writer.node("Gather", ["x", "flat"], ["g"])
        writer.node("Mul", ["g", "two"], ["doubled"])
        let model = try Model(data: writer.bytes())
        for elements in [[0, 3, 0, 5], [0, 0], [7]] as [[Int64]] {
            let outputs = try model.run(["x": Tensor(elements, shape: [elements.count])])
            let kept = elements.filter { $0 != 0 }
            #expect(outputs["doubled"]?.elements(as: Int64.self) == kept.map { $0 * 2 })
            #expect(outputs["positions"]?.shape == [kept.count, 1])
        }
    }

    @Test("movement operators move text")
    func text() throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .bytes, [-1, 2])
        writer.output("y", .bytes, [2, -1])
        writer.output("z", .bytes, [-1])
        writer.initializer("all", Tensor([-1] as [Int64], shape: [1]))
        writer.node("Transpose", ["x"], ["t"])
        writer.node("Identity", ["t"], ["y"])
        writer.node("Reshape", ["x", "all"], ["flat"])
        writer.node("Concat", ["flat", "flat"], ["z"], ["axis": .int(0)])
        let model = try Model(data: writer.bytes())
        let outputs = try model.run(["x": Tensor(strings: ["a", "bb", "", "dddd"], shape: [2, 2])])
        #expect(outputs["y"]?.strings == ["a", "", "bb", "dddd"])
        #expect(outputs["z"]?.strings == ["a", "bb", "", "dddd", "a", "bb", "", "dddd"])
    }

    @Test("an input that a request gives may leave as an output")
    func passThrough() throws {
        var writer = ModelWriter()
        writer.input("x", .fp32, [-1])
        writer.output("y", .fp32, [-1])
        writer.output("c", .fp32, [1])
        writer.node("Identity", ["x"], ["y"])
        writer.initializer("c", Tensor([4] as [Float], shape: [1]))
        let outputs = try Model(data: writer.bytes()).run(["x": Tensor([1, 2] as [Float], shape: [2])])
        #expect(outputs["y"]?.elements(as: Float.self) == [1, 2])
        #expect(outputs["c"]?.elements(as: Float.self) == [4])
    }

    @Test("runs at once from several threads")
    func concurrent() async throws {
        let model = try Model(data: Self.network().bytes())
        let expected = try (1...4).map { try model.run(["x": Self.input(rows: $0)])["y"]?.bytes }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for run in 0..<50 {
                        let rows = (task + run) % 4 + 1
                        let received = try model.run(["x": Self.input(rows: rows)])["y"]?.bytes
                        #expect(received == expected[rows - 1])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
