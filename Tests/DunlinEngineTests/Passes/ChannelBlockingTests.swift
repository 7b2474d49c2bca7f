import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor
import Testing

@testable import DunlinEngine

@Suite struct ChannelBlockingTests {
    static let passes: Set<String> = ["channel-blocking", "residual-fusion", "activation-fusion", "swish-fusion"]

    /// Values of a repeatable kind.
    static func values(_ count: Int, _ seed: Int) -> [Float] {
        (0..<count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 1009) / 504 - 1 }
    }

    /// A model of images that grows node by node.
    struct Network {
        var writer = ModelWriter(opset: 17)
        private var count = 0

        init(channels: Int = 3, extent: Int = 64) {
            writer.input("x", .fp32, [-1, channels, extent, extent])
        }

        mutating func weights(_ shape: Shape, scale: Float = 0.1) -> String {
            count += 1
            writer.initializer(
                "w\(count)",
                Tensor(ChannelBlockingTests.values(shape.elementCount, count).map { $0 * scale }, shape: shape))
            return "w\(count)"
        }

        mutating func convolution(
            _ input: String, _ output: String, _ channels: (Int, Int), kernel: Int = 3, stride: Int = 1, groups: Int = 1
        ) {
            let pad = kernel / 2
            let taps = weights([channels.1, channels.0 / groups, kernel, kernel])
            writer.node(
                "Conv", [input, taps, weights([channels.1])], [output],
                [
                    "pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride]), "group": .int(groups),
                ])
        }
    }

    /// A residual block, a depthwise block, pools, a gate for each channel, a concatenation.
    static func everything() -> Network {
        var net = Network(extent: 96)
        net.convolution("x", "c1", (3, 48), kernel: 5, stride: 2)
        net.writer.node("Relu", ["c1"], ["r1"])
        net.writer.node(
            "MaxPool", ["r1"], ["p1"],
            ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])])
        net.convolution("r1", "c2", (48, 48))
        net.writer.node("Add", ["c2", "r1"], ["a2"])
        net.writer.node("Relu", ["a2"], ["r2"])
        net.convolution("r2", "c3", (48, 40), kernel: 1)
        net.writer.node("Sigmoid", ["c3"], ["s3"])
        net.writer.node("Mul", ["c3", "s3"], ["m3"])
        net.convolution("m3", "c4", (40, 40), stride: 2, groups: 40)
        net.writer.node("HardSwish", ["c4"], ["h4"])
        net.writer.node("GlobalAveragePool", ["h4"], ["g4"])
        net.convolution("g4", "c5", (40, 10), kernel: 1)
        net.writer.node("Relu", ["c5"], ["r5"])
        net.convolution("r5", "c6", (10, 40), kernel: 1)
        net.writer.node("Sigmoid", ["c6"], ["s6"])
        net.writer.node("Mul", ["h4", "s6"], ["m6"])
        net.writer.node("Concat", ["p1", "m6"], ["k"], ["axis": .int(1)])
        net.writer.node("AveragePool", ["k"], ["p7"], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
        net.convolution("p7", "c8", (88, 7), kernel: 1)
        net.writer.output("c8", .fp32, [-1, 7, -1, -1])
        net.writer.output("g4", .fp32, [-1, 40, 1, 1])
        return net
    }

    @Test("blocked images flow from the first convolution to the last")
    func flows() throws {
        let types = try Self.types(Self.everything().writer, Self.passes)
        #expect(!types.contains("BlockChannels"))
        #expect(types.filter { $0 == "UnblockChannels" }.count == 2, "one for each output")
        for gone in ["Relu", "Sigmoid", "HardSwish", "Swish", "Add"] {
            // The gate's sigmoid and the first relu follow convolutions too.
            #expect(!types.contains(gone), "\(gone) is in \(types)")
        }
        #expect(types.contains("Conv+Add"))
        let plain = try Self.types(Self.everything().writer, [])
        #expect(plain.contains("Relu") && !plain.contains("UnblockChannels"))
    }

    @Test("equals the graph without it", arguments: [1, 3], [passes, ["channel-blocking"], EngineOptions.allPasses])
    func equals(rows: Int, passes: Set<String>) throws {
        let input = ["x": Tensor(Self.values(rows * 3 * 9216, 5), shape: [rows, 3, 96, 96])]
        try Self.expectSame(Self.everything().writer, input, passes)
    }

    @Test("images of any size are blocked, with residuals that are broadcast too")
    func openShapes() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 20, -1, -1])
        writer.input("z", .fp32, [-1, 20, -1, -1])
        writer.output("y", .fp32, [-1, 20, -1, -1])
        writer.initializer("w", Tensor(Self.values(3600, 1), shape: [20, 20, 3, 3]))
        writer.node("Conv", ["x", "w"], ["c"], ["auto_pad": .text("VALID")])
        writer.node("Add", ["c", "z"], ["a"])
        writer.node("Relu", ["a"], ["y"])
        #expect(
            try Self.types(writer, Self.passes) == ["BlockChannels", "BlockChannels", "Conv+Add", "UnblockChannels"])
        let x = Tensor(Self.values(2 * 20 * 63, 2), shape: [2, 20, 9, 7])
        for shape in [[2, 20, 7, 5], [1, 20, 7, 5], [2, 20, 1, 5], [1, 20, 1, 1]] as [Shape] {
            try Self.expectSame(writer, ["x": x, "z": Tensor(Self.values(shape.elementCount, 3), shape: shape)])
        }
        let one = Tensor(Self.values(20 * 9, 2), shape: [1, 20, 3, 3])
        try Self.expectSame(writer, ["x": one, "z": Tensor(Self.values(3 * 20 * 8, 3), shape: [3, 20, 2, 4])])
        try Self.expectSame(writer, ["x": x, "z": Tensor(Self.values(700, 3), shape: [1, 20, 7, 5])])
        let empty = Tensor([Float](), shape: [0, 20, 9, 7])
        try Self.expectSame(writer, ["x": empty, "z": Tensor(Self.values(700, 3), shape: [1, 20, 7, 5])])
    }

    @Test("images are joined along their channels from whichever end these are counted", arguments: [1, -3])
    func joined(axis: Int) throws {
        var net = Network()
        net.convolution("x", "a", (3, 32))
        net.convolution("x", "b", (3, 32))
        net.writer.node("Concat", ["a", "b"], ["k"], ["axis": .int(axis)])
        net.convolution("k", "y", (64, 8))
        net.writer.output("y", .fp32, [-1, 8, 64, 64])
        #expect(try Self.types(net.writer, Self.passes) == ["Conv", "Conv", "Concat", "Conv", "UnblockChannels"])
        try Self.expectSame(net.writer, ["x": Tensor(Self.values(6 * 4096, 4), shape: [2, 3, 64, 64])])
    }

    @Test("a normalization that no convolution takes in is blocked as well")
    func normalization() throws {
        var net = Network(channels: 3)
        net.convolution("x", "c", (3, 40))
        net.writer.node("Relu", ["c"], ["r"])
        var names: [String] = []
        for scale in [1, 0.5, 0.2] as [Float] { names.append(net.weights([40], scale: scale)) }
        net.writer.initializer("v", Tensor([Float](repeating: 0.7, count: 40), shape: [40]))
        net.writer.node("BatchNormalization", ["r"] + names + ["v"], ["b"])
        net.writer.node("Relu", ["b"], ["q"])
        net.convolution("q", "y", (40, 33))
        net.writer.output("y", .fp32, [-1, 33, 64, 64])
        #expect(
            try Self.types(net.writer, Self.passes) == ["Conv", "BatchNormalization", "Conv", "UnblockChannels"])
        try Self.expectSame(net.writer, ["x": Tensor(Self.values(6 * 4096, 4), shape: [2, 3, 64, 64])])
    }

    @Test("leaves alone what it cannot block")
    func leavesAlone() throws {
        // Small images alone.
        var small = Network(channels: 1, extent: 12)
        small.convolution("x", "y", (1, 20))
        small.writer.output("y", .fp32, [-1, 20, 12, 12])
        #expect(try Self.types(small.writer, Self.passes) == ["Conv"])
        // Groups of several channels, and one-dimensional images.
        var groups = Network(channels: 64)
        groups.convolution("x", "y", (64, 64), groups: 4)
        groups.writer.output("y", .fp32, [-1, 64, 64, 64])
        #expect(try Self.types(groups.writer, Self.passes) == ["Conv"])
        // Weights that a request gives.
        var given = ModelWriter(opset: 17)
        given.input("x", .fp32, [-1, 64, 40, 40])
        given.input("w", .fp32, [64, 64, 3, 3])
        given.output("y", .fp32, [-1, 64, 38, 38])
        given.node("Conv", ["x", "w"], ["y"])
        #expect(try Self.types(given, Self.passes) == ["Conv"])
    }

    @Test("what is not finite in a lane without a channel is done unblocked")
    func staysFinite() throws {
        var net = Network()
        net.convolution("x", "c", (3, 40))
        net.writer.node("Abs", ["c"], ["a"])
        net.writer.node("Reciprocal", ["a"], ["i"])
        net.writer.node("Div", ["c", "a"], ["d"])
        net.writer.node("Add", ["i", "d"], ["s"])
        net.convolution("s", "y", (40, 8))
        net.writer.output("y", .fp32, [-1, 8, 64, 64])
        let types = try Self.types(net.writer, Self.passes)
        let first = try #require(types.firstIndex(of: "Reciprocal"))
        #expect(types[..<first].contains("UnblockChannels") && types[first...].contains("BlockChannels"))
        let input = Tensor(Self.values(3 * 4096, 4).map { $0 + 3 }, shape: [1, 3, 64, 64])
        let result = try #require(try Self.model(net.writer, Self.passes).run(["x": input])["y"])
        let isFinite = result.elements(as: Float.self).allSatisfy(\.isFinite)
        #expect(isFinite)
    }

    /// A chain of nodes from a convolution's results `c`, of 21 channels, to `z`, which a convolution reads. No count of
    /// lanes divides 21.
    struct Chain: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let write: @Sendable (inout Network) -> Void

        /// Nodes of one type after the other, each from the last one's result.
        static func nodes(_ net: inout Network, _ types: [String], from: String) {
            for (index, type) in types.enumerated() {
                let input = index == 0 ? from : "n\(index)"
                net.writer.node(
                    type, ["Mul", "Add"].contains(type) ? [input, input] : [input],
                    [index == types.count - 1 ? "z" : "n\(index + 1)"])
            }
        }

        static func each(_ value: Float) -> Tensor {
            Tensor([Float](repeating: value, count: 21), shape: [1, 21, 1, 1])
        }
    }

    static let chains = [
        Chain(testDescription: "a root of what is left of a constant for each channel") { net in
            net.writer.initializer("one", Chain.each(1))
            net.writer.node("Sigmoid", ["c"], ["s"])
            net.writer.node("Sub", ["one", "s"], ["d"])
            net.writer.node("Sqrt", ["d"], ["z"])
        },
        Chain(testDescription: "exponentials") { net in
            net.writer.initializer("five", Chain.each(5))
            net.writer.node("Sub", ["c", "five"], ["d"])
            Chain.nodes(&net, ["Exp", "Exp", "Exp", "Mul", "Exp"], from: "d")
        },
        Chain(testDescription: "squares") { net in
            net.writer.initializer("five", Chain.each(5))
            net.writer.node("Sub", ["c", "five"], ["d"])
            Chain.nodes(&net, ["Exp", "Add"] + [String](repeating: "Mul", count: 8), from: "d")
        },
        Chain(testDescription: "a root of a sum with a convolution's results") { net in
            net.writer.node("Sigmoid", ["c"], ["s"])
            net.writer.initializer("tenth", Chain.each(0.1))
            net.writer.node("Sub", ["tenth", "s"], ["n"])
            let taps = net.weights([21, 21, 1, 1])
            net.writer.initializer("nine", Tensor([Float](repeating: 9, count: 21), shape: [21]))
            net.writer.node("Conv", ["s", taps, "nine"], ["e"])
            net.writer.node("Add", ["e", "n"], ["a"])
            net.writer.node("Sqrt", ["a"], ["z"])
        },
    ]

    @Test(
        "lanes without a channel stay finite along a chain", arguments: chains,
        [passes, ["channel-blocking"], EngineOptions.allPasses])
    func staysFinite(chain: Chain, passes: Set<String>) throws {
        var net = Network()
        net.convolution("x", "c", (3, 21))
        chain.write(&net)
        net.convolution("z", "y", (21, 8))
        net.writer.output("y", .fp32, [-1, 8, 64, 64])
        let input = ["x": Tensor(Self.values(3 * 4096, 4), shape: [1, 3, 64, 64])]
        try Self.expectSame(net.writer, input, passes)
        // Comparisons let NaN pass.
        let result = try #require(try Self.model(net.writer, passes).run(input)["y"])
        let isFinite = result.elements(as: Float.self).allSatisfy(\.isFinite)
        #expect(isFinite)
    }

    @Test("where all lanes have a channel, or hold 0, roots are blocked", arguments: [(32, true), (21, false)])
    func roots(channels: Int, hasSigmoid: Bool) throws {
        var net = Network()
        net.convolution("x", "c", (3, channels))
        net.writer.node(hasSigmoid ? "Sigmoid" : "Relu", ["c"], ["s"])
        net.writer.node("Sqrt", ["s"], ["z"])
        net.convolution("z", "y", (channels, 8))
        net.writer.output("y", .fp32, [-1, 8, 64, 64])
        #expect(try Self.types(net.writer, Self.passes) == ["Conv", "Sqrt", "Conv", "UnblockChannels"])
        try Self.expectSame(net.writer, ["x": Tensor(Self.values(3 * 4096, 4), shape: [1, 3, 64, 64])])
    }

    @Test(
        "lanes without a channel may hold numbers up to a limit",
        arguments: [(ChannelBlocking.mostSpareMagnitude, true), (ChannelBlocking.mostSpareMagnitude.nextUp, false)])
    func spareLimit(lower: Float, isBlocked: Bool) throws {
        var net = Network()
        net.convolution("x", "c", (3, 21))
        net.writer.number("lower", lower)
        net.writer.node("Clip", ["c", "lower"], ["y"])
        net.writer.output("y", .fp32, [-1, 21, 64, 64])
        let types = try Self.types(net.writer, ["channel-blocking"])
        #expect(types == (isBlocked ? ["Conv", "Clip", "UnblockChannels"] : ["Conv", "UnblockChannels", "Clip"]))
    }

    @Test("a sum is fused only where nothing else uses the convolution's results")
    func residualsUsedTwice() throws {
        var net = Network()
        net.convolution("x", "c", (3, 40))
        net.convolution("c", "d", (40, 40))
        net.writer.node("Add", ["d", "c"], ["s"])
        net.writer.node("Mul", ["d", "s"], ["y"])
        net.writer.output("y", .fp32, [-1, 40, 64, 64])
        #expect(try Self.types(net.writer, Self.passes) == ["Conv", "Conv", "Add", "Mul", "UnblockChannels"])
        try Self.expectSame(net.writer, ["x": Tensor(Self.values(3 * 4096, 4), shape: [1, 3, 64, 64])])
    }

    @Test("an activation before a sum stays before it")
    func activationBeforeSum() throws {
        var net = Network()
        net.convolution("x", "c", (3, 40))
        net.convolution("c", "d", (40, 40))
        net.writer.node("Relu", ["d"], ["r"])
        net.writer.node("Add", ["r", "c"], ["y"])
        net.writer.output("y", .fp32, [-1, 40, 64, 64])
        #expect(try Self.types(net.writer, Self.passes) == ["Conv", "Conv", "Add", "UnblockChannels"])
        try Self.expectSame(net.writer, ["x": Tensor(Self.values(3 * 4096, 4), shape: [1, 3, 64, 64])])
    }

    @Test("padding that depends on the image's size is worked out for each")
    func samePadding() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 16, 100, 100])
        writer.output("y", .fp32, [-1, 32, -1, -1])
        writer.initializer("w", Tensor(Self.values(32 * 144, 1), shape: [32, 16, 3, 3]))
        writer.node("Conv", ["x", "w"], ["y"], ["auto_pad": .text("SAME_UPPER"), "strides": .ints([2, 2])])
        #expect(try Self.types(writer, Self.passes).contains("BlockChannels"))
        try Self.expectSame(writer, ["x": Tensor(Self.values(160_000, 2), shape: [1, 16, 100, 100])])
        var open = ModelWriter(opset: 17)
        open.input("x", .fp32, [-1, 16, -1, -1])
        open.output("y", .fp32, [-1, 32, -1, -1])
        open.initializer("w", Tensor(Self.values(32 * 144, 1), shape: [32, 16, 3, 3]))
        open.node("Conv", ["x", "w"], ["y"], ["auto_pad": .text("SAME_UPPER"), "strides": .ints([2, 2])])
        #expect(try Self.types(open, Self.passes) == ["Conv"])
    }

    // MARK: Support

    static func model(_ writer: ModelWriter, _ passes: Set<String>) throws -> Model {
        var options = EngineOptions()
        options.passes = passes
        return try Model(data: writer.bytes(), options: options)
    }

    static func types(_ writer: ModelWriter, _ passes: Set<String>) throws -> [String] {
        var options = EngineOptions()
        options.passes = passes
        return try NativeModel.load(writer.bytes(), directory: nil, options: options).graph.nodes.map(\.type)
    }

    static func expectSame(_ writer: ModelWriter, _ input: [String: Tensor], _ passes: Set<String> = passes) throws {
        let expected = try model(writer, []).run(input)
        let received = try model(writer, passes).run(input)
        for (name, tensor) in expected {
            let other = try #require(received[name])
            #expect(other.shape == tensor.shape)
            let scale = tensor.elements(as: Float.self).reduce(1e-3) { max($0, $1.magnitude) }
            let difference = zip(other.elements(as: Float.self), tensor.elements(as: Float.self)).reduce(0) {
                max($0, ($1.0 - $1.1).magnitude)
            }
            #expect(difference <= 1e-5 * scale, "output \(name): \(difference) of \(scale)")
        }
    }
}
