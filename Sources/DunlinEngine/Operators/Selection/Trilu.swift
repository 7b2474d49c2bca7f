import DunlinInference
import DunlinTensor

/// ONNX `Trilu`: one triangle of each matrix, zeros elsewhere.
struct Trilu: Operator {
    private let isUpper: Bool

    init(_ node: Node) throws(InferError) { isUpper = try node.bool("upper", default: true) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.fixedSize)
        if inputs.optional(1) != nil {
            try inputs.require(1, isOneOf: [.int64])
            try inputs.requireOneElement(1)
        }
        if let rank = inputs[0].rank, rank < 2 {
            throw InferError(.invalidArgument, "the input has rank \(rank), at least 2 are needed")
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let extents = inputs[0].extents, let size = inputs[0].dataType.byteCount else {
            preconditionFailure("bound with open shapes")
        }
        let rows = extents[extents.count - 2]
        let columns = extents[extents.count - 1]
        let hasDiagonal = inputs.optional(1) != nil
        let isUpper = isUpper
        return Kernel { buffers in
            let diagonal = hasDiagonal ? Int(buffers.input(1, as: Int64.self)[0]) : 0
            let source = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            guard rows > 0, columns > 0, let from = source.baseAddress, let to = output.baseAddress else { return }
            output.initializeMemory(as: UInt8.self, repeating: 0)
            for row in 0..<source.count / size / columns {
                // The column on the diagonal, where the upper triangle begins and the lower one ends.
                let (column, overflow) = (row % rows).addingReportingOverflow(diagonal)
                let onDiagonal = overflow ? columns : max(min(column, columns), -1)
                let kept = isUpper ? max(onDiagonal, 0)..<columns : 0..<min(onDiagonal + 1, columns)
                let offset = (row * columns + kept.lowerBound) * size
                (to + offset).copyMemory(from: from + offset, byteCount: kept.count * size)
            }
        }
    }
}
