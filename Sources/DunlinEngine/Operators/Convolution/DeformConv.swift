import DunlinInference
import DunlinTensor

/// ONNX `DeformConv` over images of two axes: a convolution whose taps are moved by offsets of the input's own, read
/// between elements linearly, and weighted by a mask.
///
/// Inputs: `[N, C, H, W]`, weights `[M, C/group, kH, kW]`, offsets `[N, groups · kH · kW · 2, h, w]`, bias `[M]`, mask
/// `[N, groups · kH · kW, h, w]`.
struct DeformConv: Operator {
    private let window: Window
    private let group: Int
    private let offsetGroup: Int

    init(_ node: Node) throws(InferError) {
        window = try Window(node)
        group = try node.int("group", default: 1)
        offsetGroup = try node.int("offset_group", default: 1)
        guard (1...Window.mostExtent).contains(group), (1...Window.mostExtent).contains(offsetGroup) else {
            throw InferError(.invalidArgument, "attributes 'group' and 'offset_group' are \(group) and \(offsetGroup)")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        for index in 1...4 where inputs.optional(index) != nil {
            try inputs.requireSameType(0, index)
            try inputs.require(index, rank: index == 3 ? 1...1 : 4...4)
        }
        if let rank = inputs[0].rank, rank != 4 {
            throw InferError(.unsupported, "an input of rank \(rank): only images of two axes are supported")
        }
        guard let image = inputs[0].extents, let weights = inputs[1].extents else {
            return [TensorFact(inputs[0].dataType, [-1, -1, -1, -1])]
        }
        guard (image + weights).allSatisfy({ $0 >= 0 }) else {
            return [TensorFact(inputs[0].dataType, [image[0], weights[0], -1, -1])]
        }
        let axes = try window.axes(Array(image[2...]), weights: Array(weights[2...]))
        guard image[1] == weights[1] * group, weights[0] % group == 0, image[1] % offsetGroup == 0 else {
            throw InferError(
                .invalidArgument, "\(image[1]) channels in \(group) and \(offsetGroup) groups, weights \(inputs[1])")
        }
        let output = [axes[0].output, axes[1].output]
        let taps = offsetGroup * axes[0].kernel * axes[1].kernel
        try require(inputs, 2, [image[0], 2 * taps] + output)
        try require(inputs, 3, [weights[0]])
        try require(inputs, 4, [image[0], taps] + output)
        return [TensorFact(inputs[0].dataType, [image[0], weights[0]] + output)]
    }

    private func require(_ inputs: InputFacts, _ index: Int, _ expected: [Int]) throws(InferError) {
        guard let extents = inputs.optional(index)?.extents else { return }
        guard zip(extents, expected).allSatisfy({ $0 == $1 || $0 < 0 }) else {
            throw InferError(.invalidArgument, "input \(index) is \(inputs[index]), expected \(expected)")
        }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let (image, weights) = (inputs[0].shape.dimensions, inputs[1].shape.dimensions)
        let axes = try window.axes(Array(image[2...]), weights: Array(weights[2...]))
        let sampling = DeformedSampling(
            image: image, output: [outputs[0].shape[2], outputs[0].shape[3]], axes: axes, offsetGroup: offsetGroup,
            hasMask: inputs.optional(4) != nil)
        let hasBias = inputs.optional(3) != nil
        return inputs[0].dataType == .fp32
            ? kernel(Float.self, sampling, weights, hasBias) : kernel(Double.self, sampling, weights, hasBias)
    }

    /// Each channel's taps are sampled once for all places, then added to every output channel of the group.
    private func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type, _ sampling: DeformedSampling, _ weights: [Int], _ hasBias: Bool
    ) -> Kernel {
        let places = sampling.output.product
        let taps = sampling.tapCount
        let (outputs, perGroup) = (weights[0], weights[1])
        let outputsPerGroup = outputs / group
        return Kernel(scratchByteCount: places * MemoryLayout<Element>.size) { buffers in
            let filter = buffers.input(1, as: type)
            let result = buffers.output(0, as: type)
            guard !result.isEmpty, let line = buffers.scratch.bindMemory(to: type).baseAddress else { return }
            for batch in 0..<sampling.image[0] {
                for output in 0..<outputs {
                    let bias: Element = hasBias ? buffers.input(3, as: type)[output] : 0
                    for place in 0..<places { result[(batch * outputs + output) * places + place] = bias }
                }
                for channel in 0..<sampling.image[1] {
                    let first = channel / perGroup * outputsPerGroup
                    for tap in 0..<taps {
                        sampling.sample(buffers, batch: batch, channel: channel, tap: tap, into: line)
                        for output in first..<first + outputsPerGroup {
                            let weight = filter[(output * perGroup + channel % perGroup) * taps + tap]
                            let target = result.baseAddress! + (batch * outputs + output) * places
                            for place in 0..<places { target[place] += weight * line[place] }
                        }
                    }
                }
            }
        }
    }
}

/// Where the moved taps read an image.
private struct DeformedSampling: Sendable {
    let image: [Int]
    /// Places of the result: height and width.
    let output: [Int]
    let axes: [Window.Axis]
    let offsetGroup: Int
    let hasMask: Bool

    var tapCount: Int { axes[0].kernel * axes[1].kernel }

    /// What one tap reads of one channel at every place.
    func sample<Element: BinaryFloatingPoint & TensorElement>(
        _ buffers: Buffers, batch: Int, channel: Int, tap: Int, into line: UnsafeMutablePointer<Element>
    ) {
        let places = output.product
        let group = channel / (image[1] / offsetGroup)
        let number = (batch * offsetGroup + group) * tapCount + tap
        let offsets = buffers.input(2, as: Element.self).baseAddress! + number * 2 * places
        let mask = hasMask ? buffers.input(4, as: Element.self).baseAddress! + number * places : nil
        let (height, width) = (image[2], image[3])
        // A pointer that is never followed stands in for an image without pixels.
        let images = buffers.input(0, as: Element.self).baseAddress ?? UnsafePointer(line)
        let plane = images + (batch * image[1] + channel) * height * width
        let top = tap / axes[1].kernel * axes[0].dilation - axes[0].padBefore
        let left = tap % axes[1].kernel * axes[1].dilation - axes[1].padBefore
        for place in 0..<places {
            let y = Double(place / output[1] * axes[0].stride + top) + Double(offsets[place])
            let x = Double(place % output[1] * axes[1].stride + left) + Double(offsets[places + place])
            var value = 0.0
            // Also false for NaN.
            if y > -1, x > -1, y < Double(height), x < Double(width) {
                let (row, column) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
                let (down, right) = (y - Double(row), x - Double(column))
                for (y, weight) in [(row, 1 - down), (row + 1, down)] where y >= 0 && y < height {
                    if column >= 0 { value += weight * (1 - right) * Double(plane[y * width + column]) }
                    if column + 1 < width { value += weight * right * Double(plane[y * width + column + 1]) }
                }
            }
            line[place] = Element(value) * (mask?[place] ?? 1)
        }
    }
}
