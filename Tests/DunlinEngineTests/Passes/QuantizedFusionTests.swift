import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct QuantizedFusionTests {
    static let passes: Set<String> = ["quantized-fusion", "constant-folding"]

    /// Dequantised inputs, some operators, and what quantises their result.
    struct Chain: CustomTestStringConvertible {
        var testDescription: String
        var operators: [Step]
        /// What the graph is after the pass.
        var fused: [String]
        var input: Shape = [2, 4, 6, 6]
        var isSigned = false
        var quantizesResult = true
        /// Whether the first operator's result is an output too.
        var givesFirst = false
        /// Whether scale and zero point of input and result are the same.
        var isSameScale = false
        /// Whether a request brings the weights.
        var bringsWeights = false
        /// The result's type, where no zero point tells it: as an attribute, except for UINT8.
        var statedType: DataType?

        struct Step {
            var type: String
            var inputs: [String] = []
            var attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
        }

        init(
            _ name: String, _ operators: [Step], fused: [String], change: (inout Chain) -> Void = { _ in }
        ) {
            (testDescription, self.operators, self.fused) = (name, operators, fused)
            change(&self)
        }

        var dataType: DataType { isSigned ? .int8 : .uint8 }

        func zero(_ value: Int) -> Tensor {
            isSigned ? Tensor([Int8(value)], shape: []) : Tensor([UInt8(value)], shape: [])
        }

        func writer() -> ModelWriter {
            var writer = ModelWriter(opset: 21)
            writer.input("x", dataType, input.dimensions)
            writer.initializer("x scale", Tensor([Float(0.02)], shape: []))
            writer.initializer("x zero", zero(5))
            writer.initializer("y scale", Tensor([Float(isSameScale ? 0.02 : 0.1)], shape: []))
            writer.initializer("y zero", zero(isSameScale ? 5 : 9))
            writer.initializer("other zero", Tensor([Int8(0), 0, 0, 0, 0], shape: [5]))
            writer.initializer("one zero", Tensor([Int8(2)], shape: []))
            let scales = (0..<5).map { 0.01 + Float($0) / 300 }
            writer.initializer("weight scales", Tensor(scales, shape: [5]))
            writer.initializer("weight scale", Tensor([Float(0.013)], shape: []))
            let filter = (0..<180).map { Int8(truncatingIfNeeded: $0 * 37) }
            if bringsWeights {
                writer.input("filter", .int8, [5, 4, 3, 3])
            } else {
                writer.initializer("filter", Tensor(filter, shape: [5, 4, 3, 3]))
            }
            writer.initializer("matrix", Tensor(Array(filter[..<30]), shape: [6, 5]))
            writer.initializer("row", Tensor((0..<5).map { Float($0) - 2 }, shape: [5]))
            writer.initializer("low", Tensor([Float(0)], shape: []))
            writer.initializer("high", Tensor([Float(6)], shape: []))
            writer.initializer("shape", Tensor([Int64(2), -1], shape: [2]))
            writer.node("DequantizeLinear", ["x", "x scale", "x zero"], ["x number"])
            writer.node("DequantizeLinear", ["filter", "weight scales", "other zero"], ["w"], ["axis": .int(0)])
            writer.node("DequantizeLinear", ["matrix", "weight scale", "one zero"], ["m"])
            var last = "x number"
            for (index, step) in operators.enumerated() {
                writer.node(step.type, [last] + step.inputs, ["value \(index)"], step.attributes)
                last = "value \(index)"
            }
            if givesFirst { writer.output("value 0", .fp32, []) }
            if let statedType {
                writer.node(
                    "QuantizeLinear", [last, "y scale"], ["y"],
                    statedType == .uint8 ? [:] : ["output_dtype": .int(ModelWriter.number(of: statedType))])
            } else if quantizesResult {
                writer.node("QuantizeLinear", [last, "y scale", "y zero"], ["y"])
            } else {
                writer.node("Identity", [last], ["y"])
            }
            writer.output("y", quantizesResult ? statedType ?? dataType : .fp32, [])
            return writer
        }

        func inputs() -> [String: Tensor] {
            let bits = (0..<input.elementCount).map { UInt8(truncatingIfNeeded: $0 * 59 + 3) }
            var inputs = ["x": Tensor(dataType: dataType, shape: input, bytes: Bytes(bits))]
            if bringsWeights {
                inputs["filter"] = Tensor((0..<180).map { Int8(truncatingIfNeeded: $0 * 91) }, shape: [5, 4, 3, 3])
            }
            return inputs
        }
    }

    static let convolution = Chain.Step(type: "Conv", inputs: ["w", "row"], attributes: ["pads": .ints([1, 1, 1, 1])])

    static let fused: [Chain] = [
        Chain("convolution", [convolution], fused: ["QLinearConv"]),
        Chain("signed convolution and relu", [convolution, Chain.Step(type: "Relu")], fused: ["QLinearConv"]) {
            $0.isSigned = true
        },
        Chain(
            "convolution and clip", [convolution, Chain.Step(type: "Clip", inputs: ["low", "high"])],
            fused: ["QLinearConv"]),
        Chain("convolution to numbers", [convolution], fused: ["QLinearConv to FP32", "Identity"]) {
            $0.quantizesResult = false
        },
        Chain(
            "convolution used twice", [convolution, Chain.Step(type: "Relu")],
            fused: ["QLinearConv to FP32", "Relu", "QuantizeLinear"]
        ) { $0.givesFirst = true },
        Chain("product", [Chain.Step(type: "MatMul", inputs: ["m"])], fused: ["QLinearMatMul"]),
        Chain(
            "product, row and relu",
            [
                Chain.Step(type: "MatMul", inputs: ["m"]), Chain.Step(type: "Add", inputs: ["row"]),
                Chain.Step(type: "Relu"),
            ], fused: ["QLinearMatMul"]),
        Chain(
            "gemm to numbers", [Chain.Step(type: "Gemm", inputs: ["m", "row"])],
            fused: ["QLinearMatMul to FP32", "Identity"]
        ) {
            $0.input = [3, 6]
            $0.quantizesResult = false
        },
        Chain("sum with itself", [Chain.Step(type: "Add", inputs: ["x number"])], fused: ["QLinearAdd"]),
        Chain(
            "sum and relu", [Chain.Step(type: "Add", inputs: ["x number"]), Chain.Step(type: "Relu")],
            fused: ["QLinearAdd"]),
        Chain("product with itself", [Chain.Step(type: "Mul", inputs: ["x number"])], fused: ["QLinearMul"]),
        Chain(
            "concatenation", [Chain.Step(type: "Concat", inputs: ["x number"], attributes: ["axis": .int(1)])],
            fused: ["QLinearConcat"]),
        Chain("sigmoid", [Chain.Step(type: "Sigmoid")], fused: ["Sigmoid table"]),
        Chain("relu", [Chain.Step(type: "Relu")], fused: ["Relu table"]) { $0.isSigned = true },
        Chain("other scale", [], fused: ["QuantizeLinear table"]),
        Chain("mean", [Chain.Step(type: "GlobalAveragePool")], fused: ["QLinearGlobalAveragePool"]),
        Chain(
            "average pool", [Chain.Step(type: "AveragePool", attributes: ["kernel_shape": .ints([2, 2])])],
            fused: ["QLinearAveragePool"]),
        Chain(
            "max pool", [Chain.Step(type: "MaxPool", attributes: ["kernel_shape": .ints([2, 2])])], fused: ["MaxPool"]
        ) {
            $0.isSameScale = true
        },
        Chain(
            "max pool with another scale",
            [Chain.Step(type: "MaxPool", attributes: ["kernel_shape": .ints([2, 2])])],
            fused: ["MaxPool", "Requantize"]),
        Chain("transposition", [Chain.Step(type: "Transpose")], fused: ["Transpose"]) { $0.isSameScale = true },
        Chain("reshaping", [Chain.Step(type: "Reshape", inputs: ["shape"])], fused: ["Reshape"]) {
            $0.isSameScale = true
        },
    ]

    static let withoutZeroPoint: [Chain] = [
        Chain("convolution to INT8", [convolution], fused: ["QLinearConv"]) { $0.statedType = .int8 },
        Chain("convolution of INT8", [convolution], fused: ["QLinearConv"]) {
            ($0.isSigned, $0.statedType) = (true, .uint8)
        },
        Chain("product to INT8", [Chain.Step(type: "MatMul", inputs: ["m"])], fused: ["QLinearMatMul"]) {
            $0.statedType = .int8
        },
        Chain("relu of INT8", [Chain.Step(type: "Relu")], fused: ["Relu table"]) {
            ($0.isSigned, $0.statedType) = (true, .uint8)
        },
        Chain("sigmoid to INT8", [Chain.Step(type: "Sigmoid")], fused: ["Sigmoid table"]) { $0.statedType = .int8 },
        Chain("other type", [], fused: ["QuantizeLinear table"]) { ($0.isSigned, $0.statedType) = (true, .uint8) },
        Chain("transposition to another type", [Chain.Step(type: "Transpose")], fused: ["Transpose", "Requantize"]) {
            ($0.isSigned, $0.statedType) = (true, .uint8)
        },
        Chain("sum", [Chain.Step(type: "Add", inputs: ["x number"])], fused: ["QLinearAdd"]) { $0.statedType = .uint8 },
        Chain("mean", [Chain.Step(type: "GlobalAveragePool")], fused: ["QLinearGlobalAveragePool"]) {
            ($0.isSigned, $0.statedType) = (true, .int8)
        },
    ]

    @Test("keeps the type of a result without a zero point", arguments: withoutZeroPoint)
    func keepsType(chain: Chain) throws {
        #expect(try types(chain) == chain.fused)
        try expectSame(chain)
    }

    @Test("gives what the operators give one by one, within a step", arguments: fused)
    func fuses(chain: Chain) throws {
        #expect(try types(chain) == chain.fused)
        try expectSame(chain)
    }

    @Test(
        "leaves alone what it could not compute alike",
        arguments: [
            Chain("softmax", [Chain.Step(type: "Softmax")], fused: []),
            Chain("brought weights", [convolution], fused: []) { $0.bringsWeights = true },
            Chain(
                "a bias of another shape",
                [Chain.Step(type: "Gemm", inputs: ["m", "low"])], fused: []
            ) { $0.input = [3, 6] },
            Chain(
                "a transposed left side",
                [Chain.Step(type: "Gemm", inputs: ["m", "row"], attributes: ["transA": .int(1)])], fused: []
            ) { $0.input = [6, 3] },
        ])
    func leavesAlone(chain: Chain) throws {
        let types = try types(chain)
        #expect(types.contains("DequantizeLinear"))
        for step in chain.operators { #expect(types.contains(step.type)) }
        try expectSame(chain)
    }

    @Test("rows of a quantised table are picked before they become numbers") func picksRows() throws {
        var writer = ModelWriter(opset: 19)
        writer.input("i", .int64, [-1])
        writer.initializer("table", Tensor((0..<40).map { UInt8($0 * 6) }, shape: [10, 4]))
        writer.initializer("scale", Tensor([Float(0.5)], shape: []))
        writer.node("DequantizeLinear", ["table", "scale"], ["numbers"])
        writer.node("Gather", ["numbers", "i"], ["y"])
        writer.output("y", .fp32, [-1, 4])
        var options = EngineOptions()
        options.passes = ["quantized-fusion"]
        let graph = try NativeModel.load(writer.bytes(), directory: nil, options: options).graph
        #expect(graph.nodes.suffix(2).map(\.type) == ["Gather", "DequantizeLinear"])
        let received = try Model(data: writer.bytes(), options: options).run(["i": Tensor([Int64(9), 0], shape: [2])])
        #expect(received["y"]?.elements(as: Float.self) == [108, 111, 114, 117, 0, 3, 6, 9])
    }

    private func expectSame(_ chain: Chain) throws {
        let expected = try model(chain, []).run(chain.inputs()),
            received = try model(chain, Self.passes).run(chain.inputs())
        #expect(expected.keys.sorted() == received.keys.sorted())
        for (name, tensor) in expected {
            let other = try #require(received[name])
            try #require(other.shape == tensor.shape && other.dataType == tensor.dataType)
            switch tensor.dataType {
            case .fp32:
                for (x, y) in zip(other.elements(as: Float.self), tensor.elements(as: Float.self)) {
                    #expect(abs(x - y) <= 1e-5 * max(1, abs(y)))
                }
            case .int8:
                for (x, y) in zip(other.elements(as: Int8.self), tensor.elements(as: Int8.self)) {
                    #expect(abs(Int(x) - Int(y)) <= 1)
                }
            default:
                for (x, y) in zip(other.elements(as: UInt8.self), tensor.elements(as: UInt8.self)) {
                    #expect(abs(Int(x) - Int(y)) <= 1)
                }
            }
        }
    }

    private func types(_ chain: Chain) throws -> [String] {
        var options = EngineOptions()
        options.passes = Self.passes
        return try NativeModel.load(chain.writer().bytes(), directory: nil, options: options).graph.nodes.map(\.type)
    }

    private func model(_ chain: Chain, _ passes: Set<String>) throws -> Model {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: chain.writer().bytes(), options: options)
    }
}
