import DunlinEngine
import DunlinTensor
import Testing

/// `gelu-fusion` and `swish-fusion`.
@Suite struct ElementwiseFusionTests {
    struct Spelling: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let write: @Sendable (inout ModelWriter) -> Void

        init(_ name: String, _ write: @escaping @Sendable (inout ModelWriter) -> Void) {
            testDescription = name
            self.write = write
        }
    }

    /// A graph from x to y with the numbers that curves need.
    static func writer(_ spelling: Spelling) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 37])
        writer.output("y", .fp32, [-1, 37])
        for (name, value) in [
            ("one", 1), ("half", 0.5), ("root2", 1.414_213_5), ("inverse", 0.707_106_77), ("two", 2), ("three", 3),
            ("cubic", 0.044_715), ("rootPi", 0.797_884_6), ("quick", 1.702), ("minus", -1),
        ] as [(String, Float)] {
            writer.number(name, value)
        }
        writer.number("half1", 0.5, rank: 1)
        writer.number("half3", 0.5, rank: 3)
        spelling.write(&writer)
        return writer
    }

    static let gelus = [
        Spelling("x · (1 + erf(x / √2)) · ½") {
            $0.node("Div", ["x", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Mul", ["x", "c"], ["d"])
            $0.node("Mul", ["d", "half"], ["y"])
        },
        Spelling("(x · ½) · (erf(x · 0.7071) + 1)") {
            $0.node("Mul", ["half1", "x"], ["h"])
            $0.node("Mul", ["x", "inverse"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["one", "b"], ["c"])
            $0.node("Mul", ["c", "h"], ["y"])
        },
        Spelling("x · ((1 + erf) / 2)") {
            $0.node("Div", ["x", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Div", ["c", "two"], ["d"])
            $0.node("Mul", ["d", "x"], ["y"])
        },
    ]

    static let tanhGelus = [
        Spelling("½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))") {
            $0.node("Pow", ["x", "three"], ["p"])
            $0.node("Mul", ["p", "cubic"], ["q"])
            $0.node("Add", ["x", "q"], ["s"])
            $0.node("Mul", ["s", "rootPi"], ["u"])
            $0.node("Tanh", ["u"], ["t"])
            $0.node("Add", ["t", "one"], ["c"])
            $0.node("Mul", ["x", "half"], ["h"])
            $0.node("Mul", ["h", "c"], ["y"])
        },
        Spelling("x · √(2/π) · (1 + 0.044715 · x · x)") {
            $0.node("Mul", ["x", "cubic"], ["p"])
            $0.node("Mul", ["p", "x"], ["q"])
            $0.node("Add", ["q", "one"], ["s"])
            $0.node("Mul", ["x", "rootPi"], ["r"])
            $0.node("Mul", ["r", "s"], ["u"])
            $0.node("Tanh", ["u"], ["t"])
            $0.node("Add", ["one", "t"], ["c"])
            $0.node("Mul", ["c", "x"], ["d"])
            $0.node("Mul", ["half", "d"], ["y"])
        },
    ]

    static let swishes = [
        Spelling("x · sigmoid(x)") {
            $0.node("Sigmoid", ["x"], ["s"])
            $0.node("Mul", ["x", "s"], ["y"])
        },
        Spelling("sigmoid(1.702 · x) · x") {
            $0.node("Mul", ["quick", "x"], ["q"])
            $0.node("Sigmoid", ["q"], ["s"])
            $0.node("Mul", ["s", "x"], ["y"])
        },
    ]

    static let nearMisses = [
        Spelling("erf of another tensor") {
            $0.node("Neg", ["x"], ["n"])
            $0.node("Div", ["n", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Mul", ["x", "c"], ["d"])
            $0.node("Mul", ["d", "half"], ["y"])
        },
        Spelling("x / 2 where √2 should be") {
            $0.node("Div", ["x", "two"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Mul", ["x", "c"], ["d"])
            $0.node("Mul", ["d", "half"], ["y"])
        },
        Spelling("2 + erf") {
            $0.node("Div", ["x", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "two"], ["c"])
            $0.node("Mul", ["x", "c"], ["d"])
            $0.node("Mul", ["d", "half"], ["y"])
        },
        Spelling("not halved") {
            $0.node("Div", ["x", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Mul", ["x", "c"], ["y"])
        },
        Spelling("the curve is used twice") {
            $0.output("c", .fp32, [-1, 37])
            $0.node("Div", ["x", "root2"], ["a"])
            $0.node("Erf", ["a"], ["b"])
            $0.node("Add", ["b", "one"], ["c"])
            $0.node("Mul", ["x", "c"], ["d"])
            $0.node("Mul", ["d", "half"], ["y"])
        },
        Spelling("x² in place of x³") {
            $0.node("Pow", ["x", "two"], ["p"])
            $0.node("Mul", ["p", "cubic"], ["q"])
            $0.node("Add", ["x", "q"], ["s"])
            $0.node("Mul", ["s", "rootPi"], ["u"])
            $0.node("Tanh", ["u"], ["t"])
            $0.node("Add", ["t", "one"], ["c"])
            $0.node("Mul", ["x", "half"], ["h"])
            $0.node("Mul", ["h", "c"], ["y"])
        },
        Spelling("sigmoid(-x)") {
            $0.node("Mul", ["x", "minus"], ["n"])
            $0.node("Sigmoid", ["n"], ["s"])
            $0.node("Mul", ["x", "s"], ["y"])
        },
        Spelling("sigmoid used twice") {
            $0.output("s", .fp32, [-1, 37])
            $0.node("Sigmoid", ["x"], ["s"])
            $0.node("Mul", ["x", "s"], ["y"])
        },
    ]

    static let input: [String: Tensor] = [
        "x": Tensor((0..<74).map { (Float($0) - 37) / 6 }, shape: [2, 37])
    ]

    @Test("makes one Gelu", arguments: gelus + tanhGelus) func gelu(spelling: Spelling) throws {
        let check = PassCheck(["gelu-fusion"], Self.writer(spelling))
        #expect(try check.types() == ["Gelu"])
        try check.expectSame(Self.input)
    }

    @Test("makes one Swish", arguments: swishes) func swish(spelling: Spelling) throws {
        let check = PassCheck(["swish-fusion"], Self.writer(spelling))
        #expect(try check.types() == ["Swish"])
        try check.expectSame(Self.input)
    }

    @Test("leaves alone what only looks like it", arguments: nearMisses) func nearMiss(spelling: Spelling) throws {
        let check = PassCheck(["gelu-fusion", "swish-fusion"], Self.writer(spelling))
        let types = try check.types()
        #expect(!types.contains("Gelu") && !types.contains("Swish"))
        try check.expectSame(Self.input)
    }

    @Test("a number with more axes than x changes the shape and is no factor") func shape() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 37])
        writer.output("y", .fp32, [1, -1, 37])
        writer.number("root2", 1.414_213_5)
        writer.number("one", 1)
        writer.number("half3", 0.5, rank: 3)
        writer.node("Div", ["x", "root2"], ["a"])
        writer.node("Erf", ["a"], ["b"])
        writer.node("Add", ["b", "one"], ["c"])
        writer.node("Mul", ["x", "c"], ["d"])
        writer.node("Mul", ["d", "half3"], ["y"])
        let check = PassCheck(["gelu-fusion"], writer)
        #expect(try !check.types().contains("Gelu"))
        try check.expectSame(Self.input)
    }
}
