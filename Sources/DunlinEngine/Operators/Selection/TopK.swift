import DunlinInference
import DunlinTensor

/// ONNX `TopK`: `k` is an attribute before opset 10 and an input from 10 on. Equal elements come in index order.
struct TopK: Operator {
    private let axis: Int
    private let fixedCount: Int?
    private let isLargest: Bool

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: -1)
        fixedCount = node.opset < 10 ? try node.int("k") : nil
        if node.opset < 10 && fixedCount == nil { throw node.missing("k") }
        if node.opset >= 10 && !node.hasInput(1) { throw InferError(.invalidArgument, "the k input is missing") }
        isLargest = try node.bool("largest", default: true)
        // Sorted output satisfies a caller that does not need it sorted.
        node.ignore("sorted")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        guard var extents = inputs[0].extents else {
            return [TensorFact(inputs[0].dataType, nil), TensorFact(.int64, nil)]
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        let count = fixedCount ?? inputs.optional(1)?.integers?.first
        if let count {
            guard count >= 0, extents[axis] < 0 || count <= extents[axis] else {
                throw InferError(.invalidArgument, "k is \(count), axis \(axis) has \(extents[axis]) elements")
            }
        }
        extents[axis] = count ?? -1
        return [TensorFact(inputs[0].dataType, extents), TensorFact(.int64, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType == .bf16 { return try bindThroughFloat(inputs, outputs) }
        guard let extents = inputs[0].extents, let kept = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        return try Numbers(
            outer: extents[..<axis].reduce(1, *), extent: extents[axis],
            inner: extents[(axis + 1)...].reduce(1, *), count: kept[axis], isLargest: isLargest
        ).kernel(for: inputs[0].dataType)
    }

    private struct Numbers: NumberKernels {
        let outer: Int
        let extent: Int
        let inner: Int
        let count: Int
        let isLargest: Bool

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            Kernel(scratchByteCount: extent * MemoryLayout<Int>.size) { buffers in
                let input = buffers.input(0, as: type)
                let values = buffers.output(0, as: type)
                let indexes = buffers.output(1, as: Int64.self)
                var order = buffers.scratch.bindMemory(to: Int.self)
                for line in 0..<outer * inner {
                    let start = line / inner * extent * inner + line % inner
                    for position in 0..<extent { order[position] = position }
                    order.sort { first, second in
                        let x = input[start + first * inner]
                        let y = input[start + second * inner]
                        return x == y ? first < second : (x > y) == isLargest
                    }
                    let target = line / inner * count * inner + line % inner
                    for position in 0..<count {
                        let found = input[start + order[position] * inner]
                        if !values.isEmpty { values[target + position * inner] = found }
                        if !indexes.isEmpty { indexes[target + position * inner] = Int64(order[position]) }
                    }
                }
            }
        }
    }
}
