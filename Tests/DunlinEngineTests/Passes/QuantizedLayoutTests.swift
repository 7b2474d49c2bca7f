import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct QuantizedLayoutTests {
    static let pass = "quantized-layout"

    /// A residual block of quantised operators: convolution, pool, convolution and a sum with what was pooled.
    private func writer(endsInMean: Bool, concatenates: Bool = false, showsPool: Bool = false) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.opsets.append(("com.microsoft", 1))
        writer.input("x", .uint8, [-1, 3, 9, 8])
        writer.output("y", .uint8, [])
        if showsPool { writer.output("pooled", .uint8, []) }
        writer.initializer("s", Tensor([Float(0.02)], shape: []))
        writer.initializer("wide", Tensor([Float(0.3)], shape: []))
        writer.initializer("z", Tensor([UInt8(20)], shape: []))
        writer.initializer("wz", Tensor([Int8(0)], shape: []))
        writer.initializer("w1", Tensor((0..<162).map { Int8(truncatingIfNeeded: $0 * 57) }, shape: [6, 3, 3, 3]))
        writer.initializer("w2", Tensor((0..<54).map { Int8(truncatingIfNeeded: $0 * 83) }, shape: [6, 1, 3, 3]))
        let pads: (String, ModelWriter.Attribute) = ("pads", .ints([1, 1, 1, 1]))
        writer.node("QLinearConv", ["x", "s", "z", "w1", "s", "wz", "wide", "z"], ["c"], [pads.0: pads.1])
        writer.node("MaxPool", ["c"], ["pooled"], ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2])])
        writer.node(
            "QLinearConv", ["pooled", "wide", "z", "w2", "s", "wz", "wide", "z"], ["d"],
            [pads.0: pads.1, "group": .int(6)])
        let domain = "com.microsoft"
        if concatenates {
            writer.node(
                "QLinearConcat", ["wide", "z", "d", "wide", "z", "pooled", "wide", "z"], ["e"], ["axis": .int(1)],
                domain: domain)
        } else {
            writer.node("QLinearAdd", ["d", "wide", "z", "pooled", "wide", "z", "wide", "z"], ["e"], domain: domain)
        }
        writer.node("QLinearLeakyRelu", ["e", "wide", "z", "wide", "z"], ["f"], domain: domain)
        if endsInMean {
            writer.node("QLinearGlobalAveragePool", ["f", "wide", "z", "wide", "z"], ["y"], domain: domain)
        } else {
            writer.node("Identity", ["f"], ["y"])
        }
        return writer
    }

    private func model(_ writer: ModelWriter, _ passes: Set<String>) throws -> Model {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: writer.bytes(), options: options)
    }

    @Test("changes the layout at both ends alone", arguments: [false, true], [false, true])
    func flows(endsInMean: Bool, concatenates: Bool) throws {
        let writer = writer(endsInMean: endsInMean, concatenates: concatenates)
        var options = EngineOptions()
        options.passes = [Self.pass]
        let types = try NativeModel.load(writer.bytes(), directory: nil, options: options).graph.nodes.map(\.type)
        #expect(types.filter { $0 == "Transpose" }.count == (endsInMean ? 1 : 2))
        try expectSame(writer)
    }

    @Test("an image that is an output keeps its layout") func outputs() throws {
        let writer = writer(endsInMean: true, showsPool: true)
        var options = EngineOptions()
        options.passes = [Self.pass]
        let types = try NativeModel.load(writer.bytes(), directory: nil, options: options).graph.nodes.map(\.type)
        #expect(types.filter { $0 == "Transpose" }.count == 2)
        try expectSame(writer)
    }

    @Test("a sum that spreads one side over the channels' axis stays right") func broadcasts() throws {
        var writer = writer(endsInMean: false)
        writer.output("sum", .uint8, [])
        writer.initializer("row", Tensor((0..<6).map { UInt8($0 * 40) }, shape: [6, 1, 1]))
        writer.node(
            "QLinearAdd", ["f", "wide", "z", "row", "wide", "z", "wide", "z"], ["sum"], domain: "com.microsoft")
        try expectSame(writer)
    }

    private func expectSame(_ writer: ModelWriter) throws {
        for batch in [1, 2] {
            let bits = (0..<batch * 216).map { UInt8(truncatingIfNeeded: $0 * 71) }
            let input = ["x": Tensor(bits, shape: [batch, 3, 9, 8])]
            let expected = try model(writer, []).run(input), received = try model(writer, [Self.pass]).run(input)
            #expect(expected.count == received.count)
            for (name, tensor) in expected {
                #expect(
                    received[name]?.shape == tensor.shape && received[name]?.bytes == tensor.bytes, "output \(name)")
            }
        }
    }
}
