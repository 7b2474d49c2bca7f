import DunlinInference
import DunlinTensor

/// ONNX `CumSum` and `CumProd`.
struct Cumulative: Operator {
    private let isProduct: Bool
    private let isExclusive: Bool
    private let isReversed: Bool

    static func sum(_ node: Node) throws(InferError) -> any Operator { try Cumulative(node, isProduct: false) }
    static func product(_ node: Node) throws(InferError) -> any Operator { try Cumulative(node, isProduct: true) }

    private init(_ node: Node, isProduct: Bool) throws(InferError) {
        self.isProduct = isProduct
        isExclusive = try node.bool("exclusive", default: false)
        isReversed = try node.bool("reverse", default: false)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp64, .fp16, .bf16, .int32, .int64, .uint32, .uint64])
        try inputs.require(1, isOneOf: [.int32, .int64])
        try inputs.requireOneElement(1)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        return try Numbers(
            extents: extents, axis: try IndexAccess(inputs[1]), isProduct: isProduct, isExclusive: isExclusive,
            isReversed: isReversed
        ).kernel(for: inputs[0].dataType)
    }

    private struct Numbers: NumberKernels {
        let extents: [Int]
        let axis: IndexAccess
        let isProduct: Bool
        let isExclusive: Bool
        let isReversed: Bool

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            let (extents, access) = (extents, axis)
            return Kernel { (buffers) throws(InferError) in
                let axis = try access.index(buffers.bytes(ofInput: 1), 0, extent: extents.count)
                let extent = extents[axis]
                let inner = extents[(axis + 1)...].reduce(1, *)
                let input = buffers.input(0, as: type)
                let output = buffers.output(0, as: type)
                guard extent > 0 else { return }
                for line in 0..<input.count / extent {
                    let start = line / inner * extent * inner + line % inner
                    var total: Element = isProduct ? 1 : 0
                    for step in 0..<extent {
                        let element = start + (isReversed ? extent - 1 - step : step) * inner
                        let value = input[element]
                        let next: Element = isProduct ? .wrappingProduct(total, value) : .wrappingSum(total, value)
                        output[element] = isExclusive ? total : next
                        total = next
                    }
                }
            }
        }
    }
}
