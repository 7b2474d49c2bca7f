import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

/// Products of 8-bit integers: `MatMulInteger`, `QLinearMatMul`, and of `com.microsoft` `QGemm`, `MatMulIntegerToFloat`
/// and `DynamicQuantizeMatMul`, which quantises its left side first.
struct IntegerProduct: Operator {
    private let left: QuantizedOperand
    private let right: QuantizedOperand
    var result: IntegerResult
    private var transposesA = false
    private var transposesB = false
    /// A two-dimensional product as of `Gemm`, not one of stacks of matrices.
    private var isGemm = false
    /// FP32 on the left, quantised by its own range.
    private var quantizes = false
    private var packed: PackedBytes?
    private var sums: IntegerSums?

    init(left: QuantizedOperand, right: QuantizedOperand, _ result: IntegerResult, transposesB: Bool = false) {
        (self.left, self.right, self.result) = (left, right, result)
        (self.transposesB, isGemm) = (transposesB, transposesB)
    }

    static func matMulInteger(_ node: Node) throws(InferError) -> any Operator {
        Self(left: QuantizedOperand(0, zero: 2), right: QuantizedOperand(1, zero: 3), IntegerResult(.int32))
    }

    /// Inputs: a and its scale and zero point, b and its, the result's scale and zero point.
    static func qLinearMatMul(_ node: Node) throws(InferError) -> any Operator {
        Self(
            left: QuantizedOperand(0, scale: 1, zero: 2), right: QuantizedOperand(3, scale: 4, zero: 5),
            IntegerResult(.bits8, output: QuantizedOperand(0, scale: 6, zero: 7)))
    }

    /// Inputs: A, B, their scales, their zero points, a bias.
    static func matMulIntegerToFloat(_ node: Node) throws(InferError) -> any Operator { toFloat() }

    static func toFloat() -> IntegerProduct {
        Self(
            left: QuantizedOperand(0, scale: 2, zero: 4), right: QuantizedOperand(1, scale: 3, zero: 5),
            IntegerResult(.fp32, bias: 6))
    }

    /// Inputs: A in FP32, B, its scale and zero point, a bias.
    static func dynamicQuantizeMatMul(_ node: Node) throws(InferError) -> any Operator {
        var product = Self(
            left: QuantizedOperand(0), right: QuantizedOperand(1, scale: 2, zero: 3), IntegerResult(.fp32, bias: 4))
        product.quantizes = true
        return product
    }

    /// Inputs: A, its scale and zero point, B and its, C, the result's scale and zero point.
    static func qGemm(_ node: Node) throws(InferError) -> any Operator {
        guard node.hasInput(7) == node.hasInput(8) else {
            throw InferError(.invalidArgument, "the result has a scale or a zero point, and not both")
        }
        return gemm(
            transposesA: try node.bool("transA", default: false), transposesB: try node.bool("transB", default: false),
            alpha: try node.float("alpha", default: 1), isQuantized: node.hasInput(8))
    }

    static func gemm(transposesA: Bool, transposesB: Bool, alpha: Float, isQuantized: Bool) -> IntegerProduct {
        var product = Self(
            left: QuantizedOperand(0, scale: 1, zero: 2), right: QuantizedOperand(3, scale: 4, zero: 5),
            IntegerResult(
                isQuantized ? .bits8 : .fp32, output: QuantizedOperand(0, scale: 7, zero: 8), integerBias: 6))
        (product.transposesA, product.transposesB, product.isGemm) = (transposesA, transposesB, true)
        product.result.factor = alpha
        return product
    }

    // MARK: Shapes

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        if quantizes {
            try inputs.require(left.tensor, isOneOf: [.fp32])
        } else {
            try inputs.require(left)
        }
        let extents = try shape(inputs)
        let columns = columns(inputs)
        try inputs.require(right, mostScales: columns)
        return [TensorFact(try result.dataType(inputs, columns: columns), extents)]
    }

    /// Columns of the product, -1 where that is not known.
    private func columns(_ inputs: InputFacts) -> Int {
        guard let extents = inputs[right.tensor].extents else { return -1 }
        return extents.count == 1 ? 1 : extents[extents.count - (transposesB ? 2 : 1)]
    }

    private func shape(_ inputs: InputFacts) throws(InferError) -> [Int]? {
        guard isGemm else {
            try inputs.require(left.tensor, rank: 1...TensorFact.mostAxes)
            try inputs.require(right.tensor, rank: 1...TensorFact.mostAxes)
            guard let b = inputs[right.tensor].extents else { return nil }
            // One zero point or scale for all matrices of a stack, or one for each column.
            return try MatMulShape.output(inputs[left.tensor].extents, b)
        }
        try inputs.require(left.tensor, rank: 2...2)
        try inputs.require(right.tensor, rank: 2...2)
        let a = inputs[left.tensor].extents ?? [-1, -1], b = inputs[right.tensor].extents ?? [-1, -1]
        return try MatMulShape.output(transposesA ? a.reversed() : a, transposesB ? b.reversed() : b)
    }

    // MARK: At load

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let weights = inputs[right.tensor].constant, weights.shape.rank == 2 else { return self }
        var prepared = self
        let packed = weights.bytes.withUnsafeBytes { pack($0.assumingMemoryBound(to: UInt8.self), inputs) }
        prepared.packed = packed
        guard let constants = ConstantParameters(inputs, [right.scale, right.zero] + result.parameters) else {
            return prepared
        }
        if !quantizes, ConstantParameters(inputs, [left.scale, left.zero]) != nil {
            prepared.sums = makeSums(constants, inputs, packed, constants.range(left, inputs[left.tensor].dataType))
        } else if result.kind != .bits8 {
            prepared.sums = makeSums(constants, inputs, packed, nil)
        }
        return prepared
    }

    private func pack(_ elements: UnsafeBufferPointer<UInt8>, _ inputs: InputFacts) -> PackedBytes {
        let extents = inputs[right.tensor].shape.dimensions
        let (rows, columns) =
            extents.count == 1
            ? (extents[0], 1)
            : transposesB
                ? (extents[extents.count - 1], extents[extents.count - 2])
                : (extents[extents.count - 2], extents[extents.count - 1])
        return PackedBytes(
            rows: rows, columns: columns, elements: elements, rowStride: transposesB ? 1 : columns,
            columnStride: transposesB ? rows : 1, isSigned: inputs[right.tensor].dataType == .int8)
    }

    /// Stands for a left side that only a run brings.
    private static let unknown = QuantizedRange(scale: 1, zero: 0, isSigned: false)

    /// - Parameter range: The left side's; `nil` for open sums.
    private func makeSums(
        _ source: some ParameterSource, _ inputs: InputFacts, _ packed: PackedBytes, _ range: QuantizedRange?
    ) -> IntegerSums {
        let type = inputs[right.tensor].dataType
        let sides = IntegerResult.Sides(source, left: range ?? Self.unknown, right: right, type)
        let outputType = (try? result.dataType(inputs, columns: -1)) ?? .uint8
        return result.sums(
            source, sides, depth: packed.rows, columnSums: packed.columnSums[..<packed.columns],
            part: 0..<packed.columns, outputType: outputType, isOpen: range == nil)
    }

    var memoryByteCount: Int { (packed?.byteCount ?? 0) + (sums?.byteCount ?? 0) }

    // MARK: A run

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        var a = inputs[left.tensor].shape.dimensions
        let b = inputs[right.tensor].shape.dimensions
        if transposesA { a.reverse() }
        let right2 = transposesB ? b.reversed() : b
        // A single matrix on the right: all rows on the left are one product's.
        let isSingle = b.count <= 2
        let k = a[a.count - 1], n = b.count == 1 ? 1 : right2[right2.count - 1]
        let m = isSingle ? a.dropLast().product : a.count == 1 ? 1 : a[a.count - 2]
        let stackA = isSingle ? [] : Array(a.dropLast(2)), stackB = isSingle ? [] : Array(b.dropLast(2))
        let batches = BroadcastLoop(stackA, stackB, output: try broadcast(stackA, stackB) ?? [])
        let isSigned = inputs[left.tensor].dataType == .int8
        let ownCopy = quantizes || transposesA ? (a.product + 63) / 64 * 64 : 0
        let scratch = ownCopy + quantizedGemmScratch(m: m, depth: k, columns: n, isSigned: isSigned)
        let (leftType, size) = (inputs[left.tensor].dataType, outputs[0].dataType.byteCount ?? 1)
        return Kernel(scratchByteCount: scratch) { (buffers) throws(InferError) in
            let output = buffers.bytes(ofOutput: 0)
            guard !output.isEmpty else { return }
            var source = buffers.bytes(ofInput: left.tensor)
            let copy = UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[..<ownCopy])
            var range = buffers.range(left, leftType)
            if quantizes {
                let numbers = buffers.input(left.tensor, as: Float.self)
                let (scale, zero) = dynamicScale(of: numbers)
                range = QuantizedRange(scale: scale, zero: Int32(zero), isSigned: false)
                let target = UnsafeMutableRawBufferPointer(rebasing: copy[..<numbers.count])
                quantize(
                    numbers, scale: scale, zero: Int32(zero), isSigned: false,
                    into: target.assumingMemoryBound(to: UInt8.self))
                source = UnsafeRawBufferPointer(target)
            } else if transposesA {
                let target = UnsafeMutableRawBufferPointer(rebasing: copy[..<source.count])
                transpose(rows: k, columns: m, elementByteCount: 1, source, into: target)
                source = UnsafeRawBufferPointer(target)
            }
            let elements = source.assumingMemoryBound(to: UInt8.self)
            let matrices = buffers.input(right.tensor, as: UInt8.self)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[ownCopy...])
            try batches.forEachRow { (l, r, o) throws(InferError) in
                for i in 0..<batches.rowCount {
                    let aFirst = (l + i * batches.leftStep) * m * k, bFirst = (r + i * batches.rightStep) * k * n
                    let matrix =
                        packed ?? pack(UnsafeBufferPointer(rebasing: matrices[bFirst..<bFirst + k * n]), inputs)
                    let sums = sums ?? makeSums(buffers, inputs, matrix, range)
                    let first = (o + i) * m * n * size
                    quantizedGemm(
                        m: m, a: UnsafeBufferPointer(rebasing: elements[aFirst..<aFirst + m * k]), isSigned: isSigned,
                        b: matrix, sums: sums, left: IntegerSums.Left(zero: range.countedZero, scale: range.scale),
                        scratch: rest,
                        c: UnsafeMutableRawBufferPointer(rebasing: output[first..<first + m * n * size]))
                }
            }
        }
    }
}
