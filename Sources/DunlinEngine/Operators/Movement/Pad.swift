import DunlinInference
import DunlinTensor

/// ONNX `Pad`: pads and value are attributes before opset 11 and inputs from 11 on; axes since 18, wrap since 19.
struct Pad: Operator {
    private enum Mode: String { case constant, reflect, edge, wrap }
    private let mode: Mode
    private let fixedPads: [Int]?
    private let fixedValue: Float

    init(_ node: Node) throws(InferError) {
        let text = try node.string("mode", default: "constant")
        guard let mode = Mode(rawValue: text) else {
            throw InferError(.invalidArgument, "attribute 'mode' is '\(text)'")
        }
        self.mode = mode
        fixedPads = node.opset < 11 ? try node.ints("pads") : nil
        fixedValue = node.opset < 11 ? try node.float("value", default: 0) : 0
        if node.opset < 11 && fixedPads == nil { throw node.missing("pads") }
        if node.opset >= 11 && !node.hasInput(1) {
            throw InferError(.invalidArgument, "the pads input is missing")
        }
    }

    /// Elements added before and after each axis; negative ones are cut off.
    private func pads(_ inputs: InputFacts, rank: Int) throws(InferError) -> [(before: Int, after: Int)]? {
        guard let numbers = fixedPads ?? inputs.optional(1)?.integers else { return nil }
        if let axes = inputs.optional(3), axes.integers == nil { return nil }
        let axes = try normalized(axes: inputs.optional(3)?.integers ?? Array(0..<rank), rank: rank)
        guard numbers.count == 2 * axes.count else {
            throw InferError(.invalidArgument, "\(numbers.count) pads for \(axes.count) axes")
        }
        var pads = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for (position, axis) in axes.enumerated() {
            guard abs(numbers[position]) <= TensorFact.mostElements,
                abs(numbers[position + axes.count]) <= TensorFact.mostElements
            else { throw InferError(.resourceExhausted, "the pads \(numbers) are too large") }
            pads[axis] = (numbers[position], numbers[position + axes.count])
        }
        return pads
    }

    /// The zeros added before and after each spatial axis of images `[batch, channels, …]`; `nil` where anything else is
    /// added, or something is cut off.
    func spatialZeros(_ inputs: InputFacts) -> [(before: Int, after: Int)]? {
        guard mode == .constant, fixedValue == 0, inputs.optional(2).map({ $0.number == 0 }) ?? true,
            let rank = inputs[0].rank, rank > 2, let pads = try? pads(inputs, rank: rank),
            pads[..<2].allSatisfy({ $0.before == 0 && $0.after == 0 }),
            pads.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
        else { return nil }
        return Array(pads[2...])
    }

    private func abs(_ value: Int) -> Int { value == .min ? .max : Swift.abs(value) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.fixedSize)
        if inputs.optional(2) != nil {
            try inputs.requireSameType(0, 2)
            try inputs.requireOneElement(2)
        }
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let pads = try pads(inputs, rank: extents.count) else {
            return [TensorFact(inputs[0].dataType, [Int](repeating: -1, count: extents.count))]
        }
        var result: [Int] = []
        for (axis, extent) in extents.enumerated() {
            let padded = extent + pads[axis].before + pads[axis].after
            guard extent < 0 || padded >= 0 else {
                throw InferError(.invalidArgument, "axis \(axis): pads \(pads[axis]) cut more than \(extent) elements")
            }
            if mode == .reflect, extent >= 0, max(pads[axis].before, pads[axis].after) >= max(extent, 1) {
                throw InferError(.invalidArgument, "axis \(axis): cannot reflect \(pads[axis]) of \(extent) elements")
            }
            if mode != .constant, extent == 0, padded > 0 {
                throw InferError(.invalidArgument, "axis \(axis) is empty, there is nothing to repeat")
            }
            result.append(extent < 0 ? -1 : padded)
        }
        return [TensorFact(inputs[0].dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents,
            let padded = outputs[0].extents, let pads = try pads(inputs, rank: extents.count)
        else { preconditionFailure("bound with open shapes") }
        guard mode == .constant else {
            return Repeating(mode: mode, extents: extents, padded: padded, before: pads.map(\.before)).kernel(size)
        }
        // What is kept of the input, and where it begins on both sides.
        let own = strides(of: extents)
        let target = strides(of: padded)
        var kept: [Int] = []
        var sourceOffset = 0
        var targetOffset = 0
        for (axis, pad) in pads.enumerated() {
            kept.append(max(extents[axis] + min(pad.before, 0) + min(pad.after, 0), 0))
            sourceOffset += max(-pad.before, 0) * own[axis]
            targetOffset += max(pad.before, 0) * target[axis]
        }
        let copy = StridedCopy(
            kept, sourceStrides: own, targetStrides: target, sourceOffset: sourceOffset, targetOffset: targetOffset)
        let fill = StridedCopy(broadcasting: [1], to: [padded.product])
        let hasValue = inputs.optional(2) != nil
        let fallback = DataType.numbers.contains(inputs[0].dataType) ? try NumberAccess(inputs[0].dataType) : nil
        let value = fixedValue
        return Kernel(scratchByteCount: 64) { buffers in
            let output = buffers.bytes(ofOutput: 0)
            if hasValue {
                fill.run(buffers.bytes(ofInput: 2), into: output, elementByteCount: size)
            } else if value != 0, let fallback {
                fallback.store(Double(value), buffers.scratch, 0)
                fill.run(UnsafeRawBufferPointer(buffers.scratch), into: output, elementByteCount: size)
            } else {
                output.initializeMemory(as: UInt8.self, repeating: 0)
            }
            copy.run(buffers.bytes(ofInput: 0), into: output, elementByteCount: size)
        }
    }

    /// Padding with the input's own elements. Where each comes from is worked out on the way: tables of it would have a
    /// request's extents.
    private struct Repeating: Sendable {
        let mode: Mode
        let extents, padded, before: [Int]

        func kernel(_ size: Int) -> Kernel {
            let own = strides(of: extents)
            let last = padded.count - 1
            return Kernel { buffers in
                let target = buffers.bytes(ofOutput: 0)
                guard target.count > 0, let from = buffers.bytes(ofInput: 0).baseAddress, let to = target.baseAddress
                else { return }
                guard last >= 0 else { return to.copyMemory(from: from, byteCount: size) }
                let columns = padded[last]
                // The columns that the input has, in their order.
                let first = min(max(before[last], 0), columns)
                let kept = first..<max(min(before[last] + extents[last], columns), first)
                var row = Odometer(Array(padded[..<last]))
                for number in 0..<target.count / size / columns {
                    var line = from
                    for axis in 0..<last { line += source(row.index[axis], axis) * own[axis] * size }
                    let result = to + number * columns * size
                    for column in 0..<kept.lowerBound {
                        (result + column * size).copyMemory(from: line + source(column, last) * size, byteCount: size)
                    }
                    if !kept.isEmpty {
                        (result + kept.lowerBound * size).copyMemory(
                            from: line + source(kept.lowerBound, last) * size, byteCount: kept.count * size)
                    }
                    for column in kept.upperBound..<columns {
                        (result + column * size).copyMemory(from: line + source(column, last) * size, byteCount: size)
                    }
                    row.advance()
                }
            }
        }

        /// Where on its axis the element at `index` of the result comes from.
        private func source(_ index: Int, _ axis: Int) -> Int {
            let (position, extent) = (index - before[axis], extents[axis])
            switch mode {
            case .edge, .constant: return min(max(position, 0), extent - 1)
            case .wrap: return (position % extent + extent) % extent
            case .reflect:
                if extent == 1 { return 0 }
                let period = 2 * (extent - 1)
                let folded = (position % period + period) % period
                return folded < extent ? folded : period - folded
            }
        }
    }
}
