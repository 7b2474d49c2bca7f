import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `MatMulNBits`: rows times a constant matrix of 2, 4 or 8 bits a number, with a scale and a zero point
/// for each block of a column. The matrix is widened to FP32 at load and computed with as such.
///
/// Inputs: A `[…, K]`, B `[N, blocks, bytes]`, scales `[N, blocks]`, zero points, packed like a column of B or of A's
/// type, a deprecated order, a bias `[N]`.
struct MatMulNBits: Operator {
    private let columns: Int
    private let depth: Int
    private let layout: BlockBits
    private var packed: PackedMatrix?
    /// Whether kernels leave the packed inputs alone: those for FP16 and BF16 widen all that the node gives.
    private var isFloat = false

    init(_ node: Node) throws(InferError) {
        guard let k = try node.int("K") else { throw node.missing("K") }
        guard let n = try node.int("N") else { throw node.missing("N") }
        guard let blockSize = try node.int("block_size") else { throw node.missing("block_size") }
        let (count, overflows) = k.multipliedReportingOverflow(by: n)
        guard k > 0, n > 0, !overflows, count <= TensorFact.mostElements else {
            throw InferError(.invalidArgument, "attributes 'K' and 'N' are \(k) and \(n)")
        }
        (depth, columns) = (k, n)
        layout = try BlockBits(node, blockSize: blockSize)
        // How exact the product has to be at least: FP32 is.
        node.ignore("accuracy_level")
        guard try node.int("weight_prepacked", default: 0) == 0 else {
            throw InferError(.unsupported, "attribute 'weight_prepacked' is not 0")
        }
        guard !node.hasInput(4) else { throw InferError(.unsupported, "input 'g_idx' is not supported") }
        try node.requireInputs([0, 1, 2])
    }

    private var blocks: Int { layout.blocks(in: depth) }
    private var blockByteCount: Int { layout.byteCount(of: layout.blockSize) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.require(1, isOneOf: [.uint8])
        try inputs.requireSameType(0, 2)
        if let zeros = inputs.optional(3), zeros.dataType != .uint8 { try inputs.requireSameType(0, 3) }
        if inputs.optional(5) != nil { try inputs.requireSameType(0, 5) }
        for index in 1...3 where packed == nil && inputs.optional(index) != nil {
            guard inputs[index].constant != nil else {
                throw InferError(.unsupported, "input \(index) is not a constant")
            }
        }
        try check(inputs, 1, "B", columns * blocks * blockByteCount)
        try check(inputs, 2, "scales", columns * blocks)
        let isPacked = inputs.optional(3)?.dataType == .uint8
        try check(inputs, 3, "zero_points", columns * (isPacked ? layout.byteCount(of: blocks) : blocks))
        try check(inputs, 5, "bias", columns)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let last = extents.last, last < 0 || last == depth else {
            throw InferError(.invalidArgument, "input 0 is \(inputs[0]), expected rows of \(depth) elements")
        }
        return [TensorFact(inputs[0].dataType, extents.dropLast() + [columns])]
    }

    private func check(_ inputs: InputFacts, _ index: Int, _ name: String, _ expected: Int) throws(InferError) {
        guard let fact = inputs.optional(index), fact.isComplete, let count = fact.elementCount else { return }
        guard count == expected else {
            throw InferError(.invalidArgument, "input '\(name)' is \(fact), expected \(expected) elements")
        }
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        var prepared = self
        prepared.isFloat = inputs[0].dataType == .fp32
        prepared.packed = pack(inputs)
        return prepared
    }

    private func pack(_ inputs: InputFacts) -> PackedMatrix? {
        guard let weights = inputs[1].constant, let scales = inputs[2].constant else { return nil }
        let zeros = inputs.optional(3)?.constant
        var numbers = [Float](repeating: 0, count: columns * depth)
        weights.bytes.withUnsafeBytes { weights in
            scales.bytes.withUnsafeBytes { scales in
                if let zeros {
                    zeros.bytes.withUnsafeBytes { widen(weights, scales, inputs, $0, zeros.dataType, &numbers) }
                } else {
                    widen(weights, scales, inputs, UnsafeRawBufferPointer(start: nil, count: 0), .uint8, &numbers)
                }
            }
        }
        return numbers.withUnsafeBufferPointer {
            PackedMatrix(rows: depth, columns: columns, elements: $0, isTransposed: true)
        }
    }

    /// `numbers` becomes `[N, K]`.
    private func widen(
        _ weights: UnsafeRawBufferPointer, _ scales: UnsafeRawBufferPointer, _ inputs: InputFacts,
        _ zeros: UnsafeRawBufferPointer, _ zeroType: DataType, _ numbers: inout [Float]
    ) {
        guard let base = weights.assumingMemoryBound(to: UInt8.self).baseAddress,
            let scales = BlockNumbers(scales, inputs[2].dataType)
        else { return }
        let bits = zeroType == .uint8 ? zeros.assumingMemoryBound(to: UInt8.self).baseAddress : nil
        let floats = zeroType == .uint8 ? nil : BlockNumbers(zeros, zeroType)
        for column in 0..<columns {
            for block in 0..<blocks {
                let index = column * blocks + block
                let scale = scales[index]
                let zero =
                    bits.map { Float(layout.number($0 + column * layout.byteCount(of: blocks), block)) }
                    ?? floats?[index] ?? Float(layout.middle)
                let source = base + index * blockByteCount
                for i in 0..<min(layout.blockSize, depth - block * layout.blockSize) {
                    numbers[column * depth + block * layout.blockSize + i] =
                        (Float(layout.number(source, i)) - zero) * scale
                }
            }
        }
    }

    var packedInputs: [Int] { packed == nil || !isFloat ? [] : [1, 2, 3] }

    var memoryByteCount: Int { packed?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let packed = packed ?? pack(inputs) else {
            throw InferError(.unsupported, "B and its scales are not constant")
        }
        let rows = inputs[0].shape.dimensions.dropLast().reduce(1, *)
        let hasBias = inputs.optional(5) != nil
        return Kernel(variant: "packed", multiplyAdds: rows * depth * columns) { buffers in
            gemm(
                m: rows, a: buffers.input(0), b: packed, bias: hasBias ? buffers.input(5) : nil, c: buffers.output(0),
                threads: buffers.threads)
        }
    }
}
