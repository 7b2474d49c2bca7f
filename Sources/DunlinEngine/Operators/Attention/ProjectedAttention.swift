import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// `com.microsoft.Attention` of encoders: projects rows to Q, K and V with one matrix and attends.
///
/// Inputs: rows `[batch, rows, width]`, the matrix `[width, 3 · heads · columns]`, its bias, a mask of padded keys
/// `[batch, rows]`, and as the sixth a bias of the scores. Caches and other forms of the mask are refused.
struct ProjectedAttention: Operator {
    private let headCount: Int
    private let scale: Float
    private let maskValue: Float
    private let isCausal: Bool
    /// Columns of Q, K and V in the matrix; `nil`: a third each.
    private let widths: [Int]?
    private var packed: PackedMatrix?

    init(_ node: Node) throws(InferError) {
        guard let heads = try node.int("num_heads") else { throw node.missing("num_heads") }
        guard (1...AttentionOperator.mostHeads).contains(heads) else {
            throw InferError(.invalidArgument, "attribute 'num_heads' is \(heads)")
        }
        headCount = heads
        scale = try node.float("scale", default: 0)
        maskValue = try node.float("mask_filter_value", default: -10000)
        isCausal = try node.bool("unidirectional", default: false)
        widths = try node.ints("qkv_hidden_sizes")
        if let widths {
            guard widths.count == 3, widths.allSatisfy({ $0 > 0 && $0 < 1 << 24 && $0 % heads == 0 }),
                widths[0] == widths[1]
            else { throw InferError(.unsupported, "attribute 'qkv_hidden_sizes' is \(widths)") }
        }
        guard try !node.bool("do_rotary", default: false) else {
            throw InferError(.unsupported, "rotary embedding is not supported")
        }
        node.ignore("rotary_embedding_dim")
        node.ignore("past_present_share_buffer")
        guard !node.hasInput(4) && !node.hasInput(6) else {
            throw InferError(.unsupported, "past keys and values are not supported")
        }
        guard node.givenOutputs.dropFirst().allSatisfy({ !$0 }) else {
            throw InferError(.unsupported, "outputs other than the first are not supported")
        }
    }

    /// Columns of Q, K and V, for a matrix of this many.
    private func widths(_ columns: Int) throws(InferError) -> [Int] {
        let found = widths ?? [columns / 3, columns / 3, columns / 3]
        guard found.reduce(0, +) == columns, found.allSatisfy({ $0 % headCount == 0 }) else {
            throw InferError(.invalidArgument, "a matrix of \(columns) columns for \(headCount) heads")
        }
        return found
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16])
        try inputs.requireSameType(0, 1)
        try inputs.require(0, rank: 3...3)
        try inputs.require(1, rank: 2...2)
        let rows = inputs[0].extents ?? [-1, -1, -1], matrix = inputs[1].extents ?? [-1, -1]
        guard rows[2] < 0 || matrix[0] < 0 || rows[2] == matrix[0] else {
            throw InferError(.invalidArgument, "rows of \(rows[2]) elements for a matrix of \(matrix[0]) rows")
        }
        let width = matrix[1] < 0 ? -1 : try widths(matrix[1])[2]
        if let bias = inputs.optional(2) {
            try inputs.requireSameType(0, 2)
            if let count = bias.elementCount, matrix[1] >= 0, count != matrix[1] {
                throw InferError(.invalidArgument, "the bias has \(count) elements for \(matrix[1]) columns")
            }
        }
        if inputs.optional(3) != nil {
            try inputs.require(3, isOneOf: [.int32])
            if let mask = inputs[3].extents {
                guard mask.count == 2 else {
                    throw InferError(.unsupported, "a mask of rank \(mask.count) is not supported")
                }
                guard zip(mask, rows).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 }) else {
                    throw InferError(.unsupported, "a mask of shape \(mask) is not supported")
                }
            }
        }
        if let bias = inputs.optional(5) {
            try inputs.requireSameType(0, 5)
            if let extents = bias.extents {
                let scores = [rows[0], headCount, rows[1], rows[1]]
                guard extents.count == 4,
                    zip(extents, scores).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 || $0 == 1 })
                else { throw InferError(.invalidArgument, "the attention bias has shape \(extents)") }
            }
        }
        return [TensorFact(inputs[0].dataType, [rows[0], rows[1], width])]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard inputs[1].dataType == .fp32, let weights = inputs[1].constant, weights.shape.rank == 2 else {
            return self
        }
        var prepared = self
        prepared.packed = weights.withElements(as: Float.self) {
            PackedMatrix(rows: weights.shape[0], columns: weights.shape[1], elements: $0, bf16: inputs.bf16)
        }
        return prepared
    }

    var packedInputs: [Int] { packed == nil ? [] : [1] }

    var memoryByteCount: Int { packed?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let (batch, rows, width) = (inputs[0].shape[0], inputs[0].shape[1], inputs[0].shape[2])
        let columns = inputs[1].shape[1], widths = try widths(columns)
        let depth = widths[0] / headCount, valueDepth = widths[2] / headCount
        var heads = AttentionHeads(
            batch: batch, heads: headCount, keyHeads: headCount, queries: rows, keys: rows, depth: depth,
            valueDepth: valueDepth)
        heads.scale = scale != 0 ? scale : depth == 0 ? 1 : 1 / sqrtf(Float(depth))
        heads.causalOffset = isCausal ? 0 : nil
        // Q, K and V stand side by side in the rows of the product.
        let shared = AttentionHeads.Layout(batch: rows * columns, head: depth, row: columns, column: 1)
        (heads.query, heads.key) = (shared, shared)
        heads.value = .init(batch: rows * columns, head: valueDepth, row: columns, column: 1)
        heads.output = AttentionOperator.layout([batch, headCount, rows, valueDepth], isSplit: false)
        let hasBias = inputs.optional(2) != nil, hasPadding = inputs.optional(3) != nil
        let hasScoreBias = inputs.optional(5) != nil
        if hasScoreBias { heads.mask = AttentionMask(.added, input: 5, inputs[5].shape.dimensions, rank: 4).mode }
        if hasPadding { heads.secondMask = .init(.added, layout: .init(batch: rows, head: 0, row: 0, column: 1)) }
        let call = heads, packed = packed, maskValue = maskValue
        let productCount = batch * rows * columns, paddingCount = hasPadding ? batch * rows : 0
        return Kernel(
            scratchByteCount: (productCount + paddingCount) * 4,
            variant: packed?.bf16Variant ?? "",
            multiplyAdds: heads.multiplyAdds + batch * rows * width * columns
        ) { buffers in
            guard productCount > 0 else { return }
            let memory = buffers.scratch.bindMemory(to: Float.self)
            let product = UnsafeMutableBufferPointer(rebasing: memory[..<productCount])
            let padding = UnsafeMutableBufferPointer(rebasing: memory[productCount..<productCount + paddingCount])
            let bias = hasBias ? buffers.input(2, as: Float.self) : nil
            if let packed {
                gemm(
                    m: batch * rows, a: buffers.input(0), b: packed, bias: bias, c: product, threads: buffers.threads)
            } else {
                gemm(m: batch * rows, n: columns, k: width, a: buffers.input(0), b: buffers.input(1), c: product)
                if let bias { applyByRow(.add, matrix: UnsafeBufferPointer(product), row: bias, into: product) }
            }
            if hasPadding {
                let mask = buffers.input(3, as: Int32.self)
                for index in 0..<paddingCount { padding[index] = mask[index] > 0 ? 0 : maskValue }
            }
            let all = UnsafeBufferPointer(product)
            call.run(
                q: all, k: UnsafeBufferPointer(rebasing: all[widths[0]...]),
                v: UnsafeBufferPointer(rebasing: all[(widths[0] + widths[1])...]),
                mask: hasScoreBias ? buffers.input(5) : UnsafeBufferPointer(start: nil, count: 0),
                secondMask: UnsafeBufferPointer(padding), threads: buffers.threads, into: buffers.output(0))
        }
    }
}
