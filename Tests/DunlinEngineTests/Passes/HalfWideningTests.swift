import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct HalfWideningTests {
    static let pass = "half-widening"

    static func tensor(_ type: DataType, _ count: Int, _ shape: Shape) -> Tensor {
        let numbers = (0..<count).map { Float($0 * 37 % 101) / 64 - 0.75 }
        switch type {
        case .fp16: return Tensor(numbers.map(Float16.init), shape: shape)
        case .bf16: return Tensor(numbers.map(BFloat16.init), shape: shape)
        default: return Tensor(numbers, shape: shape)
        }
    }

    /// A convolution, a view, a normalisation and a product, with one result in between that the model gives too.
    static func network(_ type: DataType) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", type, [-1, 2, 6, 6])
        writer.output("y", type, [-1, 5])
        writer.output("pooled", type, [-1, 4, 3, 3])
        writer.output("best", .int64, [-1, 1])
        writer.initializer("w", tensor(type, 4 * 2 * 9, [4, 2, 3, 3]))
        writer.initializer("b", tensor(type, 4, [4]))
        writer.initializer("m", tensor(type, 36 * 5, [36, 5]))
        writer.node("Conv", ["x", "w", "b"], ["c"], ["pads": .ints([1, 1, 1, 1])])
        writer.node("Relu", ["c"], ["r"])
        writer.node("MaxPool", ["r"], ["pooled"], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
        writer.node("Flatten", ["pooled"], ["flat"])
        writer.node("MatMul", ["flat", "m"], ["z"])
        writer.node("Softmax", ["z"], ["y"])
        writer.node("ArgMax", ["y"], ["best"], ["axis": .int(1)])
        return writer
    }

    private func load(_ writer: ModelWriter, _ passes: Set<String>) throws -> NativeModel {
        var options = EngineOptions()
        options.passes = passes
        return try NativeModel.load(writer.bytes(), directory: nil, options: options)
    }

    private func run(
        _ writer: ModelWriter, _ passes: Set<String>, _ inputs: [String: Tensor]
    ) throws -> [String: Tensor] {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: writer.bytes(), options: options).run(inputs)
    }

    @Test("computes in FP32 between inputs and outputs of the model's type", arguments: [DataType.fp16, .bf16])
    func widens(type: DataType) throws {
        let model = try load(Self.network(type), [Self.pass])
        #expect(
            model.graph.nodes.map(\.type) == [
                "Cast", "Conv", "Relu", "MaxPool", "Flatten", "MatMul", "Softmax", "ArgMax", "Cast", "Cast",
            ])
        #expect(model.signature.inputs[0].dataType == type)
        #expect(model.signature.outputs.map(\.dataType) == [type, type, .int64])
        let input = ["x": Self.tensor(type, 3 * 72, [3, 2, 6, 6])]
        let expected = try run(Self.network(type), [], input)
        for passes in [[Self.pass], EngineOptions.allPasses] {
            let received = try run(Self.network(type), passes, input)
            #expect(received["best"]?.bytes == expected["best"]?.bytes)
            for name in ["y", "pooled"] {
                let wide = try #require(received[name]).numbers
                let rounded = try #require(expected[name]).numbers
                #expect(received[name]?.dataType == type && wide.count == rounded.count)
                #expect(zip(wide, rounded).allSatisfy { abs($0 - $1) <= (type == .fp16 ? 0.004 : 0.03) })
            }
        }
    }

    @Test("a model that computes nothing in half precision stays as it is")
    func leavesMovement() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp16, [2, 3])
        writer.input("f", .fp32, [2, 3])
        writer.output("y", .fp16, [3, 2])
        writer.output("g", .fp32, [2, 3])
        writer.node("Transpose", ["x"], ["y"])
        writer.node("Exp", ["f"], ["g"])
        #expect(try load(writer, [Self.pass]).graph.nodes.map(\.type) == ["Transpose", "Exp"])
    }

    @Test("rows taken from a constant, and operators that look at the type, stay in half precision")
    func keepsTables() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("words", .int64, [-1])
        writer.input("f", .fp32, [-1, 4])
        writer.output("y", .fp16, [-1, 4])
        writer.output("like", .fp16, [-1, 4])
        writer.initializer("table", Self.tensor(.fp16, 40, [10, 4]))
        writer.node("Gather", ["table", "words"], ["rows"])
        writer.node("Exp", ["rows"], ["y"])
        writer.node("CastLike", ["f", "rows"], ["like"])
        let model = try load(writer, [Self.pass])
        #expect(model.graph.nodes.map(\.type) == ["Gather", "Cast", "Exp", "CastLike", "Cast"])
        let inputs = ["words": Tensor([3, 9] as [Int64], shape: [2]), "f": Self.tensor(.fp32, 8, [2, 4])]
        let expected = try run(writer, [], inputs)
        let received = try run(writer, [Self.pass], inputs)
        #expect(received["y"]?.bytes == expected["y"]?.bytes)
        #expect(received["like"]?.bytes == expected["like"]?.bytes)
    }

    @Test("a cast to half precision in the model still rounds")
    func castsRound() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [2])
        writer.output("y", .fp32, [2])
        writer.initializer("one", Tensor([1, 1] as [Float16], shape: [2]))
        writer.node("Cast", ["x"], ["h"], ["to": .int(10)])
        writer.node("Mul", ["h", "one"], ["p"])
        writer.node("Cast", ["p"], ["y"], ["to": .int(1)])
        let outputs = try run(writer, EngineOptions.allPasses, ["x": Tensor([0.1, 2049] as [Float], shape: [2])])
        #expect(outputs["y"]?.elements(as: Float.self) == [Float(Float16(0.1)), 2048])
    }
}

extension Tensor {
    fileprivate var numbers: [Float] {
        switch dataType {
        case .fp16: elements(as: Float16.self).map(Float.init)
        case .bf16: elements(as: BFloat16.self).map(\.float)
        default: elements(as: Float.self)
        }
    }
}
