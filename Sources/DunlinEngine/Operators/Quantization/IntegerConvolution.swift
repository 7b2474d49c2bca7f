import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `QLinearConv` and `ConvInteger`: `[batch, channels, …]`, or with one or two spatial axes and the channels last
/// where a pass says so.
struct IntegerConvolution: Operator {
    private let window: Window
    private let groups: Int
    private let image: QuantizedOperand
    private let filter: QuantizedOperand
    var result: IntegerResult
    /// Whether input and output are `[batch, …, channels]`.
    var isChannelsLast = false
    private var packed: QuantizedConvolution2D?
    private var sums: [IntegerSums] = []
    /// The groups' weights, for more than two spatial axes.
    private var volumes: [PackedBytes] = []

    init(window: Window, groups: Int, image: QuantizedOperand, filter: QuantizedOperand, _ result: IntegerResult) {
        (self.window, self.groups, self.image, self.filter, self.result) = (window, groups, image, filter, result)
    }

    /// The integer form of a convolution.
    init(_ body: Conv, image: QuantizedOperand, filter: QuantizedOperand, _ result: IntegerResult) {
        self.init(window: body.window, groups: body.groups, image: image, filter: filter, result)
    }

    private init(_ node: Node, image: QuantizedOperand, filter: QuantizedOperand, _ result: IntegerResult)
        throws(InferError)
    {
        let groups = try node.int("group", default: 1)
        guard (1...Window.mostExtent).contains(groups) else {
            throw InferError(.invalidArgument, "attribute 'group' is \(groups)")
        }
        self.init(window: try Window(node), groups: groups, image: image, filter: filter, result)
    }

    /// Inputs: x and its scale and zero point, w and its, the result's scale and zero point, a bias.
    static func qLinear(_ node: Node) throws(InferError) -> any Operator {
        try Self(
            node, image: QuantizedOperand(0, scale: 1, zero: 2), filter: QuantizedOperand(3, scale: 4, zero: 5),
            IntegerResult(.bits8, output: QuantizedOperand(0, scale: 6, zero: 7), integerBias: 8))
    }

    /// Inputs: x, w, their zero points.
    static func integer(_ node: Node) throws(InferError) -> any Operator {
        try Self(node, image: QuantizedOperand(0, zero: 2), filter: QuantizedOperand(1, zero: 3), IntegerResult(.int32))
    }

    /// The same convolution with an FP32 result, for inputs x, w, their scales, their zero points, a bias.
    func toFloat() -> IntegerConvolution {
        IntegerConvolution(
            window: window, groups: groups, image: QuantizedOperand(0, scale: 2, zero: 4),
            filter: QuantizedOperand(1, scale: 3, zero: 5), IntegerResult(.fp32, bias: 6))
    }

    /// Extents as `[batch, channels, …]` from those of the graph.
    private func channelsFirst(_ extents: [Int]) -> [Int] {
        isChannelsLast ? [extents[0], extents[extents.count - 1]] + extents[1..<extents.count - 1] : extents
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(image)
        guard let rank = inputs[image.tensor].rank ?? inputs[filter.tensor].rank else {
            return [TensorFact(try result.dataType(inputs, columns: -1), nil)]
        }
        guard (isChannelsLast ? 3...4 : 3...TensorFact.mostAxes).contains(rank) else {
            throw InferError(.unsupported, "the input has rank \(rank); supported: 3 to \(TensorFact.mostAxes)")
        }
        let columns = inputs[filter.tensor].extents?.first ?? -1
        try inputs.require(filter, mostScales: columns)
        let dataType = try result.dataType(inputs, columns: columns)
        guard let given = inputs[image.tensor].extents, let weights = inputs[filter.tensor].extents else {
            return [TensorFact(dataType, [Int](repeating: -1, count: rank))]
        }
        guard weights.count == rank, given.count == rank else {
            throw InferError(.invalidArgument, "weights have rank \(weights.count), the input has rank \(given.count)")
        }
        let input = channelsFirst(given)
        guard input[1] < 0 || weights[1] < 0 || input[1] == weights[1] * groups,
            weights[0] < 0 || weights[0] % groups == 0
        else {
            throw InferError(.invalidArgument, "\(input[1]) input channels for weights \(weights) in \(groups) groups")
        }
        guard !weights.contains(0) else { throw InferError(.unsupported, "the weights are empty") }
        guard window.isKnown(weights: Array(weights[2...])) else {
            return [TensorFact(dataType, [Int](repeating: -1, count: rank))]
        }
        let spatial = try window.axes(Array(input[2...]), weights: Array(weights[2...])).map(\.output)
        return [
            TensorFact(
                dataType, isChannelsLast ? [input[0]] + spatial + [weights[0]] : [input[0], weights[0]] + spatial)
        ]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let weights = inputs[filter.tensor].constant, let input = inputs[image.tensor].extents,
            let constantZeros = ConstantParameters(inputs, [filter.zero])
        else { return self }
        guard input.count <= 4 else {
            var prepared = self
            prepared.volumes = weights.bytes.withUnsafeBytes {
                packVolumes($0.assumingMemoryBound(to: UInt8.self), inputs)
            }
            return prepared
        }
        let known = Array(channelsFirst(input)[2...])
        guard window.isFixed || !known.contains(-1) else { return self }
        let axes = try window.axes(known, weights: Array(weights.shape.dimensions[2...]))
        var prepared = self
        let packed = weights.bytes.withUnsafeBytes {
            pack($0.assumingMemoryBound(to: UInt8.self), constantZeros, inputs, axes)
        }
        prepared.packed = packed
        if let packed, let constants = ConstantParameters(inputs, [filter.scale, filter.zero] + result.parameters) {
            let isOpen = ConstantParameters(inputs, [image.scale, image.zero]) == nil
            if !isOpen || result.kind != .bits8 {
                prepared.sums = makeSums(constants, inputs, packed, isOpen: isOpen)
            }
        }
        return prepared
    }

    private func pack(
        _ weights: UnsafeBufferPointer<UInt8>, _ source: some ParameterSource, _ inputs: InputFacts,
        _ axes: [Window.Axis]
    ) -> QuantizedConvolution2D? {
        guard let window = Window.twoDimensional(axes) else { return nil }
        let fact = inputs[filter.tensor], shape = fact.shape.dimensions
        return QuantizedConvolution2D(
            inputChannels: shape[1] * groups, outputChannels: shape[0], groups: groups, window: window,
            weights: weights, isSigned: fact.dataType == .int8, zeros: source.integers(filter.zero, fact.dataType))
    }

    private func packVolumes(_ weights: UnsafeBufferPointer<UInt8>, _ inputs: InputFacts) -> [PackedBytes] {
        let fact = inputs[filter.tensor]
        return IntegerVolume.pack(
            weights, fact.shape.dimensions, groups: groups, isSigned: fact.dataType == .int8)
    }

    private func makeSums(
        _ source: some ParameterSource, _ inputs: InputFacts, _ packed: QuantizedConvolution2D, isOpen: Bool
    ) -> [IntegerSums] {
        let sides = IntegerResult.Sides(
            source, left: source.range(image, inputs[image.tensor].dataType), right: filter,
            inputs[filter.tensor].dataType)
        let outputType = (try? result.dataType(inputs, columns: -1)) ?? .uint8
        let perPart = packed.outputChannels / packed.sumsCount
        return (0..<packed.sumsCount).map { part in
            let columns = part * perPart..<(part + 1) * perPart
            return result.sums(
                source, sides, depth: packed.depth, columnSums: packed.columnSums[columns], part: columns,
                outputType: outputType, isOpen: isOpen, isPlain: packed.hasPlainWeights)
        }
    }

    var memoryByteCount: Int {
        sums.reduce(packed?.byteCount ?? 0) { $0 + $1.byteCount } + volumes.reduce(0) { $0 + $1.byteCount }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let input = channelsFirst(inputs[image.tensor].shape.dimensions)
        let output = channelsFirst(outputs[0].shape.dimensions)
        let axes = try window.axes(Array(input[2...]), weights: Array(inputs[filter.tensor].shape.dimensions[2...]))
        guard let window2 = Window.twoDimensional(axes) else { return bindVolume(inputs, outputs, axes) }
        let constant = packed?.window == window2 ? packed : nil
        let sums = constant == nil ? [] : sums
        let layout = ChannelsLastImages(
            channels: input[1], height: input.count == 4 ? input[2] : 1, width: input[input.count - 1],
            outputChannels: output[1], outputHeight: output.count == 4 ? output[2] : 1,
            outputWidth: output[output.count - 1], isSigned: inputs[image.tensor].dataType == .int8,
            elementByteCount: outputs[0].dataType.byteCount ?? 1, isChannelsLast: isChannelsLast)
        // Without packed weights the work space is that of the larger of the ways they may be packed.
        let places = window2.height * window2.width
        let inner =
            QuantizedConvolution2D.mostScratchByteCount(
                depth: input[1] / groups * places, channels: input[1], outputChannels: output[1], taps: places,
                outputHeight: layout.outputHeight, outputWidth: layout.outputWidth)
        let dataType = inputs[image.tensor].dataType
        return Kernel(scratchByteCount: layout.byteCount + inner) { buffers in
            let target = buffers.bytes(ofOutput: 0)
            guard !target.isEmpty else { return }
            let packed = constant ?? pack(buffers.input(filter.tensor), buffers, inputs, axes)
            guard let packed else { return }
            let sums = sums.isEmpty ? makeSums(buffers, inputs, packed, isOpen: false) : sums
            let range = buffers.range(image, dataType)
            let zero = UInt8(truncatingIfNeeded: range.countedZero)
            layout.forEachImage(batch: input[0], buffers.input(image.tensor), target, buffers.scratch) {
                source, result in
                packed.run(
                    batch: 1, inputHeight: layout.height, inputWidth: layout.width, outputHeight: layout.outputHeight,
                    outputWidth: layout.outputWidth, input: source, inputZero: zero, sums: sums,
                    inputScale: range.scale,
                    scratch: UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[layout.byteCount...]), into: result
                )
            }
        }
    }

    private func bindVolume(_ inputs: InputFacts, _ outputs: [TensorFact], _ axes: [Window.Axis]) -> Kernel {
        let input = inputs[image.tensor].shape.dimensions, output = outputs[0].shape.dimensions
        let (imageType, filterType) = (inputs[image.tensor].dataType, inputs[filter.tensor].dataType)
        let volume = IntegerVolume(
            input, output, axes, groups: groups, isSigned: imageType == .int8,
            size: outputs[0].dataType.byteCount ?? 1)
        let columns = output[1] / groups
        let outputType = outputs[0].dataType
        return Kernel(scratchByteCount: volume.scratchByteCount) { buffers in
            let target = buffers.bytes(ofOutput: 0)
            guard !target.isEmpty else { return }
            let weights = volumes.isEmpty ? packVolumes(buffers.input(filter.tensor), inputs) : volumes
            let range = buffers.range(image, imageType)
            let sides = IntegerResult.Sides(buffers, left: range, right: filter, filterType)
            let sums = weights.enumerated().map { group, packed in
                result.sums(
                    buffers, sides, depth: packed.rows, columnSums: packed.columnSums[..<columns],
                    part: group * columns..<(group + 1) * columns, outputType: outputType, isOpen: false)
            }
            volume.run(
                batch: input[0], buffers.input(image.tensor), zero: UInt8(truncatingIfNeeded: range.zero),
                weights: weights, sums: sums, scratch: buffers.scratch, into: target)
        }
    }
}
