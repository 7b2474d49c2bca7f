import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct RefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: InferError.Code
        var says: [String]
        var write: @Sendable (inout ModelWriter) -> Void

        init(
            _ description: String, _ code: InferError.Code, says: [String],
            _ write: @escaping @Sendable (inout ModelWriter) -> Void
        ) {
            testDescription = description
            self.code = code
            self.says = says
            self.write = write
        }
    }

    @Test(
        "a model that cannot run says why",
        arguments: [
            Row("all lacking operators at once", .unsupported, says: ["Magic", "com.example.Spell", "node 'first'"]) {
                $0.opsets.append(("com.example", 1))
                $0.node("Magic", ["x"], ["a"], name: "first")
                $0.node("Spell", ["a"], ["y"], name: "second", domain: "com.example")
            },
            Row("an unknown attribute", .unsupported, says: ["Relu", "unknown attribute 'speed'"]) {
                $0.node("Relu", ["x"], ["y"], ["speed": .int(3)])
            },
            Row("an operator of a later opset", .unsupported, says: ["Gelu", "opset 17"]) {
                $0.node("Gelu", ["x"], ["y"])
            },
            Row("an opset of the future", .unsupported, says: ["opset 999"]) {
                $0.opsets = [("", 999)]
                $0.node("Relu", ["x"], ["y"])
            },
            Row("a domain that is not imported", .invalidArgument, says: ["imports no opset", "com.example"]) {
                $0.node("Spell", ["x"], ["y"], domain: "com.example")
            },
            Row("an input that nothing makes", .invalidArgument, says: ["'ghost'", "made by no node"]) {
                $0.node("Add", ["x", "ghost"], ["y"])
            },
            Row("nodes that wait for each other", .invalidArgument, says: ["input 'y'"]) {
                $0.node("Relu", ["a"], ["y"])
                $0.node("Relu", ["y"], ["a"])
            },
            Row("a value made twice", .invalidArgument, says: ["'y' is defined twice"]) {
                $0.node("Relu", ["x"], ["y"])
                $0.node("Relu", ["x"], ["y"])
            },
            Row("an output that nothing makes", .invalidArgument, says: ["output 'y'"]) {
                $0.node("Relu", ["x"], ["z"])
            },
            Row("too many inputs", .invalidArgument, says: ["3 inputs", "2 to 2"]) {
                $0.node("Add", ["x", "x", "x"], ["y"])
            },
            Row("an attribute of the wrong type", .invalidArgument, says: ["'alpha' must be a float"]) {
                $0.node("LeakyRelu", ["x"], ["y"], ["alpha": .text("much")])
            },
            Row("shapes that do not fit", .invalidArgument, says: ["node 'sum' (Add)", "broadcast"]) {
                $0.initializer("w", Tensor([1, 2, 3] as [Float], shape: [3]))
                $0.node("Add", ["x", "w"], ["y"], name: "sum")
            },
            Row("an axis out of range", .invalidArgument, says: ["axis 9", "rank 2"]) {
                $0.node("Softmax", ["x"], ["y"], ["axis": .int(9)])
            },
        ])
    func refusals(row: Row) {
        var writer = ModelWriter()
        writer.input("x", .fp32, [-1, 2])
        writer.output("y", .fp32, [-1, 2])
        row.write(&writer)
        let error = #expect(throws: InferError.self) { try Model(data: writer.bytes()) }
        #expect(error?.code == row.code)
        for words in row.says { #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")") }
    }

    @Test("a model cut short or changed anywhere loads, runs or is refused, and never crashes")
    func damaged() {
        let original = ModelTests.convolution().bytes().array
        for count in stride(from: 0, to: original.count, by: 3) {
            Self.loadAndRun(Array(original[..<count]))
        }
        var random: UInt64 = 7
        for _ in 0..<1500 {
            var bytes = original
            for _ in 0..<2 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(random >> 33) % bytes.count] = UInt8(truncatingIfNeeded: random >> 20)
            }
            Self.loadAndRun(bytes)
        }
    }

    private static func loadAndRun(_ bytes: [UInt8]) {
        guard let model = try? Model(data: Bytes(bytes)) else { return }
        var inputs: [String: Tensor] = [:]
        for input in model.signature.inputs where input.dataType == .fp32 {
            let shape = Shape(input.shape.map { $0 < 0 ? 2 : min($0, 8) })
            inputs[input.name] = Tensor([Float](repeating: 0.5, count: shape.elementCount), shape: shape)
        }
        _ = try? model.run(inputs)
    }

    @Test("a convolution's kernel at and past the limit, given by its weights alone", arguments: [false, true])
    func longKernels(isPastLimit: Bool) throws {
        let count = (1 << 16) + (isPastLimit ? 1 : 0)
        var writer = ModelWriter()
        writer.input("x", .fp32, [1, 1, -1])
        writer.output("y", .fp32, [1, 1, -1])
        writer.initializer("w", Tensor([Float](repeating: 1, count: count), shape: [1, 1, count]))
        writer.node("Conv", ["x", "w"], ["y"])
        let input: [String: Tensor] = ["x": Tensor([Float](repeating: 1, count: count), shape: [1, 1, count])]
        let run = { try Model(data: writer.bytes()).run(input)["y"]?.elements(as: Float.self) }
        if isPastLimit {
            let error = #expect(throws: InferError.self) { try run() }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("65537") == true)
        } else {
            #expect(try run() == [65536])
        }
    }

    @Test("a convolution that is too large for memory is refused although its pool would shrink it")
    func hugeBeforePool() throws {
        var writer = ModelWriter()
        writer.input("x", .fp32, [1, 1, -1, -1])
        writer.output("y", .fp32, [1, 16, -1, -1])
        writer.initializer("w", Tensor([Float](repeating: 1, count: 16), shape: [16, 1, 1, 1]))
        writer.node("Conv", ["x", "w"], ["c"], ["pads": .ints([60000, 60000, 60000, 60000])])
        writer.node("MaxPool", ["c"], ["y"], ["kernel_shape": .ints([1, 1]), "strides": .ints([60000, 60000])])
        let error = #expect(throws: InferError.self) {
            try Model(data: writer.bytes()).run(["x": Tensor([Float](repeating: 1, count: 4), shape: [1, 1, 2, 2])])
        }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("a shape that asks for too much is refused before anything is allocated")
    func tooLarge() throws {
        var writer = ModelWriter()
        writer.input("shape", .int64, [2])
        writer.output("y", .fp32, [-1, -1])
        writer.node("ConstantOfShape", ["shape"], ["y"])
        let model = try Model(data: writer.bytes())
        for extents in [[1 << 20, 1 << 20], [1 << 40, 1 << 40]] as [[Int64]] {
            let error = #expect(throws: InferError.self) { try model.run(["shape": Tensor(extents, shape: [2])]) }
            #expect(error?.code == .resourceExhausted)
        }
        #expect(try model.run(["shape": Tensor([2, 3] as [Int64], shape: [2])])["y"]?.shape == [2, 3])
    }

    @Test("names of nothing at the end of inputs and outputs change nothing")
    func namesOfNothing() throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [1, 1, 2, 2])
        writer.node("Dropout", ["x", ""], ["d", ""])
        writer.node("MaxPool", ["d"], ["p", ""], ["kernel_shape": .ints([1, 1])])
        writer.node("Neg", ["p", "", ""], ["n"])
        // Of a split the number of outputs tells the sizes.
        writer.node("Split", ["n"], ["y", ""], ["axis": .int(3)])
        writer.output("y", .fp32, [1, 1, 2, -1])
        let x = Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
        #expect(try Model(data: writer.bytes()).run(["x": x])["y"]?.elements(as: Float.self) == [-1, -3])
    }

    @Test("texts that are moved to many places may have as many bytes as a run may take", arguments: [0, 1])
    func movedTexts(beyond: Int) throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .bytes, [1])
        writer.input("i", .int64, [-1])
        writer.output("y", .bytes, [-1])
        writer.node("Gather", ["x", "i"], ["y"])
        var options = EngineOptions()
        options.maxRunByteCount = 10 * (4 + 1000) - beyond
        let model = try Model(data: writer.bytes(), options: options)
        let inputs = [
            "x": Tensor(strings: [String(repeating: "a", count: 1000)], shape: [1]),
            "i": Tensor([Int64](repeating: 0, count: 10), shape: [10]),
        ]
        guard beyond > 0 else {
            #expect(try model.run(inputs)["y"]?.bytesElements.map(\.count) == [Int](repeating: 1000, count: 10))
            return
        }
        let error = #expect(throws: InferError.self) { try model.run(inputs) }
        #expect(error?.code == .resourceExhausted)
    }

    @Test("a long text that a model repeats without end is not repeated at load")
    func repeatedText() throws {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [1])
        writer.output("x2", .fp32, [1])
        writer.output("y", .bytes, [2_000_000])
        writer.initializer("text", Tensor(strings: [String(repeating: "a", count: 1 << 20)], shape: [1]))
        writer.initializer("shape", Tensor([2_000_000] as [Int64], shape: [1]))
        writer.node("Expand", ["text", "shape"], ["y"])
        writer.node("Neg", ["x"], ["x2"])
        let model = try Model(data: writer.bytes())
        let error = #expect(throws: InferError.self) { try model.run(["x": Tensor([1] as [Float], shape: [1])]) }
        #expect(error?.code == .resourceExhausted)
    }
}
