import DunlinInference
import DunlinKernels
import DunlinTensor

/// `ArgMax` and `ArgMin`.
struct ArgExtreme: Operator {
    private let isMaximum: Bool
    private let axis: Int
    private let keepsAxis: Bool
    private let takesLast: Bool

    static func maximum(_ node: Node) throws(InferError) -> any Operator { try ArgExtreme(node, isMaximum: true) }
    static func minimum(_ node: Node) throws(InferError) -> any Operator { try ArgExtreme(node, isMaximum: false) }

    private init(_ node: Node, isMaximum: Bool) throws(InferError) {
        self.isMaximum = isMaximum
        axis = try node.int("axis", default: 0)
        keepsAxis = try node.bool("keepdims", default: true)
        takesLast = try node.bool("select_last_index", default: false)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        guard var extents = inputs[0].extents else { return [TensorFact(.int64, nil)] }
        let axis = try normalized(axis: axis, rank: extents.count)
        guard extents[axis] != 0 else { throw InferError(.invalidArgument, "axis \(axis) is empty") }
        if keepsAxis { extents[axis] = 1 } else { extents.remove(at: axis) }
        return [TensorFact(.int64, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType == .bf16 { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents else { preconditionFailure("bound with open shapes") }
        let axis = try normalized(axis: axis, rank: extents.count)
        let inner = extents[(axis + 1)...].reduce(1, *)
        let extent = extents[axis]
        if inputs[0].dataType == .fp32, isMaximum, !takesLast, inner == 1 {
            return Kernel { argMaxRows($0.input(0), columns: extent, into: $0.output(0)) }
        }
        return try Lines(extent: extent, inner: inner, isMaximum: isMaximum, takesLast: takesLast)
            .kernel(for: inputs[0].dataType)
    }

    private struct Lines: NumberKernels {
        let extent: Int
        let inner: Int
        let isMaximum: Bool
        let takesLast: Bool

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            Kernel { buffers in
                let input = buffers.input(0, as: type)
                let output = buffers.output(0, as: Int64.self)
                for line in output.indices {
                    let start = line / inner * extent * inner + line % inner
                    var best = 0
                    var value = input[start]
                    for index in 1..<max(extent, 1) {
                        let next = input[start + index * inner]
                        let isBetter = isMaximum ? next > value : next < value
                        // The first NaN wins, as in numpy.
                        let isFirstNaN = next != next && value == value
                        if isBetter || isFirstNaN || (takesLast && next == value) {
                            best = index
                            value = next
                        }
                    }
                    output[line] = Int64(best)
                }
            }
        }
    }
}
