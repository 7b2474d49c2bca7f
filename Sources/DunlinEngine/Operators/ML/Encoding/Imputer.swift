import DunlinInference
import DunlinTensor

/// ONNX-ML `Imputer`: puts another value, given once or for every column, where a certain value (NaN too) stands.
struct Imputer: Operator {
    private let floats: [Float]
    private let integers: [Int64]
    private let replacedFloat: Float
    private let replacedInteger: Int64

    init(_ node: Node) throws(InferError) {
        floats = try node.floats("imputed_value_floats") ?? []
        integers = (try node.ints("imputed_value_int64s") ?? []).map(Int64.init)
        replacedFloat = try node.float("replaced_value_float", default: 0)
        replacedInteger = Int64(try node.int("replaced_value_int64", default: 0))
        guard floats.isEmpty != integers.isEmpty else {
            throw InferError(
                .invalidArgument, "one of 'imputed_value_floats' and 'imputed_value_int64s' must hold values")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (_, columns) = try RowMatrix.extents(inputs)
        try inputs.require(0, isOneOf: floats.isEmpty ? [.int64] : [.fp32, .fp64])
        let count = max(floats.count, integers.count)
        guard columns < 0 || count == 1 || count == columns else {
            throw InferError(.invalidArgument, "\(count) imputed values for \(columns) columns")
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch inputs[0].dataType {
        case .int64:
            let replaced = replacedInteger
            return Self.kernel(integers) { $0 == replaced }
        case .fp64:
            let replaced = replacedFloat
            return Self.kernel(floats.map(Double.init)) { replaced.isNaN ? $0.isNaN : $0 == Double(replaced) }
        default:
            let replaced = replacedFloat
            return Self.kernel(floats) { replaced.isNaN ? $0.isNaN : $0 == replaced }
        }
    }

    private static func kernel<Element: TensorElement>(
        _ values: [Element], _ isReplaced: @escaping @Sendable (Element) -> Bool
    ) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: Element.self)
            let output = buffers.output(0, as: Element.self)
            for index in input.indices {
                output[index] = isReplaced(input[index]) ? values[index % values.count] : input[index]
            }
        }
    }
}
