import DunlinEngine
import DunlinTensor
import Testing

@Suite struct AttentionFusionTests {
    /// Attention of 2 heads of 8 columns over rows of 16, in steps.
    struct Steps: Sendable, CustomTestStringConvertible {
        enum Scale: Sendable { case none, product, quotient, both, query }
        enum Mask: Sendable { case none, added, added4, addedTwice, whereMasked, whereKept, whereZero, constant }
        enum Key: Sendable { case permuted, transposed, reshaped }

        var testDescription: String {
            "\(scale) \(mask) \(key) guard \(hasGuard) \(usesWeights ? "weights used" : "") \(axis) \(asksForShape)"
        }

        var scale = Scale.product
        var mask = Mask.none
        var key = Key.permuted
        var hasGuard = false
        var usesWeights = false
        var usesScores = false
        var axis = -1
        var asksForShape = false
        var splitsHeads = true

        var writer: ModelWriter {
            var writer = ModelWriter(opset: 17)
            for name in ["q", "k", "v"] { writer.input(name, .fp32, splitsHeads ? [-1, -1, 16] : [-1, -1, 8]) }
            writer.output("y", .fp32, splitsHeads ? [-1, -1, 16] : [-1, -1, 8])
            writer.number("scale", 0.35)
            writer.number("root", 0.591_608)
            writer.number("divisor", 2.857)
            writer.number("zero", 0)
            writer.number("low", -.greatestFiniteMagnitude)
            writer.number("minusTen", -10)
            writer.integers("split", [0, 0, 2, 8])
            writer.integers("merge", [0, 0, 16])
            if splitsHeads {
                for name in ["q", "k", "v"] { writer.node("Reshape", [name, "split"], ["\(name)4"]) }
                writer.node("Transpose", ["q4"], ["qh"], ["perm": .ints([0, 2, 1, 3])])
                writer.node("Transpose", ["v4"], ["vh"], ["perm": .ints([0, 2, 1, 3])])
                writeKey(&writer)
            } else {
                writer.node("Identity", ["q"], ["qh"])
                writer.node("Identity", ["v"], ["vh"])
                writer.node("Transpose", ["k"], ["kt"], ["perm": .ints([0, 2, 1])])
            }
            writeScores(&writer)
            writer.node("Softmax", ["masked"], ["weights"], ["axis": .int(axis)])
            var weights = "weights"
            if hasGuard {
                writer.node("IsNaN", ["weights"], ["isNaN"])
                writer.node("Where", ["isNaN", "zero", "weights"], ["guarded"])
                weights = "guarded"
            }
            if usesWeights { writer.node("Neg", [weights], ["negative"]) }
            writer.node("MatMul", [weights, "vh"], ["o"])
            if splitsHeads {
                writer.node("Transpose", ["o"], ["ot"], ["perm": .ints([0, 2, 1, 3])])
                if asksForShape {
                    writer.node("Shape", ["o"], ["shape"])
                    writer.output("shape", .int64, [4])
                }
                writer.node("Reshape", ["ot", "merge"], ["y"])
            } else {
                writer.node("Identity", ["o"], ["y"])
            }
            if usesWeights { writer.output("negative", .fp32, [-1, 2, -1, -1]) }
            if usesScores { writer.output("scores", .fp32, [-1, 2, -1, -1]) }
            return writer
        }

        private func writeKey(_ writer: inout ModelWriter) {
            switch key {
            case .permuted: writer.node("Transpose", ["k4"], ["kt"], ["perm": .ints([0, 2, 3, 1])])
            case .transposed:
                writer.node("Transpose", ["k4"], ["kh"], ["perm": .ints([0, 2, 1, 3])])
                writer.node("Transpose", ["kh"], ["kt"], ["perm": .ints([0, 1, 3, 2])])
            case .reshaped:
                // By way of three axes, with shapes made of the tensor's own.
                writer.node("Transpose", ["k4"], ["kh"], ["perm": .ints([0, 2, 1, 3])])
                writer.node("Shape", ["kh"], ["ks"])
                for (name, from, to) in [("outer", 0, 2), ("rows", 2, 3), ("columns", 3, 4)] {
                    writer.integers("\(name)From", [from])
                    writer.integers("\(name)To", [to])
                    writer.node("Slice", ["ks", "\(name)From", "\(name)To"], [name])
                }
                writer.integers("any", [-1])
                writer.node("Concat", ["any", "rows", "columns"], ["merged"], ["axis": .int(0)])
                writer.node("Concat", ["outer", "columns", "rows"], ["apart"], ["axis": .int(0)])
                writer.node("Reshape", ["kh", "merged"], ["k3"])
                writer.node("Transpose", ["k3"], ["k3t"], ["perm": .ints([0, 2, 1])])
                writer.node("Reshape", ["k3t", "apart"], ["kt"])
            }
        }

        private func writeScores(_ writer: inout ModelWriter) {
            var (q, k) = ("qh", "kt")
            if scale == .both || scale == .query {
                writer.node("Mul", ["qh", "root"], ["qs"])
                q = "qs"
            }
            if scale == .both {
                writer.node("Mul", ["root", "kt"], ["ks2"])
                k = "ks2"
            }
            writer.node("MatMul", [q, k], ["scores"])
            switch scale {
            case .product: writer.node("Mul", ["scores", "scale"], ["scaled"])
            case .quotient: writer.node("Div", ["scores", "divisor"], ["scaled"])
            default: writer.node("Identity", ["scores"], ["scaled"])
            }
            let extents = splitsHeads ? [-1, 1, 1, -1] : [-1, 1, -1]
            switch mask {
            case .none: writer.node("Identity", ["scaled"], ["masked"])
            case .added, .added4:
                writer.input("mask", .fp32, mask == .added ? extents : [-1, 2, -1, -1])
                writer.node("Add", ["mask", "scaled"], ["masked"])
            case .addedTwice:
                writer.input("mask", .fp32, extents)
                writer.input("position", .fp32, [1, 2, -1, -1])
                writer.node("Add", ["scaled", "position"], ["placed"])
                writer.node("Add", ["placed", "mask"], ["masked"])
            case .whereMasked, .whereZero, .constant:
                writer.input("mask", .bool, extents)
                let fill = mask == .whereMasked ? "low" : mask == .constant ? "minusTen" : "zero"
                writer.node("Where", ["mask", fill, "scaled"], ["masked"])
            case .whereKept:
                writer.input("mask", .bool, extents)
                writer.node("Where", ["mask", "scaled", "low"], ["masked"])
            }
        }

        /// Inputs for two batches.
        func inputs(queries: Int, keys: Int) -> [String: Tensor] {
            let width = splitsHeads ? 16 : 8
            var inputs: [String: Tensor] = [
                "q": .pattern([2, queries, width], seed: 1), "k": .pattern([2, keys, width], seed: 2),
                "v": .pattern([2, keys, width], seed: 3),
            ]
            let shape: Shape = splitsHeads ? [2, 1, 1, keys] : [2, 1, keys]
            switch mask {
            case .none: break
            case .added: inputs["mask"] = .pattern(shape, seed: 4)
            case .added4: inputs["mask"] = .pattern([2, 2, queries, keys], seed: 4)
            case .addedTwice:
                inputs["mask"] = .pattern(shape, seed: 4)
                inputs["position"] = .pattern([1, 2, queries, keys], seed: 5)
            default:
                inputs["mask"] = Tensor((0..<2 * keys).map { $0 % 3 == 1 }, shape: shape)
            }
            return inputs
        }
    }

    static let spellings: [Steps] = {
        var steps: [Steps] = []
        for scale in [Steps.Scale.none, .product, .quotient, .both, .query] { steps.append(Steps(scale: scale)) }
        for mask in [Steps.Mask.added, .added4, .addedTwice, .whereMasked, .whereKept, .constant] {
            steps.append(Steps(mask: mask))
            steps.append(Steps(scale: .both, mask: mask, key: .transposed, hasGuard: true))
        }
        steps.append(Steps(key: .transposed))
        steps.append(Steps(scale: .both, key: .reshaped))
        steps.append(Steps(axis: 3))
        steps.append(Steps(asksForShape: true))
        steps.append(Steps(mask: .added, splitsHeads: false))
        return steps
    }()

    @Test("makes one kernel of the steps", arguments: spellings) func fuses(steps: Steps) throws {
        let check = PassCheck(["identity-elimination", "attention-fusion"], steps.writer)
        let types = try check.types()
        #expect(types.contains("Attention"))
        #expect(!types.contains("Softmax") && !types.contains("MatMul"))
        for (queries, keys) in [(5, 5), (1, 7), (40, 300)] {
            try check.expectSame(steps.inputs(queries: queries, keys: keys))
        }
    }

    @Test("absorbs the transposes around it") func absorbsTransposes() throws {
        let check = PassCheck(["identity-elimination", "attention-fusion"], Steps(key: .transposed).writer)
        #expect(try check.types() == ["Attention", "Reshape", "Reshape", "Reshape", "Reshape"])
    }

    @Test("a query without keys is NaN, or zero with the guard", arguments: [false, true])
    func maskedQuery(hasGuard: Bool) throws {
        let steps = Steps(mask: .added, hasGuard: hasGuard)
        let check = PassCheck(["identity-elimination", "attention-fusion"], steps.writer)
        var inputs = steps.inputs(queries: 3, keys: 4)
        inputs["mask"] = Tensor([0, 0, 0, 0] + [Float](repeating: -.infinity, count: 4), shape: [2, 1, 1, 4])
        try check.expectSame(inputs)
    }

    @Test(
        "leaves alone what it could not compute alike",
        arguments: [
            Steps(mask: .whereZero), Steps(axis: 2), Steps(usesWeights: true), Steps(usesScores: true),
            Steps(hasGuard: true, usesWeights: true),
        ])
    func nearMiss(steps: Steps) throws {
        let check = PassCheck(["identity-elimination", "attention-fusion"], steps.writer)
        #expect(try check.types().contains("Softmax"))
        try check.expectSame(steps.inputs(queries: 5, keys: 5))
    }

    @Test("a reshape that only looks like a transpose of K is kept") func reshapedOtherwise() throws {
        // Rows and columns change places in the shape, but nothing is transposed in between.
        var writer = ModelWriter(opset: 17)
        writer.input("q", .fp32, [-1, 2, 4, 4])
        writer.input("k", .fp32, [-1, 2, 4, 4])
        writer.output("y", .fp32, [-1, 2, 4, 4])
        writer.integers("three", [-1, 4, 4])
        writer.integers("four", [2, -1, 4, 4])
        writer.node("Reshape", ["k", "three"], ["k3"])
        writer.node("Transpose", ["k3"], ["k3t"], ["perm": .ints([0, 2, 1])])
        writer.node("Reshape", ["k3t", "four"], ["kt"])
        writer.node("MatMul", ["q", "kt"], ["scores"])
        writer.node("Softmax", ["scores"], ["weights"])
        writer.node("MatMul", ["weights", "k"], ["y"])
        let check = PassCheck(["attention-fusion"], writer)
        try check.expectSame(["q": .pattern([2, 2, 4, 4], seed: 1), "k": .pattern([2, 2, 4, 4], seed: 2)])
    }
}
