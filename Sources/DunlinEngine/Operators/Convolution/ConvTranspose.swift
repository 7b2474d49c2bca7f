import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `ConvTranspose`, one to three spatial axes: a matrix product, whose columns are then added into the image.
struct ConvTranspose: Operator {
    private let kernelShape: [Int]?
    private let strides: [Int]?
    private let dilations: [Int]?
    private let pads: [Int]?
    private let outputPadding: [Int]?
    private let outputShape: [Int]?
    private let autoPad: String
    private let groups: Int

    init(_ node: Node) throws(InferError) {
        kernelShape = try node.ints("kernel_shape")
        strides = try node.ints("strides")
        dilations = try node.ints("dilations")
        pads = try node.ints("pads")
        outputPadding = try node.ints("output_padding")
        outputShape = try node.ints("output_shape")
        autoPad = try node.string("auto_pad", default: "NOTSET")
        groups = try node.int("group", default: 1)
        guard ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"].contains(autoPad) else {
            throw InferError(.invalidArgument, "attribute 'auto_pad' is '\(autoPad)'")
        }
        guard (1...Window.mostExtent).contains(groups) else {
            throw InferError(.invalidArgument, "attribute 'group' is \(groups)")
        }
        for (key, values, least) in [
            ("kernel_shape", kernelShape, 1), ("strides", strides, 1), ("dilations", dilations, 1), ("pads", pads, 0),
            ("output_padding", outputPadding, 0), ("output_shape", outputShape, 0),
        ] {
            guard let values, !values.allSatisfy({ $0 >= least && $0 <= Window.mostExtent }) else { continue }
            throw InferError(.invalidArgument, "attribute '\(key)' is \(values)")
        }
    }

    /// The windows, whose `output` is the extent of the larger image.
    private func axes(_ input: [Int], weights: [Int]) throws(InferError) -> [Window.Axis] {
        let count = input.count
        for (key, values, expected) in [
            ("kernel_shape", kernelShape, count), ("strides", strides, count), ("dilations", dilations, count),
            ("pads", pads, 2 * count), ("output_padding", outputPadding, count),
        ] {
            guard let values, values.count != expected else { continue }
            throw InferError(.invalidArgument, "attribute '\(key)' is \(values) for \(count) spatial axes")
        }
        if let kernelShape, !zip(weights, kernelShape).allSatisfy({ $0 < 0 || $0 == $1 }) {
            throw InferError(
                .invalidArgument, "attribute 'kernel_shape' is \(kernelShape), the weights have \(weights)")
        }
        // Batch and channels may stand before the spatial extents.
        let wanted = outputShape.map { Array($0.suffix(count)) }
        guard wanted?.count ?? count == count else {
            throw InferError(.invalidArgument, "attribute 'output_shape' does not fit \(count) spatial axes")
        }
        var axes: [Window.Axis] = []
        for position in 0..<count {
            let kernel = kernelShape?[position] ?? weights[position]
            guard kernel >= 1 && kernel <= Window.mostExtent else {
                throw InferError(.invalidArgument, "the kernel's extent \(kernel) is not known, 0 or too large")
            }
            var axis = Window.Axis(
                kernel: kernel, stride: strides?[position] ?? 1, dilation: dilations?[position] ?? 1,
                padBefore: pads?[position] ?? 0, padAfter: pads?[position + count] ?? 0, output: -1)
            let isSame = autoPad.hasPrefix("SAME")
            if isSame || autoPad == "VALID" { (axis.padBefore, axis.padAfter) = (0, 0) }
            let extent = input[position]
            guard extent >= 0 else {
                axis.output = wanted?[position] ?? -1
                axes.append(axis)
                continue
            }
            let full = max(extent - 1, 0) * axis.stride + (outputPadding?[position] ?? 0) + axis.reach
            if isSame || wanted != nil {
                axis.output = wanted?[position] ?? extent * axis.stride
                let total = max(full - axis.output, 0)
                axis.padBefore = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2
                axis.padAfter = total - axis.padBefore
            } else {
                axis.output = full - axis.padBefore - axis.padAfter
            }
            guard axis.output >= 0 else {
                throw InferError(.invalidArgument, "the padding is larger than the result's \(full) elements")
            }
            axes.append(axis)
        }
        return axes
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.requireSameType(0, 1)
        if inputs.optional(2) != nil { try inputs.requireSameType(0, 2) }
        try inputs.require(0, rank: 3...5)
        guard let input = inputs[0].extents, let weights = inputs[1].extents else {
            return [TensorFact(inputs[0].dataType, inputs[0].rank.map { [Int](repeating: -1, count: $0) })]
        }
        guard weights.count == input.count else {
            throw InferError(.invalidArgument, "weights have rank \(weights.count), the input has rank \(input.count)")
        }
        guard input[1] < 0 || weights[0] < 0 || input[1] == weights[0],
            max(input[1], weights[0]) % groups == 0 || max(input[1], weights[0]) < 0
        else {
            throw InferError(
                .invalidArgument, "\(input[1]) input channels for weights \(weights) in \(groups) groups")
        }
        let channels = weights[1] < 0 ? -1 : weights[1] * groups
        if let bias = inputs.optional(2)?.extents, channels >= 0, bias != [channels], bias != [-1] {
            throw InferError(.invalidArgument, "bias has shape \(bias), expected [\(channels)]")
        }
        if kernelShape == nil, weights[2...].contains(where: { $0 < 0 }) {
            return [TensorFact(inputs[0].dataType, [input[0], channels] + weights[2...].map { _ in -1 })]
        }
        let axes = try axes(Array(input[2...]), weights: Array(weights[2...]))
        return [TensorFact(inputs[0].dataType, [input[0], channels] + axes.map(\.output))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let input = inputs[0].extents, let weights = inputs[1].extents, let output = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axes = try axes(Array(input[2...]), weights: Array(weights[2...]))
        let rows = Shape.elementCount(of: Array(weights[1...]))
        let positions = input[2...].reduce(1, *)
        guard let rows, let count = Shape.elementCount(of: [rows, positions]), count <= TensorFact.mostElements else {
            throw InferError(.resourceExhausted, "the columns of weights \(weights) and image \(input) are too many")
        }
        let columns = Columns(
            images: input[0], groups: groups, inputs: input[1] / groups, outputs: weights[1], rows: rows,
            positions: positions, extents: Array(input[2...]), target: Array(output[2...]), axes: axes,
            hasBias: inputs.optional(2) != nil)
        if inputs[0].dataType == .fp64 {
            return columns.kernel(Double.self) {
                gemm(m: $0, n: $1, k: $2, a: $3, isTransposedA: true, b: $4, c: $5)
            }
        }
        return columns.kernel(Float.self) {
            gemm(m: $0, n: $1, k: $2, a: $3, isTransposedA: true, b: $4, c: $5)
        }
    }
}

/// The columns of one group and how they are added up.
private struct Columns: Sendable {
    let images: Int
    let groups: Int
    /// Input and output channels per group.
    let inputs: Int
    let outputs: Int
    /// Output channels per group times taps.
    let rows: Int
    /// Elements of an input plane.
    let positions: Int
    let extents: [Int]
    let target: [Int]
    let axes: [Window.Axis]
    let hasBias: Bool

    func kernel<Element: BinaryFloatingPoint & TensorElement>(
        _ type: Element.Type,
        _ multiply:
            @escaping @Sendable (
                Int, Int, Int, UnsafeBufferPointer<Element>, UnsafeBufferPointer<Element>,
                UnsafeMutableBufferPointer<Element>
            ) -> Void
    ) -> Kernel {
        let count = rows * positions
        let plane = target.reduce(1, *)
        return Kernel(scratchByteCount: count * MemoryLayout<Element>.stride) { buffers in
            let source = buffers.input(0, as: type)
            let weights = buffers.input(1, as: type)
            let bias = hasBias ? buffers.input(2, as: type) : nil
            let result = buffers.output(0, as: type)
            guard !result.isEmpty else { return }
            for image in 0..<images * groups * outputs {
                result[image * plane..<(image + 1) * plane].update(
                    repeating: bias?[image % (groups * outputs)] ?? 0)
            }
            guard count > 0, inputs > 0 else { return }
            let columns = UnsafeMutableBufferPointer(
                rebasing: buffers.scratch.bindMemory(to: Element.self)[..<count])
            for part in 0..<images * groups {
                let group = part % groups
                multiply(
                    rows, positions, inputs,
                    UnsafeBufferPointer(rebasing: weights[group * inputs * rows..<(group + 1) * inputs * rows]),
                    UnsafeBufferPointer(rebasing: source[part * inputs * positions..<(part + 1) * inputs * positions]),
                    columns)
                add(columns, to: result, from: part * outputs * plane)
            }
        }
    }

    private func add<Element: BinaryFloatingPoint>(
        _ columns: UnsafeMutableBufferPointer<Element>, to result: UnsafeMutableBufferPointer<Element>,
        from start: Int
    ) {
        let plane = target.reduce(1, *)
        let taps = axes.reduce(1) { $0 * $1.kernel }
        let own = strides(of: target)
        let last = axes.count - 1
        let width = extents[last]
        for row in 0..<rows {
            var rest = row % taps
            var tap = [Int](repeating: 0, count: axes.count)
            for axis in axes.indices.reversed() {
                tap[axis] = rest % axes[axis].kernel * axes[axis].dilation - axes[axis].padBefore
                rest /= axes[axis].kernel
            }
            for line in 0..<positions / max(width, 1) {
                var rest = line
                var offset = start + row / taps * plane
                var isInside = true
                for axis in (0..<last).reversed() {
                    let position = rest % extents[axis] * axes[axis].stride + tap[axis]
                    rest /= extents[axis]
                    if position < 0 || position >= target[axis] { isInside = false }
                    offset += position * own[axis]
                }
                guard isInside else { continue }
                let from = row * positions + line * width
                for x in 0..<width {
                    let position = x * axes[last].stride + tap[last]
                    if position >= 0 && position < target[last] { result[offset + position] += columns[from + x] }
                }
            }
        }
    }
}
