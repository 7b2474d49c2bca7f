import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct DynamicQuantizationFusionTests {
    static let pass = "dynamic-quantization-fusion"

    struct Chain: CustomTestStringConvertible {
        var testDescription = "product"
        var isConvolution = false
        var hasBias = true
        var hasRelu = false
        var scalesPerColumn = false
        /// Another output that shows the sums.
        var givesSums = false
        /// A bias that is not one number for each column.
        var biasShape: Shape?

        func writer() -> ModelWriter {
            var writer = ModelWriter(opset: 17)
            let shape: Shape = isConvolution ? [2, 3, 6, 6] : [2, 3, 6]
            writer.input("x", .fp32, shape.dimensions)
            writer.output("y", .fp32, [])
            if givesSums { writer.output("sums", .int32, []) }
            let weights = (0..<108).map { Int8(truncatingIfNeeded: $0 * 41) }
            writer.initializer(
                "w",
                isConvolution ? Tensor(weights, shape: [4, 3, 3, 3]) : Tensor(Array(weights[..<24]), shape: [6, 4]))
            writer.initializer("w zero", Tensor([Int8(3)], shape: []))
            writer.initializer(
                "w scale",
                scalesPerColumn
                    ? Tensor([Float(0.01), 0.02, 0.03, 0.04], shape: [4]) : Tensor([Float(0.01)], shape: []))
            let bias = biasShape ?? (isConvolution ? [1, 4, 1, 1] : [4])
            writer.initializer("bias", Tensor((0..<bias.elementCount).map { Float($0) - 1.5 }, shape: bias))
            writer.node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"])
            writer.node(isConvolution ? "ConvInteger" : "MatMulInteger", ["q", "w", "zero", "w zero"], ["sums"])
            writer.node("Cast", ["sums"], ["numbers"], ["to": .int(1)])
            writer.node("Mul", ["scale", "w scale"], ["scales"])
            writer.node("Mul", ["numbers", "scales"], ["value 0"])
            var last = "value 0"
            if hasBias {
                writer.node("Add", [last, "bias"], ["value 1"])
                last = "value 1"
            }
            writer.node(hasRelu ? "Relu" : "Identity", [last], ["y"])
            return writer
        }

        func input() -> Tensor {
            let shape: Shape = isConvolution ? [2, 3, 6, 6] : [2, 3, 6]
            return Tensor((0..<shape.elementCount).map { Float($0 * 29 % 23) - 9.5 }, shape: shape)
        }
    }

    @Test(
        "gives what the operators give one by one",
        arguments: [
            Chain(), Chain(testDescription: "without bias", hasBias: false),
            Chain(testDescription: "relu", hasRelu: true),
            Chain(testDescription: "scales", scalesPerColumn: true),
            Chain(testDescription: "a bias of rank 2", biasShape: [1, 4]),
            Chain(testDescription: "convolution", isConvolution: true),
            Chain(testDescription: "convolution and relu", isConvolution: true, hasRelu: true),
        ])
    func fuses(chain: Chain) throws {
        let type = chain.isConvolution ? "ConvInteger to FP32" : "MatMulInteger to FP32"
        let types = try types(chain)
        #expect(types.contains(type) && !types.contains("Cast") && types.filter { $0 == "Add" || $0 == "Relu" }.isEmpty)
        try expectSame(chain)
    }

    @Test(
        "leaves alone what it could not compute alike",
        arguments: [
            Chain(testDescription: "sums that are an output", givesSums: true),
            Chain(
                testDescription: "scales of a convolution", isConvolution: true, hasBias: false, scalesPerColumn: true),
        ])
    func leavesAlone(chain: Chain) throws {
        #expect(try types(chain).contains("Cast"))
        try expectSame(chain)
    }

    @Test("a bias for each row is added after the product") func otherBias() throws {
        let chain = Chain(biasShape: [3, 1])
        let types = try types(chain)
        #expect(types.contains("MatMulInteger to FP32") && types.contains("Add"))
        try expectSame(chain)
    }

    private func expectSame(_ chain: Chain) throws {
        let expected = try model(chain, []).run(["x": chain.input()])
        let received = try model(chain, [Self.pass]).run(["x": chain.input()])
        for (name, tensor) in expected {
            #expect(TensorComparison.difference(try #require(received[name]), tensor) == nil, "output \(name)")
        }
    }

    private func types(_ chain: Chain) throws -> [String] {
        var options = EngineOptions()
        options.passes = [Self.pass]
        return try NativeModel.load(chain.writer().bytes(), directory: nil, options: options).graph.nodes.map(\.type)
    }

    private func model(_ chain: Chain, _ passes: Set<String>) throws -> Model {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: chain.writer().bytes(), options: options)
    }
}
