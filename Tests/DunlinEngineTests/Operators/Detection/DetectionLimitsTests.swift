import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Requests of a few bytes that ask for a great deal.
@Suite struct DetectionLimitsTests {
    private static func align(_ side: Float) throws -> Tensor? {
        var writer = ModelWriter(opset: 16)
        writer.input("x", .fp32, [1, 2, 2, 2])
        writer.input("regions", .fp32, [-1, 4])
        writer.initializer("numbers", Tensor([0] as [Int64], shape: [1]))
        writer.node("RoiAlign", ["x", "regions", "numbers"], ["y"])
        writer.output("y", .fp32, [-1, 2, 1, 1])
        let x = Tensor([Float](repeating: 1, count: 8), shape: [1, 2, 2, 2])
        return try Model(data: writer.bytes()).run([
            "x": x, "regions": Tensor([0, 0, side, side], shape: [1, 4]),
        ])["y"]
    }

    @Test("regions may need so many samples and not more")
    func samples() throws {
        #expect(try Self.align(2)?.shape == [1, 2, 1, 1])
        // 2^16 samples on either axis, in two channels.
        let error = #expect(throws: InferError.self) { try Self.align(65_536) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("more than 4294967296 samples in 2 channels") ?? false)
    }

    @Test("a grid beyond the limit is refused before anything of its size is made")
    func grid() throws {
        var writer = ModelWriter(opset: 20)
        writer.input("map", .fp32, [1, 2, 3])
        writer.input("size", .int64, [4])
        writer.node("AffineGrid", ["map", "size"], ["y"])
        writer.output("y", .fp32, [-1, -1, -1, 2])
        var options = EngineOptions()
        options.maxRunByteCount = 1 << 10
        let model = try Model(data: writer.bytes(), options: options)
        func run(_ height: Int64) throws -> Tensor? {
            try model.run([
                "map": Tensor([1, 0, 0, 0, 1, 0] as [Float], shape: [1, 2, 3]),
                "size": Tensor([1, 1, height, 1], shape: [4]),
            ])["y"]
        }
        let error = #expect(throws: InferError.self) { try run(1 << 30) }
        #expect(error?.code == .resourceExhausted)
        #expect(try run(2)?.elements(as: Float.self) == [0, -0.5, 0, 0.5])
    }
}
