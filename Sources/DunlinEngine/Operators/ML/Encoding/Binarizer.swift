import DunlinInference
import DunlinTensor

/// ONNX-ML `Binarizer`: 1 above the threshold, 0 elsewhere.
struct Binarizer: Operator {
    private let threshold: Float

    init(_ node: Node) throws(InferError) {
        threshold = try node.float("threshold", default: 0)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: RowMatrix.dataTypes)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let threshold = threshold
        return switch inputs[0].dataType {
        case .fp64: Self.kernel(Double.self) { $0 > Double(threshold) }
        case .int64: Self.kernel(Int64.self) { Float($0) > threshold }
        case .int32: Self.kernel(Int32.self) { Float($0) > threshold }
        default: Self.kernel(Float.self) { $0 > threshold }
        }
    }

    private static func kernel<Element: TensorElement & Numeric>(
        _ type: Element.Type, _ isAbove: @escaping @Sendable (Element) -> Bool
    ) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: Element.self)
            let output = buffers.output(0, as: Element.self)
            for index in input.indices { output[index] = isAbove(input[index]) ? 1 : 0 }
        }
    }
}
