import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct ModelProfileTests {
    private static func profile(rows: Int, runs: Int = 2) throws -> ModelProfile {
        let model = try Model(data: ModelTests.network().bytes())
        return try model.profile(["x": ModelTests.input(rows: rows)], runs: runs)
    }

    @Test func eachStepHasItsTimeItsWorkAndItsBytes() throws {
        let profile = try Self.profile(rows: 6)
        let layer = try #require(profile.steps.first)
        #expect(layer.type == "MatMul+Add")
        #expect(layer.variant == "packed")
        #expect(layer.output == "FP32[6,5]")
        #expect(layer.floatingPointOperations == 2 * 6 * 4 * 5)
        // Rows of 4 in, weights 4 x 5, a bias of 5, rows of 5 out.
        #expect(layer.byteCount == 4 * (6 * 4 + 4 * 5 + 5 + 6 * 5))
        #expect(profile.steps.allSatisfy { $0.microseconds > 0 })
        #expect(profile.microseconds == profile.steps.reduce(0) { $0 + $1.microseconds })
        #expect(profile.peak > 0)
    }

    @Test func aWrongInputIsTheRequestsFault() throws {
        let model = try Model(data: ModelTests.network().bytes())
        #expect(throws: InferError.self) { try model.profile(["x": Tensor([1] as [Float], shape: [1, 1])], runs: 1) }
    }
}
