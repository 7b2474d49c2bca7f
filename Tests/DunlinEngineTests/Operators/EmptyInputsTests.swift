import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Testing

/// Operators that are given tensors without elements: each writes all of its outputs, or says what is wrong.
@Suite struct EmptyInputsTests {
    private static let nothing: [Float] = []

    private static func run(
        _ type: String, opset: Int = 19, _ inputs: [Tensor?], _ attributes: [String: ONNXAttribute.Value] = [:],
        outputs: Int = 1
    ) throws -> [Tensor] {
        let node = Node(
            type: type, opset: opset, givenInputs: inputs.map { $0 != nil },
            givenOutputs: [Bool](repeating: true, count: outputs), attributes: attributes)
        let entry = try #require(Operators.entry(domain: "", name: type, opset: opset))
        let made = try entry.make(node)
        return try evaluate(made.prepare(InputFacts(inputs.map { $0.map { TensorFact($0.dataType, nil) } })), inputs)
    }

    private static func refuses(_ message: String, _ body: () throws -> [Tensor]) {
        let error = #expect(throws: InferError.self) { try body() }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(message) ?? false, "\(error?.message ?? "")")
    }

    @Test("no index is in range of an axis without elements", arguments: [DataType.fp32, .uint8, .bytes])
    func gather(type: DataType) throws {
        let data = Tensor(dataType: type, shape: [1, 0, 2], bytes: Bytes())
        let last = Tensor([-1] as [Int64], shape: [1])
        Self.refuses("index -1 is out of range for extent 0") {
            try Self.run("Gather", [data, last], ["axis": .int(1)])
        }
        Self.refuses("index 0 is out of range for extent 0") {
            try Self.run("Gather", [data, Tensor([0] as [Int32], shape: [])], ["axis": .int(1)])
        }
        Self.refuses("index -1 is out of range for extent 0") {
            try Self.run("GatherND", [data, Tensor([0, -1] as [Int64], shape: [1, 2])])
        }
        #expect(try Self.run("Gather", [data, last])[0].shape == [1, 0, 2])
    }

    @Test("a request's empty tensor is no way to memory that nobody wrote")
    func gatherOfARequest() throws {
        var writer = ModelWriter()
        writer.input("x", .fp32, [-1, -1, 3])
        writer.initializer("last", Tensor([-1] as [Int64], shape: [1]))
        writer.node("Gather", ["x", "last"], ["y"], ["axis": .int(1)])
        writer.output("y", .fp32, [-1, 1, 3])
        let model = try Model(data: writer.bytes())
        let error = #expect(throws: InferError.self) {
            try model.run(["x": Tensor(Self.nothing, shape: [1, 0, 3])])
        }
        #expect(error?.message.contains("index -1 is out of range for extent 0") ?? false)
        #expect(try model.run(["x": .pattern([1, 2, 3])])["y"]?.shape == [1, 1, 3])
    }

    @Test("an axis beside an empty one may be repeated without bound", arguments: [2, 1 << 31, 1 << 62])
    func tile(count: Int64) throws {
        let data = Tensor(Self.nothing, shape: [2, 0])
        #expect(try Self.run("Tile", [data, Tensor([1, count], shape: [2])])[0].shape == [2, 0])
    }

    @Test("what a deformed convolution reads beside an image without pixels is zero")
    func deformConv() throws {
        let result = try Self.run(
            "DeformConv",
            [
                Tensor(Self.nothing, shape: [1, 1, 0, 0]), Tensor([2] as [Float], shape: [1, 1, 1, 1]),
                Tensor([Float](repeating: -0.5, count: 8), shape: [1, 2, 2, 2]), Tensor([3] as [Float], shape: [1]),
            ], ["pads": .ints([1, 1, 1, 1])])
        #expect(result[0].elements(as: Float.self) == [3, 3, 3, 3])
    }

    @Test("a region of an image without pixels is zero", arguments: [[1, 2, 0, 4], [1, 2, 4, 0], [1, 2, 0, 0]])
    func roiAlign(shape: [Int]) throws {
        let result = try Self.run(
            "RoiAlign",
            [
                Tensor(Self.nothing, shape: Shape(shape)), Tensor([0, 0, 2, 2] as [Float], shape: [1, 4]),
                Tensor([0] as [Int64], shape: [1]),
            ], ["output_height": .int(2)])
        #expect(result[0].shape == [1, 2, 2, 1])
        #expect(result[0].elements(as: Float.self) == [0, 0, 0, 0])
    }

    @Test("blocks without channels are no work, however many they are")
    func col2Im() throws {
        let places = (32_768 - 255) * (32_768 - 255)
        let result = try Self.run(
            "Col2Im",
            [
                Tensor(Self.nothing, shape: [1, 0, places]), Tensor([32_768, 32_768] as [Int64], shape: [2]),
                Tensor([256, 256] as [Int64], shape: [2]),
            ])
        #expect(result[0].shape == [1, 0, 32_768, 32_768])
    }

    @Test("rows without elements have statistics that are no numbers", arguments: [0, 2])
    func layerNormalization(columns: Int) throws {
        let ones = Tensor([Float](repeating: 1, count: columns), shape: [columns])
        let results = try Self.run(
            "LayerNormalization", [.pattern([3, columns]), ones, ones], outputs: 3)
        #expect(results[0].shape == [3, columns])
        for statistics in results[1...] {
            #expect(statistics.shape == [3, 1])
            #expect(statistics.elements(as: Float.self).allSatisfy { $0.isNaN == (columns == 0) })
        }
    }

    @Test("no indexes make no rows")
    func oneHot() throws {
        let values = Tensor([0, 1] as [Float], shape: [2])
        let indexes = Tensor([] as [Int64], shape: [0])
        let result = try Self.run("OneHot", [indexes, Tensor([3] as [Int64], shape: []), values])
        #expect(result[0].shape == [0, 3])
        Self.refuses("values must be two numbers") {
            try Self.run("OneHot", [indexes, Tensor([3] as [Int64], shape: []), Tensor([1] as [Float], shape: [1])])
        }
    }

    @Test("the scores of queries without elements are zero")
    func attentionScores() throws {
        let results = try Self.run(
            "Attention", opset: 23,
            [
                Tensor(Self.nothing, shape: [1, 1, 2, 0]), Tensor(Self.nothing, shape: [1, 1, 3, 0]),
                .pattern([1, 1, 3, 1]),
            ], outputs: 4)
        #expect(results[3].elements(as: Float.self) == [Float](repeating: 0, count: 6))
    }

    @Test("a quantised convolution beside an image without pixels is its zero point")
    func quantizedConvolution() throws {
        let scale = Tensor([1] as [Float], shape: [])
        let zero = Tensor([5] as [UInt8], shape: [])
        let image = Tensor([] as [UInt8], shape: [1, 1, 0, 0])
        let weights = Tensor([9] as [UInt8], shape: [1, 1, 1, 1])
        let result = try Self.run(
            "QLinearConv", [image, scale, zero, weights, scale, zero, scale, Tensor([7] as [UInt8], shape: [])],
            ["pads": .ints([1, 1, 1, 1])])
        #expect(result[0].shape == [1, 1, 2, 2])
        #expect(result[0].elements(as: UInt8.self) == [7, 7, 7, 7])
    }

    @Test(
        "an input that is one number has one element", arguments: ["CumSum", "CumProd", "Trilu", "Pad", "OneHot"],
        [0, 1, 2])
    func oneNumber(type: String, count: Int) throws {
        let data = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let numbers = Tensor([Int64](repeating: 1, count: count), shape: [count])
        var inputs: [Tensor?] = [data, numbers]
        if type == "Pad" {
            inputs = [
                data, Tensor([0, 0, 0, 1] as [Int64], shape: [4]),
                Tensor([Float](repeating: 9, count: count), shape: [count]),
            ]
        } else if type == "OneHot" {
            inputs.append(Tensor([0, 1] as [Float], shape: [2]))
        }
        let run = { try Self.run(type, opset: type == "CumProd" ? 26 : 19, inputs) }
        guard count != 1 else {
            #expect(try run()[0].shape.rank >= 2)
            return
        }
        Self.refuses("has \(count) elements, expected 1", run)
    }
}
