import DunlinInference
import DunlinTensor

/// ONNX `BatchNormalization` in training mode: channels are normalized by the batch's own statistics, which are also
/// mixed into the running ones.
///
///     running = running · momentum + batch · (1 - momentum)
struct BatchNormalizationTraining: Operator {
    private let epsilon: Double
    private let momentum: Double

    init(_ node: Node) throws(InferError) {
        epsilon = Double(try node.float("epsilon", default: 1e-5))
        momentum = Double(try node.float("momentum", default: 0.9))
        _ = try node.int("training_mode")
        guard node.opset >= 14 else { throw InferError(.unsupported, "training mode before opset 14") }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        for index in 1...4 {
            guard inputs[index].dataType == inputs[0].dataType else {
                throw InferError(.unsupported, "input \(index) is \(inputs[index]), input 0 \(inputs[0])")
            }
            guard let channels = inputs[0].extents?[1], let count = inputs[index].elementCount else { continue }
            guard channels < 0 || channels == count else {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements for \(channels) channels")
            }
        }
        let type = inputs[0].dataType
        let channels = inputs[0].extents?[1] ?? -1
        return [TensorFact(type, inputs[0].extents), TensorFact(type, [channels]), TensorFact(type, [channels])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let extents = inputs[0].shape.dimensions
        return inputs[0].dataType == .fp32 ? kernel(Float.self, extents) : kernel(Double.self, extents)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ extents: [Int]
    ) -> Kernel {
        let (batch, channels) = (extents[0], extents[1])
        let spatial = extents[2...].reduce(1, *)
        return Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            for channel in 0..<channels {
                let planes = (0..<batch).map { ($0 * channels + channel) * spatial }
                var sum = 0.0
                for plane in planes { for index in plane..<plane + spatial { sum += Double(input[index]) } }
                let mean = sum / Double(batch * spatial)
                var squares = 0.0
                for plane in planes {
                    for index in plane..<plane + spatial {
                        let difference = Double(input[index]) - mean
                        squares += difference * difference
                    }
                }
                let variance = squares / Double(batch * spatial)
                let scale = Double(buffers.input(1, as: type)[channel]) / (variance + epsilon).squareRoot()
                let shift = Double(buffers.input(2, as: type)[channel]) - mean * scale
                if !output.isEmpty {
                    for plane in planes {
                        for index in plane..<plane + spatial {
                            output[index] = Element(Double(input[index]) * scale + shift)
                        }
                    }
                }
                for (number, batchValue) in [(1, mean), (2, variance)] {
                    let running = buffers.output(number, as: type)
                    guard !running.isEmpty else { continue }
                    let before = Double(buffers.input(number + 2, as: type)[channel])
                    running[channel] = Element(before * momentum + batchValue * (1 - momentum))
                }
            }
        }
    }
}
