import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct WindowTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var extent, kernel, stride, before, after: Int
        var most, mean, meanWithPads: [Float]

        var testDescription: String {
            "\(kernel) of \(extent) in steps of \(stride), \(before) and \(after) added"
        }

        init(
            _ extent: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int, _ most: [Float], _ mean: [Float],
            _ meanWithPads: [Float]? = nil
        ) {
            (self.extent, self.kernel, self.stride, self.before, self.after) = (extent, kernel, stride, before, after)
            (self.most, self.mean, self.meanWithPads) = (most, mean, meanWithPads ?? mean)
        }
    }

    // What ONNX Runtime 1.31 makes of 1, 2, 3, ….
    @Test(
        "with ceil_mode the last window may end beyond the image, also when it is the only one",
        arguments: [
            Row(2, 3, 2, 0, 0, [2], [1.5]), Row(1, 2, 2, 0, 0, [1], [1]), Row(1, 2, 1, 0, 0, [], []),
            Row(2, 4, 2, 0, 0, [], []), Row(2, 4, 2, 1, 0, [2], [1.5], [1]), Row(2, 5, 2, 0, 1, [], []),
            Row(3, 5, 4, 1, 0, [3], [2], [1.5]), Row(3, 3, 2, 0, 0, [3], [2]),
            Row(4, 3, 2, 0, 0, [3, 4], [2, 3.5]), Row(5, 2, 3, 0, 1, [2, 5], [1.5, 4.5]),
            Row(2, 5, 1, 1, 1, [], []), Row(6, 5, 4, 0, 0, [5, 6], [3, 5.5]),
        ])
    func roundingUp(row: Row) throws {
        for rank in 1...3 {
            for (type, includesPads, expected) in [
                ("MaxPool", false, row.most), ("AveragePool", false, row.mean), ("AveragePool", true, row.meanWithPads),
            ] {
                var writer = ModelWriter(opset: 19)
                // Further axes of one element before the one that is looked at.
                let ones = [Int](repeating: 1, count: rank - 1), none = [Int](repeating: 0, count: rank - 1)
                writer.input("x", .fp32, [1, 1] + ones + [-1])
                var attributes: KeyValuePairs<String, ModelWriter.Attribute> = [
                    "kernel_shape": .ints(ones + [row.kernel]), "strides": .ints(ones + [row.stride]),
                    "pads": .ints(none + [row.before] + none + [row.after]), "ceil_mode": .int(1),
                ]
                if includesPads {
                    attributes = [
                        "kernel_shape": .ints(ones + [row.kernel]), "strides": .ints(ones + [row.stride]),
                        "pads": .ints(none + [row.before] + none + [row.after]), "ceil_mode": .int(1),
                        "count_include_pad": .int(1),
                    ]
                }
                writer.node(type, ["x"], ["y"], attributes)
                writer.output("y", .fp32, [1, 1] + ones + [-1])
                let x = Tensor((1...row.extent).map(Float.init), shape: Shape([1, 1] + ones + [row.extent]))
                let result = try Model(data: writer.bytes()).run(["x": x])["y"]
                #expect(result?.elements(as: Float.self) == expected, "\(type), \(rank) axes, pads: \(includesPads)")
            }
        }
    }

    @Test("without ceil_mode a kernel that does not fit is refused")
    func roundingDown() throws {
        var writer = ModelWriter(opset: 19)
        writer.input("x", .fp32, [1, 1, -1])
        writer.node("MaxPool", ["x"], ["y"], ["kernel_shape": .ints([3]), "strides": .ints([2])])
        writer.output("y", .fp32, [1, 1, -1])
        let model = try Model(data: writer.bytes())
        #expect(throws: InferError.self) { try model.run(["x": .pattern([1, 1, 2])]) }
        #expect(try model.run(["x": .pattern([1, 1, 3])])["y"]?.shape == [1, 1, 1])
    }
}
