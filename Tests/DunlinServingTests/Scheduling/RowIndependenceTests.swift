import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct RowIndependenceTests {
    private static let signature = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])

    /// What is said against a model that maps rows of two floats.
    private func objection(
        _ signature: ModelSignature = signature, _ run: @escaping @Sendable ([[Float]]) throws(InferError) -> [[Float]]
    ) -> String? {
        RowIndependence.objection(
            to: ClosureInstance { inputs throws(InferError) in
                let elements = inputs[0].tensor.elements(as: Float.self)
                let rows = stride(from: 0, to: elements.count, by: 2).map { Array(elements[$0..<($0 + 2)]) }
                let results = try run(rows)
                return [NamedTensor("y", Tensor(results.flatMap { $0 }, shape: [results.count, 2]))]
            }, signature)
    }

    @Test func acceptsRowsThatAreComputedAlone() {
        #expect(objection { $0.map { $0.map { $0 * 2 } } } == nil)
        #expect(objection { rows in rows.map { $0.map { $0 * 2 + Float(rows.count) * 1e-7 } } } == nil)
    }

    @Test func refusesRowsThatDependOnEachOther() {
        let together = "output 'y' has other rows when they are computed together"
        #expect(
            objection { rows in
                var sum: Float = 0
                return rows.map { row in
                    sum += row[0]
                    return [sum, row[1]]
                }
            } == together)
        #expect(
            objection { rows in
                let mean = rows.reduce(0) { $0 + $1[0] } / Float(rows.count)
                return rows.map { [$0[0] - mean, $0[1]] }
            } == together)
        #expect(
            objection { rows in
                let largest = rows.flatMap { $0 }.map(abs).max() ?? 1
                return rows.map { $0.map { ($0 / largest * 127).rounded() * largest / 127 } }
            } == together, "a scale over the whole batch, as dynamic quantization takes it")
    }

    @Test func refusesWhatCannotBeTried() {
        #expect(objection { $0 + $0 } == "an output has not as many rows as the inputs")
        #expect(
            objection { rows throws(InferError) in
                guard rows.count == 1 else { throw InferError(.internal, "one row only") }
                return rows
            } == "it does not run on made-up inputs (one row only)")
        var fixed = Self.signature
        fixed.outputs[0].shape = [1, 2]
        #expect(objection(fixed) { $0 } == "an input or output has a fixed first extent")
        var large = Self.signature
        large.inputs[0].shape = [-1, RowIndependence.maxElementCount]
        #expect(objection(large) { $0 } == "its inputs are too large to try whether rows depend on each other")
        var overflowing = Self.signature
        overflowing.inputs[0].shape = [-1, .max, .max]
        #expect(objection(overflowing) { $0 } == "its inputs are too large to try whether rows depend on each other")
    }

    @Test func acceptsStringsAndOpenExtents() {
        let signature = ModelSignature(
            inputs: [
                TensorMetadata(name: "s", dataType: .bytes, shape: [-1, 1]),
                TensorMetadata(name: "x", dataType: .int64, shape: [-1, -1]),
            ], outputs: [TensorMetadata(name: "s", dataType: .bytes, shape: [-1, 1])])
        #expect(RowIndependence.objection(to: ClosureInstance { Array($0.prefix(1)) }, signature) == nil)
    }

    @Test func comparesByTheLargestValue() {
        func alike(_ one: [Float], _ other: [Float]) -> Bool {
            RowIndependence.areAlike(Tensor(one, shape: [one.count]), Tensor(other, shape: [other.count]))
        }
        #expect(alike([1000, 0], [1000, 0.09]))
        #expect(!alike([1000, 0], [1000, 0.11]))
        #expect(alike([.nan, .infinity], [.nan, .infinity]))
        #expect(!alike([.nan], [1]) && !alike([.infinity], [1]) && !alike([1], [1, 1]))
    }
}
