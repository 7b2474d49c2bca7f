import DunlinInference
import DunlinTensor

/// ONNX `STFT`: Fourier transforms of overlapping, windowed parts of signals `[batch, length, 1 or 2]`.
struct STFT: Operator {
    private let isOneSided: Bool

    init(_ node: Node) throws(InferError) { isOneSided = try node.bool("onesided", default: true) }

    /// Samples of a part and from one to the next; `nil` while they are not known.
    private func frame(_ inputs: InputFacts) throws(InferError) -> (length: Int, step: Int)? {
        guard let step = inputs[1].integers?[0] else { return nil }
        var length = inputs[0].extents?[1] ?? -1
        if let window = inputs.optional(2) { length = window.extents?[0] ?? -1 }
        if let given = inputs.optional(3) {
            guard let known = given.integers?[0] else { return nil }
            if let window = inputs.optional(2)?.extents?[0], window >= 0, window != known {
                throw InferError(.invalidArgument, "the frame length is \(known), the window has \(window) elements")
            }
            length = known
        }
        guard length != -1 else { return nil }
        guard step > 0, (1...FourierTransform.mostLength).contains(length) else {
            throw InferError(.invalidArgument, "frames of \(length) samples in steps of \(step)")
        }
        return (length, step)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.require(0, rank: 3...3)
        for index in [1, 3] where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: [.int32, .int64])
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
        if inputs.optional(2) != nil {
            try inputs.requireSameType(0, 2)
            try inputs.require(2, rank: 1...1)
        }
        let signal = inputs[0].extents ?? [-1, -1, -1]
        guard signal[2] < 0 || (1...2).contains(signal[2]) else {
            throw InferError(.invalidArgument, "the signal \(inputs[0]) does not end with an axis of 1 or 2 elements")
        }
        if isOneSided, signal[2] == 2 {
            throw InferError(.invalidArgument, "attribute 'onesided' asks for a real signal, the input is complex")
        }
        guard let frame = try frame(inputs) else { return [TensorFact(inputs[0].dataType, [signal[0], -1, -1, 2])] }
        guard signal[1] < 0 || frame.length <= signal[1] else {
            throw InferError(.invalidArgument, "frames of \(frame.length) samples in a signal of \(signal[1])")
        }
        let count = signal[1] < 0 ? -1 : (signal[1] - frame.length) / frame.step + 1
        return [
            TensorFact(inputs[0].dataType, [signal[0], count, isOneSided ? frame.length / 2 + 1 : frame.length, 2])
        ]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let frame = try frame(inputs) else { preconditionFailure("bound with open shapes") }
        let hasWindow = inputs.optional(2) != nil
        return inputs[0].dataType == .fp32
            ? kernel(Float.self, inputs[0].shape.dimensions, outputs[0].shape.dimensions, frame, hasWindow)
            : kernel(Double.self, inputs[0].shape.dimensions, outputs[0].shape.dimensions, frame, hasWindow)
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ signal: [Int], _ spectra: [Int], _ frame: (length: Int, step: Int), _ hasWindow: Bool
    ) -> Kernel {
        let transform = FourierTransform(length: frame.length)
        let (samples, parts) = (signal[1], signal[2])
        let (frames, bins) = (spectra[1], spectra[2])
        return Kernel(scratchByteCount: (2 * frame.length + transform.scratchCount) * 8) { buffers in
            let input = buffers.input(0, as: type)
            let window = hasWindow ? buffers.input(2, as: type) : nil
            let output = buffers.output(0, as: type)
            guard !output.isEmpty, let real = buffers.scratch.bindMemory(to: Double.self).baseAddress else { return }
            let imaginary = real + frame.length
            for number in 0..<signal[0] * frames {
                let start = number / frames * samples + number % frames * frame.step
                for n in 0..<frame.length {
                    let weight = window.map { Double($0[n]) } ?? 1
                    real[n] = Double(input[(start + n) * parts]) * weight
                    imaginary[n] = parts == 2 ? Double(input[(start + n) * parts + 1]) * weight : 0
                }
                transform.run(real, imaginary, inverse: false, scratch: imaginary + frame.length)
                for bin in 0..<bins {
                    output[(number * bins + bin) * 2] = Element(real[bin])
                    output[(number * bins + bin) * 2 + 1] = Element(imaginary[bin])
                }
            }
        }
    }
}
