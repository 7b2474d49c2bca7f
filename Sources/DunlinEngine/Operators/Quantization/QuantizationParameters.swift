import DunlinInference
import DunlinKernels
import DunlinTensor

/// Where a node gives a tensor, its scale and its zero point.
struct QuantizedOperand: Sendable {
    var tensor: Int
    var scale: Int?
    var zero: Int?

    init(_ tensor: Int, scale: Int? = nil, zero: Int? = nil) {
        (self.tensor, self.scale, self.zero) = (tensor, scale, zero)
    }
}

extension InputFacts {
    /// An input that may be left out, by an index that may be none.
    func optional(_ index: Int?) -> TensorFact? { index.flatMap { optional($0) } }

    /// Checks a tensor's element type and its scale's and zero point's.
    ///
    /// - Parameter mostScales: How many scales there may be; `nil` where that is not known.
    func require(_ operand: QuantizedOperand, mostScales: Int? = 1) throws(InferError) {
        try require(operand.tensor, isOneOf: [.uint8, .int8])
        try requireScale(operand, mostScales: mostScales)
    }

    /// Checks a scale's and a zero point's type and count.
    func requireScale(
        _ operand: QuantizedOperand, mostScales: Int? = 1, zeroType: DataType? = nil
    ) throws(InferError) {
        if let scale = operand.scale {
            try require(scale, isOneOf: [.fp32])
            try require(scale, countIn: mostScales)
        }
        if let index = operand.zero, let zero = optional(index) {
            let expected = zeroType ?? self[operand.tensor].dataType
            guard zero.dataType == expected else {
                throw InferError(
                    .invalidArgument,
                    "input \(index), a zero point, has datatype \(zero.dataType), expected \(expected)")
            }
            try require(index, countIn: mostScales)
        }
    }

    /// Checks that an input has one element or `most`.
    private func require(_ index: Int, countIn most: Int?) throws(InferError) {
        guard let count = self[index].elementCount, self[index].isComplete, let most, most >= 0 else { return }
        guard count == 1 || (count == most && (self[index].rank ?? 0) <= 2) else {
            throw InferError(
                .unsupported, "input \(index) is \(self[index]); supported: one element\(most > 1 ? " or \(most)" : "")"
            )
        }
    }
}

/// Scales and zero points read in a run, or at load where they are constant.
protocol ParameterSource {
    /// FP32 elements; empty where the node leaves the input out.
    func floats(_ index: Int) -> [Float]
    /// INT8, UINT8 or INT32 elements; empty where the node leaves the input out.
    func integers(_ index: Int?, _ dataType: DataType) -> [Int32]
}

extension Buffers: ParameterSource {
    func floats(_ index: Int) -> [Float] { index < inputCount ? Array(input(index, as: Float.self)) : [] }

    func integers(_ index: Int?, _ dataType: DataType) -> [Int32] {
        guard let index, index < inputCount else { return [] }
        switch dataType {
        case .int8: return input(index, as: Int8.self).map { Int32($0) }
        case .uint8: return input(index, as: UInt8.self).map { Int32($0) }
        default: return Array(input(index, as: Int32.self))
        }
    }
}

extension Buffers {
    /// The mapping of a tensor with one scale, without an allocation. Without a zero point it is 0.
    func range(_ operand: QuantizedOperand, _ dataType: DataType) -> QuantizedRange {
        var range = QuantizedRange(scale: 1, zero: 0, isSigned: dataType == .int8)
        if let index = operand.scale, let scale = input(index, orEmpty: Float.self).first { range.scale = scale }
        if let index = operand.zero, let bits = input(index, orEmpty: UInt8.self).first {
            range.zero = range.isSigned ? Int32(Int8(bitPattern: bits)) : Int32(bits)
        }
        return range
    }
}

/// Constants at load.
struct ConstantParameters: ParameterSource {
    let inputs: InputFacts

    /// `nil` unless all of these inputs that the node gives are constant.
    init?(_ inputs: InputFacts, _ needed: [Int?]) {
        for case let index? in needed {
            if let fact = inputs.optional(index), fact.constant == nil { return nil }
        }
        self.inputs = inputs
    }

    func floats(_ index: Int) -> [Float] { inputs.optional(index)?.constant?.elements(as: Float.self) ?? [] }

    func integers(_ index: Int?, _ dataType: DataType) -> [Int32] {
        guard let tensor = inputs.optional(index)?.constant else { return [] }
        switch dataType {
        case .int8: return tensor.elements(as: Int8.self).map { Int32($0) }
        case .uint8: return tensor.elements(as: UInt8.self).map { Int32($0) }
        default: return tensor.elements(as: Int32.self)
        }
    }
}

extension ParameterSource {
    /// The mapping of a tensor with one scale. Without a zero point it is 0.
    func range(_ operand: QuantizedOperand, _ dataType: DataType) -> QuantizedRange {
        QuantizedRange(
            scale: operand.scale.flatMap { floats($0).first } ?? 1,
            zero: integers(operand.zero, dataType).first ?? 0, isSigned: dataType == .int8)
    }
}

extension Node {
    /// Checks that the node gives inputs which stand after some that may be left out.
    func requireInputs(_ indexes: [Int]) throws(InferError) {
        for index in indexes where !hasInput(index) {
            throw InferError(.invalidArgument, "input \(index) is left out")
        }
    }
}
