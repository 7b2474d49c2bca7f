import DunlinEngine
import DunlinTensor
import Testing

@Suite struct ResizeTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var extent: Int
        var scale: Float
        var expected: [Float]

        var testDescription: String { "\(extent) elements times \(scale)" }
    }

    // What ONNX Runtime 1.31 makes of 0, 1, 2, ….
    @Test(
        "before opset 11 the nearest element is the one behind when shrinking, and the one before when growing",
        arguments: [
            Row(extent: 7, scale: 0.6, expected: [0, 2, 4, 5]), Row(extent: 10, scale: 0.3, expected: [0, 4, 7]),
            Row(extent: 5, scale: 0.5, expected: [0, 2]), Row(extent: 2, scale: 0.5, expected: [0]),
            Row(extent: 3, scale: 1.5, expected: [0, 0, 1, 2]), Row(extent: 2, scale: 2, expected: [0, 0, 1, 1]),
        ])
    func nearest(row: Row) throws {
        var writer = ModelWriter(opset: 10)
        writer.input("x", .fp32, [1, 1, 1, row.extent])
        writer.initializer("scales", Tensor([1, 1, 1, row.scale] as [Float], shape: [4]))
        writer.node("Resize", ["x", "scales"], ["y"])
        writer.output("y", .fp32, [1, 1, 1, -1])
        let x = Tensor((0..<row.extent).map(Float.init), shape: [1, 1, 1, row.extent])
        let result = try Model(data: writer.bytes()).run(["x": x])["y"]
        #expect(result?.elements(as: Float.self) == row.expected)
    }
}
