import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct EngineOptionsTests {
    /// `y = x` repeated to `[rows of x, 1000]`, and where `isOpen` a shape that only the run can tell.
    private func repeating(isOpen: Bool, limit: Int) throws -> Model {
        var writer = ModelWriter(opset: 13)
        writer.input("x", .fp32, [-1, 1])
        writer.output("y", .fp32, [-1, -1])
        if isOpen {
            writer.input("shape", .int64, [2])
        } else {
            writer.initializer("shape", Tensor([1, 1000] as [Int64], shape: [2]))
        }
        writer.node("Expand", ["x", "shape"], ["y"])
        var options = EngineOptions()
        options.maxRunByteCount = limit
        return try Model(data: writer.bytes(), options: options)
    }

    @Test("refuses a run beyond its byte limit and takes one at it", arguments: [false, true])
    func byteLimit(isOpen: Bool) throws {
        let model = try repeating(isOpen: isOpen, limit: 8000)
        func run(rows: Int) throws(InferError) -> [String: Tensor] {
            var inputs = ["x": Tensor([Float](repeating: 1, count: rows), shape: [rows, 1])]
            if isOpen { inputs["shape"] = Tensor([1, 1000] as [Int64], shape: [2]) }
            return try model.run(inputs)
        }
        #expect(try run(rows: 2)["y"]?.shape == [2, 1000])
        let error = #expect(throws: InferError.self) { try run(rows: 3) }
        #expect(error?.code == .resourceExhausted && error?.message.contains("8000") == true, "\(error?.message ?? "")")
    }
}
