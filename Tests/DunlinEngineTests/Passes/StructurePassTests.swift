import DunlinEngine
import DunlinTensor
import Testing

/// Passes that remove or merge nodes without knowing what they compute.
@Suite struct StructurePassTests {
    // MARK: Common subexpressions

    @Test("nodes that compute the same share one result") func commonSubexpressions() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 6])
        writer.output("y", .fp32, [-1, 6])
        // Each branch has its own copy of the number.
        for branch in ["a", "b"] {
            writer.number("\(branch)two", 2)
            writer.node("Exp", ["x"], ["\(branch)e"])
            writer.node("Mul", ["\(branch)e", "\(branch)two"], ["\(branch)m"])
        }
        writer.node("Add", ["am", "bm"], ["y"])
        let check = PassCheck(["subexpression-sharing"], writer)
        #expect(try check.types() == ["Add", "Exp", "Mul"])
        try check.expectSame(["x": .pattern([3, 6])])
    }

    @Test("other attributes, numbers, inputs or random numbers are not the same") func differentExpressions() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 6])
        writer.number("two", 2)
        writer.number("three", 3)
        for (index, axis) in [0, 1].enumerated() {
            writer.node("Softmax", ["x"], ["s\(index)"], ["axis": .int(axis)])
            writer.output("s\(index)", .fp32, [-1, 6])
        }
        for (index, number) in ["two", "three"].enumerated() {
            writer.node("Mul", ["x", number], ["m\(index)"])
            writer.output("m\(index)", .fp32, [-1, 6])
        }
        writer.node("Sub", ["x", "two"], ["d0"])
        writer.node("Sub", ["two", "x"], ["d1"])
        for index in 0...1 { writer.output("d\(index)", .fp32, [-1, 6]) }
        let check = PassCheck(["subexpression-sharing"], writer)
        #expect(try check.types() == ["Mul", "Mul", "Softmax", "Softmax", "Sub", "Sub"])
        try check.expectSame(["x": .pattern([3, 6])])
    }

    @Test("a node has its twin among several that differ") func manyExpressions() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 6, 2])
        for (index, order) in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 0, 1], [2, 1, 0], [1, 0, 2]].enumerated() {
            writer.node("Transpose", ["x"], ["t\(index)"], ["perm": .ints(order)])
            writer.node("Exp", ["t\(index)"], ["y\(index)"])
            writer.output("y\(index)", .fp32, [-1, -1, -1])
        }
        let check = PassCheck(["subexpression-sharing"], writer)
        #expect(try check.types().filter { $0 == "Transpose" }.count == 4)
        try check.expectSame(["x": .pattern([3, 6, 2])])
    }

    @Test("equal results that are outputs keep their names") func commonOutputs() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 6])
        for name in ["a", "b"] {
            writer.node("Exp", ["x"], [name])
            writer.output(name, .fp32, [-1, 6])
        }
        let check = PassCheck(["subexpression-sharing"], writer)
        #expect(try check.types() == ["Exp"])
        try check.expectSame(["x": .pattern([3, 6])])
    }

    // MARK: Transposes and reshapes

    @Test("transposes that cancel are removed, others become one") func transposes() throws {
        func writer(_ second: [Int]) -> ModelWriter {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 3, 4])
            writer.output("y", .fp32, [-1, -1, -1])
            writer.node("Transpose", ["x"], ["t"], ["perm": .ints([2, 0, 1])])
            writer.node("Transpose", ["t"], ["u"], ["perm": .ints(second)])
            writer.node("Neg", ["u"], ["y"])
            return writer
        }
        for (second, expected) in [([1, 2, 0], ["Neg"]), ([0, 2, 1], ["Neg", "Transpose"])] {
            let check = PassCheck(["transpose-elimination"], writer(second))
            #expect(try check.types() == expected)
            try check.expectSame(["x": .pattern([2, 3, 4])])
        }
    }

    @Test("a transpose whose result is used twice stays for the other user") func sharedTranspose() throws {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, 3, 4])
        writer.output("y", .fp32, [-1, 3, 4])
        writer.output("z", .fp32, [4, -1, 3])
        writer.node("Transpose", ["x"], ["t"], ["perm": .ints([2, 0, 1])])
        writer.node("Transpose", ["t"], ["u"], ["perm": .ints([1, 2, 0])])
        writer.node("Neg", ["u"], ["y"])
        writer.node("Neg", ["t"], ["z"])
        let check = PassCheck(["transpose-elimination"], writer)
        #expect(try check.types() == ["Neg", "Neg", "Transpose"])
        try check.expectSame(["x": .pattern([2, 3, 4])])
    }

    @Test("reshapes in a row become one, unless the second copies an extent") func reshapes() throws {
        for (second, expected) in [([3, -1], 1), ([0, -1], 2)] {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [-1, 3, 4])
            writer.output("y", .fp32, [-1, -1])
            writer.integers("first", [4, -1])
            writer.integers("second", second)
            writer.node("Reshape", ["x", "first"], ["r"])
            writer.node("Reshape", ["r", "second"], ["s"])
            writer.node("Neg", ["s"], ["y"])
            let check = PassCheck(["reshape-elimination"], writer)
            #expect(try check.types().filter { $0 == "Reshape" }.count == expected)
            try check.expectSame(["x": .pattern([2, 3, 4])])
        }
    }

    @Test("a reshape to the same known shape is removed") func sameShape() throws {
        for (shape, expected) in [([2, 3], ["Neg"]), ([3, 2], ["Neg", "Reshape"])] {
            var writer = ModelWriter(opset: 17)
            writer.input("x", .fp32, [2, 3])
            writer.output("y", .fp32, shape)
            writer.integers("shape", shape)
            writer.node("Reshape", ["x", "shape"], ["r"])
            writer.node("Neg", ["r"], ["y"])
            let check = PassCheck(["reshape-elimination"], writer)
            #expect(try check.types() == expected)
            try check.expectSame(["x": .pattern([2, 3])])
        }
    }

    // MARK: Matrix products

    @Test("a product reads a transposed side as it was") func matMulTranspose() throws {
        for (left, right, expected) in [
            ([0, 1, 2], [0, 2, 1], ["FusedMatMul", "Transpose"]), ([0, 2, 1], [0, 2, 1], ["FusedMatMul"]),
            ([1, 0, 2], [1, 0, 2], ["MatMul", "Transpose", "Transpose"]),
        ] {
            var writer = ModelWriter(opset: 17)
            writer.input("a", .fp32, [5, 5, 5])
            writer.input("b", .fp32, [5, 5, 5])
            writer.output("y", .fp32, [5, 5, 5])
            writer.node("Transpose", ["a"], ["at"], ["perm": .ints(left)])
            writer.node("Transpose", ["b"], ["bt"], ["perm": .ints(right)])
            writer.node("MatMul", ["at", "bt"], ["y"])
            let check = PassCheck(["matmul-transpose-fusion"], writer)
            #expect(try check.types() == expected)
            try check.expectSame(["a": .pattern([5, 5, 5], seed: 1), "b": .pattern([5, 5, 5], seed: 2)])
        }
    }

    /// Products of one tensor by matrices of these columns, each with a bias and an activation.
    private func shared(_ columns: [Int], spacing: Int = 0, depths: [Int]? = nil) -> ModelWriter {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1, -1, 24])
        for (index, count) in columns.enumerated() {
            writer.initializer("w\(index)", .pattern([24, count], seed: index + 2))
            writer.initializer("b\(index)", .pattern([count], seed: index + 9))
            writer.node("MatMul", ["x", "w\(index)"], ["m\(index)"])
            writer.node("Add", ["m\(index)", "b\(index)"], ["s\(index)"])
            writer.node(index == 1 ? "Tanh" : "Relu", ["s\(index)"], ["y\(index)"])
            writer.output("y\(index)", .fp32, [-1, -1, count])
            for step in 0..<spacing {
                writer.node("Neg", [step == 0 ? "y\(index)" : "n\(index)x\(step - 1)"], ["n\(index)x\(step)"])
                writer.output("n\(index)x\(step)", .fp32, [-1, -1, count])
            }
        }
        return writer
    }

    static let linear: Set<String> = ["matmul-add-fusion", "activation-fusion", "shared-linear-fusion"]

    @Test("products of one tensor read it once", arguments: [[16, 16, 16], [40, 7, 1], [33, 100]])
    func sharedProducts(columns: [Int]) throws {
        let check = PassCheck(Self.linear, shared(columns))
        #expect(try check.types() == [columns.map { _ in "MatMul+Add" }.joined(separator: "|")])
        for rows in [1, 2, 3, 4, 5, 30, 400] { try check.expectSame(["x": .pattern([1, rows, 24])]) }
    }

    @Test("distant products are left apart") func distantProducts() throws {
        let near = PassCheck(Self.linear, shared([8, 8], spacing: 23))
        #expect(try near.types().contains("MatMul+Add|MatMul+Add"))
        let far = PassCheck(Self.linear, shared([8, 8], spacing: 24))
        #expect(try !far.types().contains("MatMul+Add|MatMul+Add"))
        try near.expectSame(["x": .pattern([1, 5, 24])])
        try far.expectSame(["x": .pattern([1, 5, 24])])
    }
}
