import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `QLinearAveragePool`: the average of the numbers, quantised again.
///
/// Inputs: X, its scale and zero point, the result's scale and zero point.
struct QuantizedAveragePool: Operator {
    private let pool: Pool
    private let input = QuantizedOperand(0, scale: 1, zero: 2)
    private let result = QuantizedOperand(0, scale: 3, zero: 4)

    init(_ pool: Pool) { self.pool = pool }

    init(_ node: Node) throws(InferError) {
        try node.requireInputs([0, 1, 3])
        guard try !node.bool("channels_last", default: false) else {
            throw InferError(.unsupported, "attribute 'channels_last' is 1; supported: 0")
        }
        guard let pool = try Pool.average(node) as? Pool else { preconditionFailure("an average that is no pool") }
        self.pool = pool
    }

    private func numbers(_ inputs: InputFacts) -> InputFacts {
        InputFacts([TensorFact(.fp32, inputs[0].extents)])
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(input)
        try inputs.requireScale(result)
        return [TensorFact(inputs[0].dataType, try pool.infer(numbers(inputs))[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let wide = [TensorFact(.fp32, outputs[0].extents)]
        let inner = try pool.bind(numbers(inputs), wide)
        let dataType = inputs[0].dataType
        let inputCount = inputs[0].shape.elementCount, outputCount = outputs[0].shape.elementCount
        let inputBytes = (inputCount * 4 + 63) / 64 * 64, outputBytes = (outputCount * 4 + 63) / 64 * 64
        return Kernel(scratchByteCount: inputBytes + outputBytes + inner.scratchByteCount + 64) {
            (buffers) throws(InferError) in
            let output = buffers.output(0, as: UInt8.self)
            guard !output.isEmpty, let memory = buffers.scratch.baseAddress else { return }
            let from = buffers.range(input, dataType), to = buffers.range(result, dataType)
            let source = UnsafeMutableBufferPointer(
                start: memory.bindMemory(to: Float.self, capacity: inputCount), count: inputCount)
            let averages = UnsafeMutableBufferPointer(
                start: (memory + inputBytes).bindMemory(to: Float.self, capacity: outputCount), count: outputCount)
            dequantize(
                buffers.input(0), isSigned: from.isSigned, scale: from.scale, zero: from.zero, into: source)
            try withUnsafeTemporaryAllocation(of: Slot.self, capacity: 3) { (slots) throws(InferError) in
                slots[0] = Slot(base: memory, byteCount: inputCount * 4)
                slots[1] = Slot(base: memory + inputBytes, byteCount: outputCount * 4)
                slots[2] = Slot(base: memory + inputBytes + outputBytes, byteCount: inner.scratchByteCount)
                try withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3) { (operands) throws(InferError) in
                    for index in 0..<3 { operands[index] = Int32(index) }
                    try inner.body(
                        Buffers(
                            slots: UnsafePointer(slots.baseAddress!), operands: UnsafePointer(operands.baseAddress!),
                            inputCount: 1, outputCount: 1))
                }
            }
            quantize(
                UnsafeBufferPointer(averages), scale: to.scale, zero: to.zero, isSigned: to.isSigned, into: output)
        }
    }
}

/// `com.microsoft` `QLinearGlobalAveragePool`: the average of each plane, quantised again.
///
/// Inputs: X, its scale and zero point, the result's scale and zero point.
struct QuantizedGlobalAveragePool: Operator {
    /// Whether the input is `[batch, …, channels]`; the result is then so too, unless a pass says otherwise.
    let isChannelsLast: Bool
    private let isResultChannelsFirst: Bool
    private let input = QuantizedOperand(0, scale: 1, zero: 2)
    private let result = QuantizedOperand(0, scale: 3, zero: 4)

    init(isChannelsLast: Bool, isResultChannelsFirst: Bool) {
        (self.isChannelsLast, self.isResultChannelsFirst) = (isChannelsLast, isResultChannelsFirst)
    }

    init(_ node: Node) throws(InferError) {
        try node.requireInputs([0, 1, 3])
        isChannelsLast = try node.bool("channels_last", default: false)
        isResultChannelsFirst = !isChannelsLast
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(input)
        try inputs.requireScale(result)
        try inputs.require(0, rank: 3...TensorFact.mostAxes)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        let channels = extents[isChannelsLast ? extents.count - 1 : 1]
        let ones = [Int](repeating: 1, count: extents.count - 2)
        let output = isResultChannelsFirst ? [extents[0], channels] + ones : [extents[0]] + ones + [channels]
        return [TensorFact(inputs[0].dataType, output)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions
        let batch = extents[0], channels = extents[isChannelsLast ? extents.count - 1 : 1]
        let pixels = extents.product == 0 ? 0 : extents.product / (batch * channels)
        let dataType = inputs[0].dataType
        return Kernel(scratchByteCount: channels * 4 + 64) { buffers in
            let output = buffers.output(0, as: UInt8.self)
            guard !output.isEmpty, let memory = buffers.scratch.baseAddress else { return }
            let source = buffers.input(0, as: UInt8.self)
            let from = buffers.range(input, dataType), to = buffers.range(result, dataType)
            let sums = UnsafeMutableBufferPointer(
                start: memory.bindMemory(to: Int32.self, capacity: channels), count: channels)
            let zero = (from.isSigned ? from.zero + 128 : from.zero) &* Int32(truncatingIfNeeded: pixels)
            for image in 0..<batch {
                let first = image * channels * pixels
                let plane = UnsafeBufferPointer(rebasing: source[first..<first + channels * pixels])
                if isChannelsLast {
                    columnSums(plane, rows: pixels, isSigned: from.isSigned, into: sums)
                } else {
                    rowSums(plane, columns: pixels, isSigned: from.isSigned, into: sums)
                }
                for channel in 0..<channels {
                    output[image * channels + channel] = to.bits(
                        number: pixels == 0 ? 0 : Float(sums[channel] &- zero) * from.scale / Float(pixels))
                }
            }
        }
    }
}

/// `MaxPool` of 8-bit integers, one or two spatial axes, with the channels where a pass says they are.
struct QuantizedMaximumPool: Operator {
    private let window: Window
    /// Whether input and output are `[batch, …, channels]`.
    var isChannelsLast = false

    init(_ window: Window) { self.window = window }

    private func channelsFirst(_ extents: [Int]) -> [Int] {
        isChannelsLast ? [extents[0], extents[extents.count - 1]] + extents[1..<extents.count - 1] : extents
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.int8, .uint8])
        try inputs.require(0, rank: 3...4)
        guard let given = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        let extents = channelsFirst(given)
        let spatial = try window.axes(Array(extents[2...])).map(\.output)
        return [
            TensorFact(
                inputs[0].dataType,
                isChannelsLast ? [extents[0]] + spatial + [extents[1]] : [extents[0], extents[1]] + spatial)
        ]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let input = channelsFirst(inputs[0].shape.dimensions), output = channelsFirst(outputs[0].shape.dimensions)
        guard let window = Window.twoDimensional(try window.axes(Array(input[2...]))) else {
            throw InferError(.unsupported, "\(input.count - 2) spatial axes; supported: 1 and 2")
        }
        let isSigned = inputs[0].dataType == .int8
        let layout = ChannelsLastImages(
            channels: input[1], height: input.count == 4 ? input[2] : 1, width: input[input.count - 1],
            outputChannels: output[1], outputHeight: output.count == 4 ? output[2] : 1,
            outputWidth: output[output.count - 1], isSigned: false, elementByteCount: 1, isChannelsLast: isChannelsLast)
        return Kernel(scratchByteCount: layout.byteCount) { buffers in
            let target = buffers.bytes(ofOutput: 0)
            guard !target.isEmpty else { return }
            layout.forEachImage(batch: input[0], buffers.input(0), target, buffers.scratch) { source, result in
                quantizedMaximumPool(
                    window: window, batch: 1, channels: layout.channels, inputHeight: layout.height,
                    inputWidth: layout.width, outputHeight: layout.outputHeight, outputWidth: layout.outputWidth,
                    isSigned: isSigned, input: source, into: result.assumingMemoryBound(to: UInt8.self))
            }
        }
    }
}
