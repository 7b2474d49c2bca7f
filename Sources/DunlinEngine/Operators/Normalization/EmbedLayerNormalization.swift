import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft.EmbedLayerNormalization`: the sum of a word's, a position's and a segment's row, normalized.
///
/// Inputs: words, segments, then the rows of words, positions and segments, scale, shift, a mask, and positions.
/// Outputs: the normalized sums, how many words of each batch the mask keeps, and the sums.
struct EmbedLayerNormalization: Operator {
    private let epsilon: Float
    private let wantsSum: Bool

    init(_ node: Node) throws(InferError) {
        epsilon = try node.float("epsilon", default: 1e-12)
        node.ignore("mask_index_type")
        wantsSum = node.hasOutput(2)
        guard node.hasInput(1) == node.hasInput(4) else {
            throw InferError(.invalidArgument, "segments without their rows, or the other way round")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.int32])
        try inputs.require(0, rank: 2...2)
        for index in [1, 7, 8] where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: [.int32])
            try inputs.require(index, rank: 2...2)
        }
        try inputs.require(2, isOneOf: [.fp32, .fp16])
        for index in [2, 3, 4] where inputs.optional(index) != nil {
            try inputs.requireSameType(2, index)
            try inputs.require(index, rank: 2...2)
        }
        let words = inputs[0].extents ?? [-1, -1]
        let columns = inputs[2].extents?[1] ?? -1
        for index in [3, 4] {
            guard let other = inputs.optional(index)?.extents?[1], columns >= 0, other >= 0, other != columns else {
                continue
            }
            throw InferError(.invalidArgument, "input \(index) has rows of \(other) elements, expected \(columns)")
        }
        for index in [5, 6] {
            try inputs.requireSameType(2, index)
            guard let count = inputs[index].elementCount, columns >= 0, count != columns else { continue }
            throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected \(columns)")
        }
        for index in [1, 7] {
            guard let extents = inputs.optional(index)?.extents else { continue }
            guard zip(extents, words).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 }) else {
                throw InferError(.invalidArgument, "input \(index) has shape \(extents), the words have \(words)")
            }
        }
        if let extents = inputs.optional(8)?.extents {
            guard (extents[1] < 0 || words[1] < 0 || extents[1] == words[1]),
                extents[0] < 0 || words[0] < 0 || extents[0] == words[0] || extents[0] == 1
            else { throw InferError(.invalidArgument, "the positions have shape \(extents), the words have \(words)") }
        } else if let rows = inputs[3].extents?[0], rows >= 0, words[1] > rows {
            throw InferError(.invalidArgument, "\(words[1]) words in a row, there are \(rows) positions")
        }
        let output = TensorFact(inputs[2].dataType, words + [columns])
        return [output, TensorFact(.int32, [words[0]])] + (wantsSum ? [output] : [])
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[2].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let (batch, count, columns) = (inputs[0].shape[0], inputs[0].shape[1], inputs[2].shape[1])
        let tables = [2, 3, 4].map { inputs.optional($0)?.shape[0] }
        let hasMask = inputs.optional(7) != nil
        let positionStride = inputs.optional(8).map { $0.shape[0] == 1 ? 0 : count }
        let (epsilon, wantsSum) = (epsilon, wantsSum)
        return Kernel { (buffers) throws(InferError) in
            let output = buffers.output(0, as: Float.self)
            let words = buffers.input(0, as: Int32.self)
            func row(_ table: Int, _ index: Int32) throws(InferError) -> UnsafeBufferPointer<Float> {
                let rows = tables[table] ?? 0
                guard index >= 0 && Int(index) < rows else {
                    throw InferError(.invalidArgument, "index \(index) is out of range for \(rows) rows")
                }
                let all = buffers.input(table + 2, as: Float.self)
                return UnsafeBufferPointer(rebasing: all[Int(index) * columns..<(Int(index) + 1) * columns])
            }
            for place in 0..<batch * count where columns > 0 {
                let (b, i) = (place / count, place % count)
                let target = UnsafeMutableBufferPointer(
                    rebasing: output[place * columns..<(place + 1) * columns])
                let position =
                    positionStride.map { buffers.input(8, as: Int32.self)[b * $0 + i] } ?? Int32(truncatingIfNeeded: i)
                apply(.add, try row(0, words[place]), try row(1, position), into: target)
                if tables[2] != nil {
                    let segment = buffers.input(1, as: Int32.self)[place]
                    apply(.add, UnsafeBufferPointer(target), try row(2, segment), into: target)
                }
            }
            if wantsSum { buffers.bytes(ofOutput: 2).copyMemory(from: UnsafeRawBufferPointer(output)) }
            if !output.isEmpty {
                layerNormalization(
                    UnsafeBufferPointer(output), scale: buffers.input(5), bias: buffers.input(6), epsilon: epsilon,
                    into: output)
            }
            let kept = buffers.output(1, as: Int32.self)
            for b in kept.indices {
                guard hasMask else {
                    kept[b] = 0
                    continue
                }
                let mask = buffers.input(7, as: Int32.self)[b * count..<(b + 1) * count]
                kept[b] = mask.reduce(0) { $0 + ($1 == 1 ? 1 : 0) }
            }
        }
    }
}
