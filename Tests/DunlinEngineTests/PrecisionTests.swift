import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinKernels
import DunlinTensor
import Testing

@Suite struct PrecisionTests {
    static let isThere = BF16Kernels.current != nil

    /// A product of a matrix with bias and activation, and whatever else packs one.
    static func layers(_ kind: String) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 64])
        writer.output("y", .fp32, [-1, 32])
        writer.initializer("w", Tensor(ChannelBlockingTests.values(2048, 1), shape: [64, 32]))
        writer.initializer("b", Tensor(ChannelBlockingTests.values(32, 2), shape: [32]))
        switch kind {
        case "Gemm": writer.node("Gemm", ["x", "w", "b"], ["y"])
        case "Gemm, activation":
            writer.node("Gemm", ["x", "w", "b"], ["g"])
            writer.node("Relu", ["g"], ["y"])
        case "MatMul+Add":
            writer.node("MatMul", ["x", "w"], ["m"])
            writer.node("Add", ["m", "b"], ["y"])
        case "shared":
            writer.initializer("v", Tensor(ChannelBlockingTests.values(2048, 3), shape: [64, 32]))
            writer.node("MatMul", ["x", "w"], ["m"])
            writer.node("MatMul", ["x", "v"], ["n"])
            writer.node("Sub", ["m", "n"], ["y"])
        case "FusedMatMul":
            writer.opsets.append(("com.microsoft", 1))
            writer.initializer("t", Tensor(ChannelBlockingTests.values(2048, 1), shape: [32, 64]))
            writer.node(
                "FusedMatMul", ["x", "t"], ["y"], ["alpha": .float(0.5), "transB": .int(1)], domain: "com.microsoft")
        default: writer.node("MatMul", ["x", "w"], ["y"])
        }
        return writer
    }

    private static func profile(
        _ writer: ModelWriter, _ precision: Precision, _ input: [String: Tensor]
    ) throws -> (outputs: [String: Tensor], variants: [String], byteCount: Int) {
        var options = EngineOptions()
        options.precision = precision
        let model = try Model(data: writer.bytes(), options: options)
        let variants = try model.profile(input, runs: 1).steps.map(\.variant)
        return (try model.run(input), variants, model.memoryByteCount)
    }

    /// The largest difference over the largest element.
    private static func difference(_ a: [String: Tensor], _ b: [String: Tensor]) -> Float {
        var largest: Float = 0
        for (name, tensor) in a {
            guard let other = b[name], other.shape == tensor.shape else { return .infinity }
            let x = tensor.elements(as: Float.self), y = other.elements(as: Float.self)
            let scale = x.reduce(0) { max($0, $1.magnitude) }
            for (left, right) in zip(x, y) { largest = max(largest, (left - right).magnitude / max(scale, 1e-6)) }
        }
        return largest
    }

    @Test(
        "products are rounded where that is asked for, and differ by less than a hundredth", .enabled(if: isThere),
        arguments: ["MatMul", "MatMul+Add", "Gemm", "Gemm, activation", "shared", "FusedMatMul"])
    func products(kind: String) throws {
        for rows in [1, 7, 40] {
            let input = ["x": Tensor(ChannelBlockingTests.values(rows * 64, 9), shape: [rows, 64])]
            let usual = try Self.profile(Self.layers(kind), .fp32, input)
            let rounded = try Self.profile(Self.layers(kind), .bf16, input)
            let name = BF16Kernels.current?.name ?? ""
            #expect(rounded.variants.contains { $0.contains(name) } && !usual.variants.contains { $0.contains(name) })
            let difference = Self.difference(usual.outputs, rounded.outputs)
            #expect(difference < 0.01 && difference > 0, "\(rows) rows: \(difference)")
            #expect(rounded.byteCount < usual.byteCount)
        }
    }

    @Test("convolutions of images are rounded, first ones and depthwise ones are not", .enabled(if: isThere))
    func convolutions() throws {
        for rows in [1, 3] {
            let input = ["x": Tensor(ChannelBlockingTests.values(rows * 3 * 9216, 5), shape: [rows, 3, 96, 96])]
            let writer = ChannelBlockingTests.everything().writer
            let usual = try Self.profile(writer, .fp32, input)
            let rounded = try Self.profile(writer, .bf16, input)
            let name = "blocked \(BF16Kernels.current?.name ?? "")"
            #expect(rounded.variants.filter { $0 == name }.count == 5)
            #expect(rounded.variants.contains("planar to blocked") && rounded.variants.contains("blocked depthwise"))
            #expect(!rounded.variants.contains("Winograd 4x4") && !usual.variants.contains(name))
            let difference = Self.difference(usual.outputs, rounded.outputs)
            #expect(difference < 0.02 && difference > 0, "\(rows) rows: \(difference)")
            #expect(rounded.byteCount < usual.byteCount)
        }
    }

    @Test("a node's graph is rounded too", .enabled(if: isThere))
    func subgraphs() throws {
        var body = ModelWriter(opset: 17)
        body.output("z", .fp32, [-1, 32])
        body.initializer("w", Tensor(ChannelBlockingTests.values(2048, 1), shape: [64, 32]))
        body.node("MatMul", ["x", "w"], ["z"])
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 64])
        writer.input("c", .bool, [])
        writer.output("y", .fp32, [-1, 32])
        var node = MessageWriter()
        node.field(1, text: "c")
        node.field(2, text: "y")
        node.field(4, text: "If")
        for name in ["then_branch", "else_branch"] {
            node.field(5) {
                $0.field(1, text: name)
                $0.field(6, bytes: body.graphBytes)
                $0.field(20, int: 5)
            }
        }
        writer.graphField(1, bytes: node.bytes)
        let input = [
            "x": Tensor(ChannelBlockingTests.values(128, 9), shape: [2, 64]), "c": Tensor([true], shape: []),
        ]
        let usual = try Self.profile(writer, .fp32, input), rounded = try Self.profile(writer, .bf16, input)
        let difference = Self.difference(usual.outputs, rounded.outputs)
        #expect(difference < 0.01 && difference > 0, "\(difference)")
    }

    @Test("never on by default")
    func defaults() {
        #expect(EngineOptions().precision == .fp32)
    }

    @Test("a CPU without the instructions refuses, with a sentence", .enabled(if: !isThere))
    func refuses() {
        var options = EngineOptions()
        options.precision = .bf16
        let error = #expect(throws: InferError.self) {
            try Model(data: Self.layers("MatMul").bytes(), options: options)
        }
        #expect(error?.code == .unsupported && error?.message.contains("precision bf16 needs") == true)
    }
}
