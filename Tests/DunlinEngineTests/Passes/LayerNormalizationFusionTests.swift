import DunlinEngine
import DunlinTensor
import Testing

/// `layer-normalization-fusion` and `skip-normalization-fusion`.
@Suite struct LayerNormalizationFusionTests {
    /// Layer normalization in its steps.
    struct Steps: Sendable, CustomTestStringConvertible {
        var name = "as exported"
        var usesPow = true
        var usesReciprocal = false
        var axes = [-1]
        var keepsAxes = 1
        var hasMean = true
        var hasShift = true
        var scaleShape: Shape = [24]
        var givesDifference = false
        var givesSquare = false
        var fuses = true

        var testDescription: String { name }

        var writer: ModelWriter {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 5, 24])
            writer.output("y", .fp32, [-1, 5, 24])
            writer.number("two", 2)
            writer.number("epsilon", 1e-5)
            writer.initializer("scale", .pattern(scaleShape, seed: 2))
            writer.initializer("shift", .pattern([24], seed: 3))
            let reduction: KeyValuePairs<String, ModelWriter.Attribute> = [
                "axes": .ints(axes), "keepdims": .int(keepsAxes),
            ]
            if hasMean {
                writer.node("ReduceMean", ["x"], ["mean"], reduction)
                writer.node("Sub", ["x", "mean"], ["d"])
            } else {
                writer.node("Identity", ["x"], ["d"])
            }
            if usesPow {
                writer.node("Pow", ["d", "two"], ["square"])
            } else {
                writer.node("Mul", ["d", "d"], ["square"])
            }
            writer.node("ReduceMean", ["square"], ["variance"], reduction)
            writer.node("Add", ["variance", "epsilon"], ["sum"])
            writer.node("Sqrt", ["sum"], ["root"])
            if usesReciprocal {
                writer.node("Reciprocal", ["root"], ["inverse"])
                writer.node("Mul", ["d", "inverse"], ["q"])
            } else {
                writer.node("Div", ["d", "root"], ["q"])
            }
            writer.node("Mul", ["q", "scale"], [hasShift ? "scaled" : "y"])
            if hasShift { writer.node("Add", ["shift", "scaled"], ["y"]) }
            if givesDifference { writer.output("mean", .fp32, [-1, 5, 1]) }
            if givesSquare { writer.output("square", .fp32, [-1, 5, 24]) }
            return writer
        }
    }

    static let spellings = [
        Steps(), Steps(name: "product for the square", usesPow: false),
        Steps(name: "reciprocal", usesReciprocal: true), Steps(name: "axis 2", axes: [2]),
        Steps(name: "scale of more axes", scaleShape: [1, 24]),
    ]

    static let nearMisses = [
        Steps(name: "another axis", axes: [1], fuses: false),
        Steps(name: "two axes", axes: [1, 2], fuses: false),
        Steps(name: "one number as scale", scaleShape: [1], fuses: false),
        Steps(name: "a scale of each row", scaleShape: [5, 24], fuses: false),
        Steps(name: "the mean is used", givesDifference: true, fuses: false),
        Steps(name: "the square is used", givesSquare: true, fuses: false),
    ]

    static let input: [String: Tensor] = ["x": .pattern([3, 5, 24])]

    @Test("makes one LayerNormalization", arguments: spellings) func layerNormalization(steps: Steps) throws {
        let check = PassCheck(["layer-normalization-fusion"], steps.writer)
        #expect(try check.types() == ["LayerNormalization"])
        try check.expectSame(Self.input)
    }

    @Test("makes one RMSNormalization of the steps without a mean", arguments: [false, true])
    func rmsNormalization(usesReciprocal: Bool) throws {
        let steps = Steps(usesReciprocal: usesReciprocal, hasMean: false, hasShift: false)
        let check = PassCheck(["identity-elimination", "layer-normalization-fusion"], steps.writer)
        #expect(try check.types() == ["RMSNormalization"])
        try check.expectSame(Self.input)
    }

    @Test("leaves alone what only looks like it", arguments: nearMisses) func nearMiss(steps: Steps) throws {
        let check = PassCheck(["layer-normalization-fusion"], steps.writer)
        let types = try check.types()
        #expect(!types.contains("LayerNormalization") && !types.contains("RMSNormalization"))
        try check.expectSame(Self.input)
    }

    /// `Add` and a normalization of the sum.
    struct Skip: Sendable, CustomTestStringConvertible {
        var name = "two tensors"
        var skipShape: [Int] = [-1, 5, 24]
        var usesSum = false
        var shiftIsComputed = false
        var axis = -1
        var fuses = true

        var testDescription: String { name }

        var writer: ModelWriter {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 5, 24])
            writer.input("skip", .fp32, skipShape)
            writer.output("y", .fp32, [-1, 5, 24])
            writer.initializer("scale", .pattern([24], seed: 2))
            writer.initializer("shift", .pattern([24], seed: 3))
            writer.node("Add", ["x", "skip"], ["sum"])
            if shiftIsComputed {
                writer.input("given", .fp32, [24])
                writer.node("Neg", ["given"], ["computed"])
            }
            if usesSum { writer.node("Neg", ["sum"], ["z"]) }
            writer.node(
                "LayerNormalization", ["sum", "scale", shiftIsComputed ? "computed" : "shift"], ["y"],
                ["axis": .int(axis), "epsilon": .float(1e-5)])
            if usesSum { writer.output("z", .fp32, [-1, 5, 24]) }
            return writer
        }

        var inputs: [String: Tensor] {
            var inputs = LayerNormalizationFusionTests.input
            inputs["skip"] = .pattern(Shape(skipShape.map { $0 < 0 ? 3 : $0 }), seed: 5)
            if shiftIsComputed { inputs["given"] = .pattern([24], seed: 6) }
            return inputs
        }
    }

    @Test(
        "adds on the way to the normalization",
        arguments: [
            Skip(), Skip(name: "rows repeated for each batch", skipShape: [5, 24]),
            Skip(name: "one row", skipShape: [24]), Skip(name: "one row of each batch", skipShape: [-1, 1, 24]),
            Skip(name: "the sum is used too", usesSum: true),
            Skip(name: "the sum of repeated rows is used", skipShape: [1, 5, 24], usesSum: true),
            Skip(name: "one row of each batch, the sum is used", skipShape: [-1, 1, 24], usesSum: true),
            Skip(name: "a computed shift", shiftIsComputed: true),
        ])
    func skip(skip: Skip) throws {
        let check = PassCheck(["skip-normalization-fusion"], skip.writer)
        let types = try check.types()
        #expect(types.contains("Add+LayerNormalization") && !types.contains("Add"))
        try check.expectSame(skip.inputs)
    }

    @Test(
        "leaves other sums alone",
        arguments: [
            Skip(name: "one number", skipShape: [1]), Skip(name: "a column", skipShape: [5, 1]),
            Skip(name: "two axes are normalized", axis: 1),
            Skip(name: "a shift that comes after the sum is needed", usesSum: true, shiftIsComputed: true),
        ])
    func leavesSums(skip: Skip) throws {
        var skip = skip
        skip.fuses = false
        if skip.axis == 1 {
            // Scale and shift then have as many elements as both axes.
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 5, 24])
            writer.input("skip", .fp32, [-1, 5, 24])
            writer.output("y", .fp32, [-1, 5, 24])
            writer.initializer("scale", .pattern([5, 24], seed: 2))
            writer.node("Add", ["x", "skip"], ["sum"])
            writer.node("LayerNormalization", ["sum", "scale"], ["y"], ["axis": .int(1)])
            let check = PassCheck(["skip-normalization-fusion"], writer)
            #expect(try check.types().contains("Add"))
            return try check.expectSame(skip.inputs)
        }
        let check = PassCheck(["skip-normalization-fusion"], skip.writer)
        #expect(try check.types().contains("Add"))
        try check.expectSame(skip.inputs)
    }
}
