import DunlinInference
import DunlinKernels
import DunlinTensor

/// What a node makes of the sums of an integer product.
struct IntegerResult: Sendable {
    enum Kind: Sendable { case int32, fp32, bits8 }

    var kind: Kind
    /// Scale and zero point of an 8-bit result; `tensor` is not used.
    var output: QuantizedOperand?
    /// INT32, added to the sums.
    var integerBias: Int?
    /// FP32, added to FP32 results.
    var bias: Int?
    /// Multiplies the product.
    var factor: Float = 1
    /// An activation's limits, in numbers; not for `.int32`.
    var limits: ClosedRange<Float> = -.infinity ... .infinity

    init(_ kind: Kind, output: QuantizedOperand? = nil, integerBias: Int? = nil, bias: Int? = nil) {
        (self.kind, self.output, self.integerBias, self.bias) = (kind, output, integerBias, bias)
    }

    /// The inputs whose elements decide what becomes of a sum.
    var parameters: [Int?] { [output?.scale, output?.zero, integerBias, bias] }

    /// The result's element type; checks scale, zero point and bias.
    ///
    /// - Parameter columns: How many columns the product has, -1 where that is not known.
    func dataType(_ inputs: InputFacts, columns: Int) throws(InferError) -> DataType {
        for (index, type) in [(integerBias, DataType.int32), (bias, .fp32)] {
            guard let index, let fact = inputs.optional(index) else { continue }
            try inputs.require(index, isOneOf: [type])
            guard columns >= 0, fact.isComplete, let count = fact.elementCount else { continue }
            guard count == columns, fact.extents?.last == columns else {
                throw InferError(.unsupported, "input \(index) is \(fact); supported: a bias of \(columns) elements")
            }
        }
        switch kind {
        case .int32: return .int32
        case .fp32: return .fp32
        case .bits8:
            guard let output, let zero = output.zero else {
                preconditionFailure("an 8-bit result without a zero point")
            }
            guard let fact = inputs.optional(zero) else { return .uint8 }
            try inputs.require(zero, isOneOf: [.uint8, .int8])
            try inputs.requireScale(output, zeroType: fact.dataType)
            return fact.dataType
        }
    }

    /// Zero points and scales of both sides of a product, as the node gives them.
    struct Sides {
        var left: QuantizedRange
        var rightScales: [Float]
        var rightZeros: [Int32]
        var isRightSigned: Bool

        init(
            _ source: some ParameterSource, left: QuantizedRange, right: QuantizedOperand, _ rightType: DataType
        ) {
            self.left = left
            rightScales = right.scale.map { source.floats($0) } ?? [1]
            rightZeros = source.integers(right.zero, rightType)
            isRightSigned = rightType == .int8
        }

        /// The left side's zero point, counted from the least element.
        var leftZero: Int32 { left.countedZero }

        /// The right side's zero points as those of signed elements.
        var signedZeros: [Int32] {
            isRightSigned ? rightZeros : (rightZeros.isEmpty ? [0] : rightZeros).map { $0 - 128 }
        }
    }

    /// The sums' form for columns `part` of a product.
    ///
    /// - Parameters:
    ///   - columnSums: Of those columns.
    ///   - outputType: What `dataType` returned.
    ///   - isOpen: Whether the left side's scale and zero point are left to each run; not for 8-bit results.
    ///   - isPlain: Whether the right side's zero points were taken from it already.
    func sums(
        _ source: some ParameterSource, _ sides: Sides, depth: Int, columnSums: ArraySlice<Int32>, part: Range<Int>,
        outputType: DataType, isOpen: Bool, isPlain: Bool = false
    ) -> IntegerSums {
        func pick<T>(_ values: [T]) -> [T] { values.count <= 1 ? values : Array(values[part]) }
        func row<T>(_ values: [T]) -> [T] { values.isEmpty ? [] : Array(values[part]) }
        var scales = pick(sides.rightScales).map { isOpen ? $0 * factor : sides.left.scale * $0 * factor }
        let form: IntegerSums.Result
        switch kind {
        case .int32: form = .int32
        case .fp32: form = .fp32(low: limits.lowerBound, high: limits.upperBound)
        case .bits8:
            let range = source.range(output ?? QuantizedOperand(0), outputType)
            scales = scales.map { $0 / range.scale }
            guard
                case .bits8(let zero, let low, let high) = IntegerSums.Result.bits8(
                    zero: range.zero, isSigned: range.isSigned)
            else { preconditionFailure("an 8-bit form") }
            form = .bits8(
                zero: zero, low: min(max(low, limits.lowerBound / range.scale), high),
                high: max(min(high, limits.upperBound / range.scale), low))
        }
        return IntegerSums(
            form, depth: depth, columnSums: columnSums, zero: isOpen ? nil : sides.leftZero,
            columnZeros: isPlain ? [] : pick(sides.signedZeros), scales: scales,
            integerBias: row(source.integers(integerBias, .int32)),
            bias: row(bias.map { source.floats($0) } ?? []))
    }
}

extension QuantizedRange {
    /// The zero point, counted from the least element.
    var countedZero: Int32 { isSigned ? zero + 128 : zero }
}
