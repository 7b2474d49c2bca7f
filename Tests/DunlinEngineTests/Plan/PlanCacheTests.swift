import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinEngine

@Suite struct PlanCacheTests {
    /// Adds ones that planning makes: 4 bytes for each of the input's elements.
    private static func model() throws -> NativeModel {
        var writer = ModelWriter(opset: 17)
        writer.input("x", .fp32, [-1])
        writer.output("y", .fp32, [-1])
        writer.node("Shape", ["x"], ["extents"])
        writer.node("ConstantOfShape", ["extents"], ["ones"], ["value": .tensor(Tensor([1] as [Float], shape: [1]))])
        writer.node("Add", ["x", "ones"], ["y"])
        return try NativeModel.load(writer.bytes(), directory: nil, options: EngineOptions())
    }

    /// Elements of which so many plans fill what may be kept.
    private static func extent(_ planCount: Int) -> Int { PlanLimits.mostFoldedByteCount / 4 / planCount }

    @Test("plans whose constants are large make room for the next") func largeConstants() throws {
        let model = try Self.model()
        let extent = Self.extent(5)
        for index in 0..<5 {
            #expect(try model.plan(for: [[extent - index]]).foldedByteCount == (extent - index) * 4)
            #expect(model.planCount == index + 1)
        }
        _ = try model.plan(for: [[extent]])
        #expect(model.planCount == 5)
        _ = try model.plan(for: [[extent - 5]])
        #expect(model.planCount == 1)
    }

    @Test("plans of small constants are kept up to a number") func smallConstants() throws {
        let model = try Self.model()
        for extent in 1...PlanLimits.mostPlans { _ = try model.plan(for: [[extent]]) }
        #expect(model.planCount == PlanLimits.mostPlans)
        _ = try model.plan(for: [[PlanLimits.mostPlans + 1]])
        #expect(model.planCount == 1)
    }

    @Test("an instance lets go of plans whose constants are large as well") func instances() throws {
        let model = try Self.model()
        let instance = try model.makeInstance()
        let extent = Self.extent(5)
        weak var first: Plan?
        for index in 0..<6 {
            let shape: Shape = [extent - index]
            _ = try instance.execute([
                NamedTensor("x", Tensor([Float](repeating: 1, count: extent - index), shape: shape))
            ])
            if index == 0 { first = try model.plan(for: [shape]) }
            if index == 4 { #expect(first != nil) }
        }
        #expect(first == nil)
    }
}
