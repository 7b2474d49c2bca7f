import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `NegativeLogLikelihoodLoss`, of log probabilities, and `SoftmaxCrossEntropyLoss`, of scores.
///
/// Inputs: `[N, C, d…]`, INT32 or INT64 classes `[N, d…]`, and optionally a weight for each class `[C]`.
struct LogLikelihoodLoss: Operator {
    private enum Summary: String, Sendable { case none, sum, mean }
    private let summary: Summary
    private let ignoredClass: Int?
    private let takesScores: Bool
    private let wantsLogarithms: Bool

    init(_ node: Node, takesScores: Bool) throws(InferError) {
        self.takesScores = takesScores
        let name = try node.string("reduction", default: "mean")
        guard let summary = Summary(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute 'reduction' is '\(name)'")
        }
        self.summary = summary
        ignoredClass = try node.int("ignore_index")
        wantsLogarithms = takesScores && node.hasOutput(1)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(1, isOneOf: [.int32, .int64])
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        if inputs.optional(2) != nil {
            try inputs.requireSameType(0, 2)
            try inputs.require(2, rank: 1...1)
        }
        let type = inputs[0].dataType
        var loss = TensorFact(type, inputs[1].extents)
        if summary != .none { loss = TensorFact(type, []) }
        if let scores = inputs[0].extents {
            let expected = [scores[0]] + scores[2...]
            if let classes = inputs[1].extents {
                let fits =
                    classes.count == expected.count && zip(classes, expected).allSatisfy { $0 == $1 || min($0, $1) < 0 }
                guard fits else {
                    throw InferError(.invalidArgument, "classes have shape \(classes), expected \(expected)")
                }
            }
            if let count = inputs.optional(2)?.extents?[0], min(count, scores[1]) >= 0, count != scores[1] {
                throw InferError(.invalidArgument, "\(count) weights for \(scores[1]) classes")
            }
        }
        return wantsLogarithms ? [loss, inputs[0].withoutElements] : [loss]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch inputs[0].dataType {
        case .fp32: return kernel(Float.self, inputs)
        case .fp64: return kernel(Double.self, inputs)
        default: return try bindThroughFloat(inputs, outputs)
        }
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ inputs: InputFacts
    ) -> Kernel {
        let extents = inputs[0].shape.dimensions
        let (images, classes, spatial) = (extents[0], extents[1], extents[2...].reduce(1, *))
        let hasWeights = inputs.optional(2) != nil
        let isWide = inputs[1].dataType == .int64
        return Kernel { (buffers) throws(InferError) in
            let scores = buffers.input(0, as: type)
            let weights = hasWeights ? buffers.input(2, as: type) : nil
            let loss = buffers.output(0, as: type)
            let logarithms = wantsLogarithms ? buffers.output(1, as: type) : nil
            var (sum, weightSum) = (0.0, 0.0)
            for position in 0..<images * spatial {
                let start = position / max(spatial, 1) * classes * spatial + position % max(spatial, 1)
                var shift = 0.0
                if takesScores {
                    var largest = -Double.infinity
                    for number in 0..<classes { largest = max(largest, Double(scores[start + number * spatial])) }
                    for number in 0..<classes {
                        shift += UnaryFunction(.exponential)(Double(scores[start + number * spatial]) - largest)
                    }
                    shift = largest + UnaryFunction(.logarithm)(shift)
                }
                if let logarithms, !logarithms.isEmpty {
                    for number in 0..<classes {
                        logarithms[start + number * spatial] = Element(Double(scores[start + number * spatial]) - shift)
                    }
                }
                let wanted =
                    isWide
                    ? Int(buffers.input(1, as: Int64.self)[position]) : Int(buffers.input(1, as: Int32.self)[position])
                var value = 0.0
                if wanted != ignoredClass {
                    guard wanted >= 0 && wanted < classes else {
                        throw InferError(.invalidArgument, "class \(wanted) is not one of \(classes)")
                    }
                    let weight = Double(weights?[wanted] ?? 1)
                    value = (shift - Double(scores[start + wanted * spatial])) * weight
                    weightSum += weight
                }
                sum += value
                if summary == .none && !loss.isEmpty { loss[position] = Element(value) }
            }
            guard summary != .none, !loss.isEmpty else { return }
            loss[0] = Element(summary == .sum ? sum : sum / weightSum)
        }
    }
}

extension TensorFact {
    /// The type and shape alone.
    var withoutElements: TensorFact { TensorFact(dataType, extents) }
}
