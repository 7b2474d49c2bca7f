import DunlinBytes
import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Cast` and `CastLike` between all types.
struct Cast: Operator {
    /// `nil`: the type of input 1 (`CastLike`).
    private let target: DataType?

    static func make(_ node: Node) throws(InferError) -> any Operator {
        node.ignore("saturate")
        node.ignore("round_mode")
        guard let target = try node.dataType("to") else { throw node.missing("to") }
        return Cast(target: target)
    }

    static func makeLike(_ node: Node) throws(InferError) -> any Operator {
        node.ignore("saturate")
        node.ignore("round_mode")
        return Cast(target: nil)
    }

    func targetType(_ inputs: InputFacts) -> DataType { target ?? inputs[1].dataType }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        [TensorFact(targetType(inputs), inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let source = inputs[0].dataType
        let target = outputs[0].dataType
        if source == target {
            return Kernel { buffers in buffers.bytes(ofOutput: 0).copyMemory(from: buffers.bytes(ofInput: 0)) }
        }
        return try CastKernels.kernel(from: source, to: target)
    }
}

/// Text on one side: evaluated, because its size varies.
extension Cast: EagerOperator {
    func isEager(_ inputs: InputFacts) -> Bool {
        inputs[0].dataType == .bytes || targetType(inputs) == .bytes
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { preconditionFailure("Cast without input") }
        let facts = InputFacts(inputs.map { $0.map(TensorFact.init(constant:)) })
        let target = targetType(facts)
        switch (input.dataType, target) {
        case (.bytes, .bytes): return [input]
        case (_, .bytes): return [try Self.text(of: input)]
        case (.bytes, _): return [try Self.numbers(from: input, as: target)]
        default: preconditionFailure("a cast without text is bound")
        }
    }

    private static func text(of input: Tensor) throws(InferError) -> Tensor {
        var texts: [String] = []
        texts.reserveCapacity(input.elementCount)
        switch input.dataType {
        case .fp32: texts = input.elements(as: Float.self).map { text($0) }
        case .fp64: texts = input.elements(as: Double.self).map { text($0) }
        case .fp16: texts = input.elements(as: Float16.self).map { text(Float($0)) }
        case .bf16: texts = input.elements(as: BFloat16.self).map { text($0.float) }
        case .int8: texts = input.elements(as: Int8.self).map { "\($0)" }
        case .int16: texts = input.elements(as: Int16.self).map { "\($0)" }
        case .int32: texts = input.elements(as: Int32.self).map { "\($0)" }
        case .int64: texts = input.elements(as: Int64.self).map { "\($0)" }
        case .uint8: texts = input.elements(as: UInt8.self).map { "\($0)" }
        case .uint16: texts = input.elements(as: UInt16.self).map { "\($0)" }
        case .uint32: texts = input.elements(as: UInt32.self).map { "\($0)" }
        case .uint64: texts = input.elements(as: UInt64.self).map { "\($0)" }
        case .bool: texts = input.elements(as: Bool.self).map { $0 ? "1" : "0" }
        case .bytes: return input
        }
        return Tensor(strings: texts, shape: input.shape)
    }

    /// The shortest text that reads back as the same number, spelled as numpy and ONNX do: `NaN`, `INF`, `-INF`.
    private static func text<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ value: Number) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-INF" : "INF" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func numbers(from input: Tensor, as target: DataType) throws(InferError) -> Tensor {
        var numbers: [Double] = []
        var integers: [Int64] = []
        let wantsIntegers = DataType.integers.contains(target)
        for element in input.bytesElements {
            let text = element.string
            guard let number = Self.number(text) else {
                throw InferError(.invalidArgument, "'\(text.prefix(64))' is no number")
            }
            numbers.append(number)
            if wantsIntegers { integers.append(Int64(text) ?? Int64(saturating: number)) }
        }
        let wide =
            wantsIntegers ? Tensor(integers, shape: input.shape) : Tensor(numbers, shape: input.shape)
        return try DunlinEngine.evaluate(Cast(to: target), [wide])[0]
    }

    private static func number(_ text: String) -> Double? {
        let trimmed = text.filter { $0 != " " && $0 != "\t" && $0 != "\n" }
        switch trimmed.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default: return Double(trimmed)
        }
    }
}

extension Cast {
    init(to target: DataType) { self.target = target }
}
