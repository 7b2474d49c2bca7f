import DunlinEngine
import DunlinInference
import DunlinOnnxRuntime
import DunlinTensor

/// How near the engine's results are to ONNX Runtime's in FP32, over many inputs: what rounding to BF16 costs.
struct Agreement {
    let model: String
    let inputs: Int
    /// Inputs whose largest element of the first output is the same one.
    private(set) var sameTop = 0
    /// Of the angle between the two first outputs.
    private(set) var leastCosine = 1.0
    private var sumOfCosines = 0.0
    /// Over the largest element of ONNX Runtime's output.
    private(set) var largestDifference = 0.0

    /// - Parameter inputs: Each of one row, from a seed of its own.
    init(_ source: ModelSource, inputs: Int) throws {
        model = source.model
        self.inputs = inputs
        let native = try NativeBackend().load(source)
        var usual = source
        usual.defaultPrecision = nil
        let runtime = try OnnxRuntimeBackend().load(usual)
        let engine = try native.makeInstance(), backend = try runtime.makeInstance()
        for seed in 1...max(inputs, 1) {
            let made = SyntheticInputs.make(native.signature, rows: 1, seed: UInt64(seed))
            guard let received = try engine.execute(made).first?.tensor,
                let expected = try backend.execute(made).first?.tensor, received.dataType == .fp32,
                expected.dataType == .fp32
            else { throw InferError(.unsupported, "the first output is not FP32") }
            add(received.elements(as: Float.self), expected.elements(as: Float.self))
        }
    }

    private mutating func add(_ received: [Float], _ expected: [Float]) {
        guard received.count == expected.count, !expected.isEmpty else { return leastCosine = -1 }
        if Self.top(received) == Self.top(expected) { sameTop += 1 }
        var product = 0.0, left = 0.0, right = 0.0, difference = 0.0, scale = 0.0
        for (x, y) in zip(received, expected) {
            difference = max(difference, Double(x.distance(beside: y)))
            // What is the same on both sides and no number says nothing of an angle.
            guard x.isFinite, y.isFinite else { continue }
            product += Double(x) * Double(y)
            left += Double(x) * Double(x)
            right += Double(y) * Double(y)
            scale = max(scale, Double(y.magnitude))
        }
        let cosine =
            difference.isFinite ? product / max((left * right).squareRoot(), .leastNormalMagnitude) : -1
        leastCosine = min(leastCosine, cosine)
        sumOfCosines += cosine
        largestDifference = max(largestDifference, difference / max(scale, .leastNormalMagnitude))
    }

    private static func top(_ values: [Float]) -> Int { values.indices.max { values[$0] < values[$1] } ?? 0 }

    static let head = """
        | Model | Inputs | Same largest output | Mean cosine | Least cosine | Largest difference of the scale |
        |---|---|---|---|---|---|
        """

    var markdown: String {
        func text(_ value: Double) -> String { String((value * 1_000_000).rounded() / 1_000_000) }
        return "| \(model) | \(inputs) | \(sameTop) | \(text(sumOfCosines / Double(inputs))) | \(text(leastCosine)) | "
            + "\(text(largestDifference)) |"
    }
}
