import DunlinInference
import DunlinTensor

/// ONNX `DFT`: the Fourier transform along one axis; the last axis holds real and imaginary parts.
///
/// The axis is an attribute in opset 17 and an input from 20 on. `onesided` gives only the half of the spectrum that
/// a real signal has; with `inverse` it takes that half and gives the real signal.
struct DFT: Operator {
    private let isInverse: Bool
    private let isOneSided: Bool
    /// `nil`: input 2.
    private let fixedAxis: Int?

    init(_ node: Node) throws(InferError) {
        isInverse = try node.bool("inverse", default: false)
        isOneSided = try node.bool("onesided", default: false)
        fixedAxis = node.opset < 20 ? try node.int("axis", default: 1) : node.hasInput(2) ? nil : -2
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        for index in 1...2 where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: [.int32, .int64])
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
        guard var extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard extents.count >= 2, extents.last! < 0 || (1...2).contains(extents.last!) else {
            throw InferError(.invalidArgument, "the input \(inputs[0]) does not end with an axis of 1 or 2 elements")
        }
        guard !isOneSided || extents.last! < 0 || extents.last == (isInverse ? 2 : 1) else {
            throw InferError(
                .invalidArgument,
                "attribute 'onesided' asks for a \(isInverse ? "complex" : "real") input, it is \(inputs[0])")
        }
        let parts = isOneSided && isInverse ? 1 : 2
        guard let axis = try axis(inputs, rank: extents.count) else {
            return [
                TensorFact(
                    inputs[0].dataType, [Int](repeating: -1, count: extents.count - 1) + [parts])
            ]
        }
        extents[axis] = try length(inputs, extents[axis]).map { isOneSided && !isInverse ? $0 / 2 + 1 : $0 } ?? -1
        extents[extents.count - 1] = parts
        return [TensorFact(inputs[0].dataType, extents)]
    }

    private func axis(_ inputs: InputFacts, rank: Int) throws(InferError) -> Int? {
        guard let given = fixedAxis ?? inputs.optional(2)?.integers?[0] else { return nil }
        let axis = try normalized(axis: given, rank: rank)
        guard axis < rank - 1 else {
            throw InferError(.invalidArgument, "axis \(given) is that of real and imaginary parts")
        }
        return axis
    }

    /// The length of the transform, where it is known.
    private func length(_ inputs: InputFacts, _ extent: Int) throws(InferError) -> Int? {
        let found: Int
        if let given = inputs.optional(1) {
            guard let known = given.integers?[0] else { return nil }
            found = known
        } else {
            guard extent >= 0 else { return nil }
            found = isInverse && isOneSided ? 2 * (extent - 1) : extent
            // Half a spectrum of one element belongs to an empty signal.
            if found == 0 { return 0 }
        }
        guard (1...FourierTransform.mostLength).contains(found) else {
            throw InferError(
                .invalidArgument, "a transform of length \(found), expected 1 to \(FourierTransform.mostLength)")
        }
        return found
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let input = inputs[0].extents, let output = outputs[0].extents,
            let axis = try axis(inputs, rank: input.count), let length = try length(inputs, input[axis])
        else { preconditionFailure("bound with open shapes") }
        guard length > 0 else { return Kernel { _ in } }
        let lines = SpectrumLines(
            transform: FourierTransform(length: length), isInverse: isInverse,
            isHermitian: isInverse && isOneSided, outer: input[..<axis].reduce(1, *),
            inner: input[(axis + 1)..<(input.count - 1)].reduce(1, *), inputCount: input[axis],
            outputCount: output[axis], inputParts: input[input.count - 1], outputParts: output[output.count - 1])
        return inputs[0].dataType == .fp32 ? lines.kernel(Float.self) : lines.kernel(Double.self)
    }
}

/// The transforms of all lines along one axis.
private struct SpectrumLines: Sendable {
    let transform: FourierTransform
    let isInverse: Bool
    /// Whether the input is the first half of a spectrum whose second half mirrors it.
    let isHermitian: Bool
    let outer, inner: Int
    let inputCount, outputCount: Int
    let inputParts, outputParts: Int

    func kernel<Element: BinaryFloatingPoint & TensorElement>(_ type: Element.Type) -> Kernel {
        let length = transform.length
        return Kernel(scratchByteCount: (2 * length + transform.scratchCount) * 8) { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            guard !output.isEmpty, let real = buffers.scratch.bindMemory(to: Double.self).baseAddress else { return }
            let imaginary = real + length
            for line in 0..<outer * inner {
                let (block, column) = (line / inner, line % inner)
                let from = block * inputCount * inner + column
                for n in 0..<length {
                    let element = (from + n * inner) * inputParts
                    real[n] = n < inputCount ? Double(input[element]) : 0
                    imaginary[n] = n < inputCount && inputParts == 2 ? Double(input[element + 1]) : 0
                }
                if isHermitian { mirror(real, imaginary) }
                transform.run(real, imaginary, inverse: isInverse, scratch: imaginary + length)
                let scale = isInverse ? 1 / Double(length) : 1
                let to = block * outputCount * inner + column
                for k in 0..<outputCount {
                    let element = (to + k * inner) * outputParts
                    output[element] = Element(real[k] * scale)
                    if outputParts == 2 { output[element + 1] = Element(imaginary[k] * scale) }
                }
            }
        }
    }

    /// Fills the second half from the first; what a real signal's spectrum has no imaginary part for loses it.
    private func mirror(_ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>) {
        let length = transform.length
        imaginary[0] = 0
        if length % 2 == 0 { imaginary[length / 2] = 0 }
        for k in 1..<max((length + 1) / 2, 1) { (real[length - k], imaginary[length - k]) = (real[k], -imaginary[k]) }
    }
}
