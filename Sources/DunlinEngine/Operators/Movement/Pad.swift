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
        if inputs.optional(2) != nil { try inputs.requireSameType(0, 2) }
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
        guard mode == .constant else { return Self.repeating(mode, extents, padded, pads.map(\.before), size) }
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

    /// Each output element comes from the input element that its axes' tables name.
    private static func repeating(
        _ mode: Mode, _ extents: [Int], _ padded: [Int], _ before: [Int], _ size: Int
    ) -> Kernel {
        let own = strides(of: extents)
        let tables: [[Int]] = padded.indices.map { axis in
            (0..<padded[axis]).map { source(mode, $0 - before[axis], extents[axis]) * own[axis] }
        }
        return Kernel { buffers in
            let source = buffers.bytes(ofInput: 0)
            let target = buffers.bytes(ofOutput: 0)
            guard target.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
            var index = [Int](repeating: 0, count: tables.count)
            for element in 0..<target.count / size {
                var offset = 0
                for axis in index.indices { offset += tables[axis][index[axis]] }
                (to + element * size).copyMemory(from: from + offset * size, byteCount: size)
                for axis in index.indices.reversed() {
                    index[axis] += 1
                    if index[axis] < tables[axis].count { break }
                    index[axis] = 0
                }
            }
        }
    }

    private static func source(_ mode: Mode, _ position: Int, _ extent: Int) -> Int {
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
