import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct PadTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var mode: String
        var shape: [Int]
        var pads: [Int64]
        var expected: [Float]

        init(_ description: String, _ mode: String, _ shape: [Int], _ pads: [Int64], _ expected: [Float]) {
            testDescription = description
            (self.mode, self.shape, self.pads, self.expected) = (mode, shape, pads, expected)
        }
    }

    @Test(
        "what is added repeats the input",
        arguments: [
            Row("an edge, cut off before", "edge", [5], [-1, 2], [2, 3, 4, 5, 5, 5]),
            Row("an edge, cut off behind", "edge", [5], [2, -3], [1, 1, 1, 2]),
            Row("an edge of two axes", "edge", [2, 2], [1, 1, 0, 1], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4]),
            Row("more of an edge than there is", "edge", [1, 2], [0, 3, 1, 0], [1, 1, 1, 1, 2, 1, 1, 1, 1, 2]),
            Row("around, cut off before", "wrap", [5], [-2, 3], [3, 4, 5, 1, 2, 3]),
            Row("around more than once", "wrap", [2], [3, 2], [2, 1, 2, 1, 2, 1, 2]),
            Row("mirrored, cut off behind", "reflect", [5], [2, -1], [3, 2, 1, 2, 3, 4]),
            Row("mirrored on both axes", "reflect", [2, 2], [1, 1, 0, 0], [4, 3, 4, 2, 1, 2, 4, 3, 4]),
            Row("an edge, of which nothing else is left", "edge", [5], [2, -6], [1]),
            Row("an edge behind all that is cut off", "edge", [3], [-3, 2], [3, 3]),
            Row("all cut off", "edge", [3], [-3, 0], []),
            Row("a single number", "edge", [], [], [1]),
        ])
    func repeats(row: Row) throws {
        var writer = ModelWriter(opset: 19)
        writer.input("x", .fp32, row.shape)
        writer.initializer("pads", Tensor(row.pads, shape: [row.pads.count]))
        writer.node("Pad", ["x", "pads"], ["y"], ["mode": .text(row.mode)])
        writer.output("y", .fp32, row.shape.map { _ in -1 })
        let shape = Shape(row.shape)
        let x = Tensor((0..<shape.elementCount).map { Float($0 + 1) }, shape: shape)
        let result = try Model(data: writer.bytes()).run(["x": x])["y"]
        #expect(result?.elements(as: Float.self) == row.expected)
    }

    @Test("a result beyond the limit is refused before anything of its size is made", arguments: [false, true])
    func limit(isConstant: Bool) throws {
        for mode in ["edge", "wrap", "constant"] {
            var writer = ModelWriter(opset: 19)
            writer.input("x", .uint8, [-1])
            let pads = Tensor([0, 1 << 31 - 2] as [Int64], shape: [2])
            if isConstant { writer.initializer("pads", pads) } else { writer.input("pads", .int64, [2]) }
            writer.node("Pad", ["x", "pads"], ["y"], ["mode": .text(mode)])
            writer.output("y", .uint8, [-1])
            var options = EngineOptions()
            options.maxRunByteCount = 1 << 20
            var inputs = ["x": Tensor([1, 2] as [UInt8], shape: [2])]
            if !isConstant { inputs["pads"] = pads }
            let model = try Model(data: writer.bytes(), options: options)
            let error = #expect(throws: InferError.self) { try model.run(inputs) }
            #expect(error?.code == .resourceExhausted)
        }
    }
}
