import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct SequenceEliminationTests {
    private static let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

    private static func model(
        opset: Int = 13, output: DataType = .fp32, shape: [Int] = [2, 3], _ write: (inout ModelWriter) -> Void
    ) -> Bytes {
        var model = ModelWriter(opset: opset)
        model.input("x", .fp32, shape)
        for (name, value) in [("zero", 0), ("one", 1), ("two", 2), ("minus", -1)] as [(String, Int64)] {
            model.initializer(name, Tensor([value], shape: []))
        }
        write(&model)
        model.output("y", output, [-1])
        return model.bytes()
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var opset = 13
        var write: @Sendable (inout ModelWriter) -> Void
        var expected: [Float]
        var shape: Shape
    }

    @Test(
        "sequences that the file alone resolves become plain values",
        arguments: [
            Row(
                testDescription: "split into ones and picked",
                write: {
                    $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(1)])
                    $0.node("SequenceAt", ["s", "minus"], ["y"])
                }, expected: [3, 6], shape: [2, 1]),
            Row(
                testDescription: "split without the axis, before axes were inputs", opset: 12,
                write: {
                    $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(-1), "keepdims": .int(0)])
                    $0.node("SequenceAt", ["s", "one"], ["y"])
                }, expected: [2, 5], shape: [2]),
            Row(
                testDescription: "split into twos and a rest",
                write: {
                    $0.node("SplitToSequence", ["x", "two"], ["s"], ["axis": .int(1)])
                    $0.node("SequenceAt", ["s", "one"], ["y"])
                }, expected: [3, 6], shape: [2, 1]),
            Row(
                testDescription: "put together, inserted, erased and joined",
                write: {
                    $0.node("Neg", ["x"], ["n"])
                    $0.node("SequenceConstruct", ["x", "x"], ["s"])
                    $0.node("SequenceInsert", ["s", "n", "one"], ["t"])
                    $0.node("SequenceErase", ["t", "zero"], ["u"])
                    $0.node("ConcatFromSequence", ["u"], ["y"], ["axis": .int(0)])
                }, expected: [-1, -2, -3, -4, -5, -6, 1, 2, 3, 4, 5, 6], shape: [4, 3]),
            Row(
                testDescription: "joined along a new axis",
                write: {
                    $0.node("SequenceEmpty", [], ["e"])
                    $0.node("SequenceInsert", ["e", "x"], ["s"])
                    $0.node("SequenceInsert", ["s", "x"], ["t"])
                    $0.node("ConcatFromSequence", ["t"], ["y"], ["axis": .int(-1), "new_axis": .int(1)])
                }, expected: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], shape: [2, 3, 2]),
            Row(
                testDescription: "optionals that hold something", opset: 18,
                write: {
                    $0.node("Optional", ["x"], ["o"])
                    $0.node("OptionalGetElement", ["o"], ["y"])
                }, expected: [1, 2, 3, 4, 5, 6], shape: [2, 3]),
        ])
    func resolved(row: Row) throws {
        let model = try Model(data: Self.model(opset: row.opset, row.write))
        let output = try model.run(["x": Self.x])["y"]
        #expect(output?.elements(as: Float.self) == row.expected)
        #expect(output?.shape == row.shape)
    }

    @Test("the number of elements is a constant") func length() throws {
        let model = try Model(
            data: Self.model(output: .int64) {
                $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(1)])
                $0.node("SequenceLength", ["s"], ["y"])
            })
        #expect(try model.run(["x": Self.x])["y"]?.elements(as: Int64.self) == [3])
    }

    /// A loop of three iterations that appends `x` times the iteration's number to a sequence.
    private static func loop(
        _ model: inout ModelWriter, position: Bool = false, readsItself: Bool = false, initial: [String] = []
    ) {
        var body = ModelWriter(opset: 18)
        body.input("i", .int64, [])
        body.input("going", .bool, [])
        body.graphField(11, bytes: sequenceValue("s"))
        body.node("Cast", ["i"], ["number"], ["to": .int(1)])
        body.node("Mul", ["x", "number"], ["element"])
        body.node("SequenceInsert", position ? ["s", "element", "zero"] : ["s", "element"], ["t"])
        if readsItself { body.node("SequenceLength", ["t"], ["length"]) }
        body.node("Identity", ["going"], ["still"])
        body.output("still", .bool, [])
        body.graphField(12, bytes: sequenceValue("t"))
        body.output("number", .fp32, [])
        model.initializer("count", Tensor([3] as [Int64], shape: []))
        model.node(initial.isEmpty ? "SequenceEmpty" : "SequenceConstruct", initial, ["e"])
        model.graphField(1, bytes: loopNode(body.graphBytes))
    }

    private static func sequenceValue(_ name: String) -> [UInt8] {
        var value = MessageWriter()
        value.field(1, text: name)
        value.field(2) { $0.field(4) { $0.field(1) { $0.field(1) { $0.field(1, int: 1) } } } }
        return value.bytes
    }

    private static func loopNode(_ body: [UInt8]) -> [UInt8] {
        var node = MessageWriter()
        ModelWriter.write("Loop", ["count", "", "e"], ["filled", "numbers"], [:], "", "", into: &node)
        node.field(5) {
            $0.field(1, text: "body")
            $0.field(6, bytes: body)
            $0.field(20, int: 5)
        }
        return node.bytes
    }

    @Test(
        "a sequence that a loop fills becomes a stack",
        arguments: [
            Row(
                testDescription: "joined", opset: 18,
                write: {
                    loop(&$0)
                    $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(0)])
                }, expected: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12], shape: [6, 3]),
            Row(
                testDescription: "joined, before axes were an input", opset: 17,
                write: {
                    loop(&$0)
                    $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(0)])
                }, expected: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12], shape: [6, 3]),
            Row(
                testDescription: "joined along a new axis", opset: 18,
                write: {
                    loop(&$0)
                    $0.node("Identity", ["filled"], ["same"])
                    $0.node("ConcatFromSequence", ["same"], ["y"], ["axis": .int(0), "new_axis": .int(1)])
                }, expected: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12], shape: [3, 2, 3]),
            Row(
                testDescription: "picked from the end", opset: 18,
                write: {
                    loop(&$0)
                    $0.node("SequenceAt", ["filled", "minus"], ["y"])
                }, expected: [2, 4, 6, 8, 10, 12], shape: [2, 3]),
            Row(
                testDescription: "counted", opset: 18,
                write: {
                    loop(&$0)
                    $0.node("SequenceLength", ["filled"], ["n"])
                    $0.node("Cast", ["n"], ["y"], ["to": .int(1)])
                }, expected: [3], shape: []),
            Row(
                testDescription: "beside what else the loop gives", opset: 18,
                write: {
                    loop(&$0)
                    $0.node("SequenceLength", ["filled"], ["n"])
                    $0.node("Cast", ["n"], ["f"], ["to": .int(1)])
                    $0.node("Add", ["numbers", "f"], ["y"])
                }, expected: [3, 4, 5], shape: [3]),
        ])
    func filledByLoop(row: Row) throws {
        let model = try Model(data: Self.model(opset: row.opset, row.write))
        let output = try model.run(["x": Self.x])["y"]
        #expect(output?.elements(as: Float.self) == row.expected)
        #expect(output?.shape == row.shape)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var shape = [2, 3]
        var write: @Sendable (inout ModelWriter) -> Void
    }

    @Test(
        "other sequences are refused by name, so that another backend may take the model",
        arguments: [
            Refusal(testDescription: "a place that only a request tells") {
                $0.input("place", .int64, [])
                $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(1)])
                $0.node("SequenceAt", ["s", "place"], ["y"])
            },
            Refusal(testDescription: "an extent that only a request tells", shape: [2, -1]) {
                $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(1)])
                $0.node("SequenceAt", ["s", "zero"], ["y"])
            },
            Refusal(testDescription: "a place beyond the end") {
                $0.node("SequenceConstruct", ["x"], ["s"])
                $0.node("SequenceAt", ["s", "one"], ["y"])
            },
            Refusal(testDescription: "more elements than a sequence may have", shape: [2, 1 << 13]) {
                $0.node("SplitToSequence", ["x"], ["s"], ["axis": .int(1)])
                $0.node("SequenceAt", ["s", "zero"], ["y"])
            },
            Refusal(testDescription: "nothing to join") {
                $0.node("SequenceEmpty", [], ["s"])
                $0.node("ConcatFromSequence", ["s"], ["y"], ["axis": .int(0)])
            },
            Refusal(testDescription: "a loop that puts elements in front") {
                loop(&$0, position: true)
                $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(0)])
            },
            Refusal(testDescription: "a loop that looks at what it fills") {
                loop(&$0, readsItself: true)
                $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(0)])
            },
            Refusal(testDescription: "a loop that goes on filling a sequence") {
                loop(&$0, initial: ["x"])
                $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(0)])
            },
            Refusal(testDescription: "a loop's sequence joined along another axis") {
                loop(&$0)
                $0.node("ConcatFromSequence", ["filled"], ["y"], ["axis": .int(1)])
            },
            Refusal(testDescription: "a sequence as another operator's input") {
                $0.node("SequenceConstruct", ["x"], ["s"])
                $0.node("Neg", ["s"], ["y"])
            },
        ])
    func refused(refusal: Refusal) {
        let error = #expect(throws: InferError.self) {
            try Model(data: Self.model(shape: refusal.shape, refusal.write))
        }
        #expect(error?.code == .unsupported, "\(error?.message ?? "")")
        #expect(error?.message.lowercased().contains("sequence") ?? false, "\(error?.message ?? "")")
    }
}
