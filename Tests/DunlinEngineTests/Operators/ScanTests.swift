import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct ScanTests {
    /// Running sums of the slices of `x`; `y` stacks them, `last` is the last sum plus the outer value `w`.
    private static func sums(_ attributes: KeyValuePairs<String, ModelWriter.Attribute>, slice: [Int] = [-1]) -> Bytes {
        var model = ModelWriter()
        model.input("x", .fp32, [2, 3])
        model.input("start", .fp32, slice)
        model.output("last", .fp32, slice)
        model.output("y", .fp32, [-1, -1])
        ControlLimitsTests.nesting(
            "Scan", ["start", "x"], ["last", "y"],
            [
                (
                    "body",
                    {
                        $0.input("s", .fp32, slice)
                        $0.input("part", .fp32, slice)
                        $0.node("Add", ["s", "part"], ["t"])
                        $0.node("Identity", ["t"], ["out"])
                        $0.output("t", .fp32, slice)
                        $0.output("out", .fp32, slice)
                    }
                )
            ], attributes, into: &model)
        return model.bytes()
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var inputAxis = 0, outputAxis = 0
        var isInputReverse = false, isOutputReverse = false
        var last: [Float]
        var y: [Float]
        var shape: Shape
    }

    @Test(
        "slices are taken and put back along the axes and in the directions that are named",
        arguments: [
            Row(testDescription: "rows", last: [5, 7, 9], y: [1, 2, 3, 5, 7, 9], shape: [2, 3]),
            Row(
                testDescription: "rows from the end", isInputReverse: true, last: [5, 7, 9], y: [4, 5, 6, 5, 7, 9],
                shape: [2, 3]),
            Row(
                testDescription: "stacked from the end", isOutputReverse: true, last: [5, 7, 9], y: [5, 7, 9, 1, 2, 3],
                shape: [2, 3]),
            Row(
                testDescription: "columns", inputAxis: 1, last: [6, 15], y: [1, 4, 3, 9, 6, 15], shape: [3, 2]),
            Row(
                testDescription: "columns into columns, counted from the back", inputAxis: -1, outputAxis: -1,
                last: [6, 15], y: [1, 3, 6, 4, 9, 15], shape: [2, 3]),
        ])
    func axes(row: Row) throws {
        let model = try Model(
            data: Self.sums([
                "num_scan_inputs": .int(1), "scan_input_axes": .ints([row.inputAxis]),
                "scan_output_axes": .ints([row.outputAxis]),
                "scan_input_directions": .ints([row.isInputReverse ? 1 : 0]),
                "scan_output_directions": .ints([row.isOutputReverse ? 1 : 0]),
            ]))
        let start = Tensor([Float](repeating: 0, count: row.last.count), shape: [row.last.count])
        let outputs = try model.run(["x": Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]), "start": start])
        #expect(outputs["last"]?.elements(as: Float.self) == row.last)
        #expect(outputs["y"]?.elements(as: Float.self) == row.y)
        #expect(outputs["y"]?.shape == row.shape)
    }

    @Test(
        "attributes that do not fit are refused, and the node named",
        arguments: [
            ("scan_input_axes", [2]), ("scan_input_axes", [0, 0]), ("scan_output_axes", [-3]),
            ("scan_output_directions", [0, 1]), ("num_scan_inputs", [3]), ("num_scan_inputs", [0]),
        ])
    func malformed(key: String, values: [Int]) {
        let bytes =
            key == "num_scan_inputs"
            ? Self.sums([key: .int(values[0])], slice: [3])
            : Self.sums(["num_scan_inputs": .int(1), key: .ints(values)], slice: [3])
        let error = #expect(throws: InferError.self) { try Model(data: bytes) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("node 'again' (Scan)") ?? false, "\(error?.message ?? "")")
    }

    @Test("a graph sees values of the graph outside the one around it") func capturesTwoLevelsDeep() throws {
        var model = ModelWriter()
        model.input("x", .fp32, [2])
        model.input("c", .bool, [])
        model.output("y", .fp32, [2])
        model.initializer("trips", Tensor([3] as [Int64], shape: []))
        func branch(_ type: String) -> (inout ModelWriter) -> Void {
            {
                // x is the outermost graph's, s the loop's.
                $0.node(type, ["s", "x"], ["r"])
                $0.output("r", .fp32, [2])
            }
        }
        ControlLimitsTests.nesting(
            "Loop", ["trips", "", "x"], ["y"],
            [
                (
                    "body",
                    { body in
                        body.input("i", .int64, [])
                        body.input("on", .bool, [])
                        body.input("s", .fp32, [2])
                        ControlLimitsTests.nesting(
                            "If", ["c"], ["t"], [("then_branch", branch("Add")), ("else_branch", branch("Mul"))],
                            into: &body)
                        body.output("on", .bool, [])
                        body.output("t", .fp32, [2])
                    }
                )
            ], into: &model)
        let loaded = try Model(data: model.bytes())
        for (condition, expected) in [(true, [8, 12] as [Float]), (false, [16, 81])] {
            let outputs = try loaded.run([
                "x": Tensor([2, 3] as [Float], shape: [2]), "c": Tensor([condition], shape: []),
            ])
            #expect(outputs["y"]?.elements(as: Float.self) == expected)
        }
    }
}
