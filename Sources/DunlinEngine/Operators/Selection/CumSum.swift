import DunlinInference
import DunlinTensor

/// ONNX `CumSum`.
struct CumSum: Operator {
    private let isExclusive: Bool
    private let isReversed: Bool

    init(_ node: Node) throws(InferError) {
        isExclusive = try node.bool("exclusive", default: false)
        isReversed = try node.bool("reverse", default: false)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp64, .fp16, .bf16, .int32, .int64, .uint32, .uint64])
        try inputs.require(1, isOneOf: [.int32, .int64])
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        return try Numbers(
            extents: extents, axis: try IndexAccess(inputs[1]), isExclusive: isExclusive, isReversed: isReversed
        ).kernel(for: inputs[0].dataType)
    }

    private struct Numbers: NumberKernels {
        let extents: [Int]
        let axis: IndexAccess
        let isExclusive: Bool
        let isReversed: Bool

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            let (extents, access, isExclusive, isReversed) = (extents, axis, isExclusive, isReversed)
            return Kernel { (buffers) throws(InferError) in
                let axis = try access.index(buffers.bytes(ofInput: 1), 0, extent: extents.count)
                let extent = extents[axis]
                let inner = extents[(axis + 1)...].reduce(1, *)
                let input = buffers.input(0, as: type)
                let output = buffers.output(0, as: type)
                guard extent > 0 else { return }
                for line in 0..<input.count / extent {
                    let start = line / inner * extent * inner + line % inner
                    var sum: Element = 0
                    for step in 0..<extent {
                        let element = start + (isReversed ? extent - 1 - step : step) * inner
                        let value = input[element]
                        output[element] = isExclusive ? sum : .wrappingSum(sum, value)
                        sum = .wrappingSum(sum, value)
                    }
                }
            }
        }
    }
}
