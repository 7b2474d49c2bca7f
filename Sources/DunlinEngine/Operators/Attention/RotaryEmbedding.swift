import DunlinInference
import DunlinTensor

/// `RotaryEmbedding` of ONNX and of com.microsoft: rotates pairs of a head's elements by angles that depend on the row.
struct RotaryEmbedding: Operator {
    private let headCount: Int
    private let rotatedCount: Int
    private let isInterleaved: Bool
    /// Where the inputs are: com.microsoft has the positions before the caches.
    private let cosineInput: Int
    private let positionInput: Int

    static func standard(_ node: Node) throws(InferError) -> any Operator {
        try RotaryEmbedding(node, cosineInput: 1, positionInput: 3)
    }

    static func microsoft(_ node: Node) throws(InferError) -> any Operator {
        guard try node.float("scale", default: 1) == 1 else {
            throw InferError(.unsupported, "attribute 'scale' is not 1")
        }
        guard try !node.bool("is_packed_batching", default: false) else {
            throw InferError(.unsupported, "packed batches are not supported")
        }
        return try RotaryEmbedding(node, cosineInput: 2, positionInput: 1)
    }

    private init(_ node: Node, cosineInput: Int, positionInput: Int) throws(InferError) {
        headCount = try node.int("num_heads", default: 0)
        rotatedCount = try node.int("rotary_embedding_dim", default: 0)
        isInterleaved = try node.bool("interleaved", default: false)
        guard (0...AttentionOperator.mostHeads).contains(headCount) else {
            throw InferError(.invalidArgument, "attribute 'num_heads' is \(headCount)")
        }
        guard rotatedCount >= 0, rotatedCount % 2 == 0, rotatedCount < 1 << 24 else {
            throw InferError(.invalidArgument, "attribute 'rotary_embedding_dim' is \(rotatedCount)")
        }
        self.cosineInput = cosineInput
        self.positionInput = positionInput
    }

    /// Counts and strides of X, for complete facts.
    private struct Rotation: Sendable {
        let batch: Int
        let heads: Int
        let rows: Int
        let columns: Int
        let rotated: Int
        let isSplit: Bool

        func offset(_ b: Int, _ h: Int, _ r: Int) -> Int {
            isSplit ? ((b * heads + h) * rows + r) * columns : ((b * rows + r) * heads + h) * columns
        }
    }

    private func rotation(_ extents: [Int], _ cosines: [Int]) throws(InferError) -> Rotation {
        let isSplit = extents.count == 4
        var heads = isSplit ? extents[1] : headCount
        if heads == 0, !isSplit, let half = cosines.last, rotatedCount == 0, half > 0, extents[2] % (2 * half) == 0 {
            heads = extents[2] / (2 * half)
        }
        guard isSplit || (heads > 0 && extents[2] % heads == 0) else {
            throw InferError(.invalidArgument, "rows of \(extents[2]) elements for \(heads) heads")
        }
        let columns = isSplit ? extents[3] : extents[2] / heads
        let rotated = rotatedCount == 0 ? columns : rotatedCount
        guard rotated % 2 == 0, rotated <= columns, cosines.last == rotated / 2 else {
            throw InferError(
                .invalidArgument, "\(rotated) of \(columns) elements are rotated, the caches have \(cosines)")
        }
        return Rotation(
            batch: extents[0], heads: heads, rows: isSplit ? extents[2] : extents[1], columns: columns,
            rotated: rotated, isSplit: isSplit)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.requireSameType(0, cosineInput)
        try inputs.requireSameType(0, cosineInput + 1)
        try inputs.require(0, rank: 3...4)
        if inputs.optional(positionInput) != nil {
            try inputs.require(positionInput, isOneOf: [.int64])
            try inputs.require(positionInput, rank: 1...2)
        }
        let cosines = inputs[cosineInput], sines = inputs[cosineInput + 1]
        if inputs[0].isComplete, cosines.isComplete, sines.isComplete, let extents = inputs[0].extents {
            let rotation = try rotation(extents, cosines.shape.dimensions)
            guard cosines.extents == sines.extents else {
                throw InferError(.invalidArgument, "the caches have shapes \(cosines.shape) and \(sines.shape)")
            }
            if let positions = inputs.optional(positionInput) {
                guard cosines.rank == 2 else {
                    throw InferError(.invalidArgument, "the caches have rank \(cosines.rank ?? 0), expected 2")
                }
                if let count = positions.elementCount, count != rotation.batch * rotation.rows, count != 1 {
                    throw InferError(
                        .invalidArgument, "\(count) positions for \(rotation.batch) batches of \(rotation.rows) rows")
                }
            } else if cosines.extents != [rotation.batch, rotation.rows, rotation.rotated / 2] {
                throw InferError(.invalidArgument, "the caches have shape \(cosines.shape)")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let rotation = try rotation(inputs[0].shape.dimensions, inputs[cosineInput].shape.dimensions)
        let positionCount = inputs.optional(positionInput)?.elementCount
        let cached = inputs[cosineInput].shape[0]
        let (cosineInput, positionInput, isInterleaved) = (cosineInput, positionInput, isInterleaved)
        return Kernel { (buffers) throws(InferError) in
            let input = buffers.input(0, as: Float.self), output = buffers.output(0, as: Float.self)
            let cosines = buffers.input(cosineInput, as: Float.self)
            let sines = buffers.input(cosineInput + 1, as: Float.self)
            let half = rotation.rotated / 2
            for b in 0..<rotation.batch {
                for r in 0..<rotation.rows {
                    var angle = b * rotation.rows + r
                    if let positionCount {
                        let positions = buffers.input(positionInput, as: Int64.self)
                        // One number is where the first row stands.
                        let position =
                            positionCount == 1
                            ? Int(positions[0]).addingReportingOverflow(r).partialValue
                            : Int(positions[angle])
                        guard position >= 0 && position < cached else {
                            throw InferError(
                                .invalidArgument, "position \(position) is outside the caches of \(cached) rows")
                        }
                        angle = position
                    }
                    for h in 0..<rotation.heads {
                        let start = rotation.offset(b, h, r)
                        for i in 0..<half {
                            let first = start + (isInterleaved ? 2 * i : i)
                            let second = isInterleaved ? first + 1 : first + half
                            let (c, s) = (cosines[angle * half + i], sines[angle * half + i])
                            output[first] = c * input[first] - s * input[second]
                            output[second] = s * input[first] + c * input[second]
                        }
                        for i in rotation.rotated..<rotation.columns { output[start + i] = input[start + i] }
                    }
                }
            }
        }
    }
}
