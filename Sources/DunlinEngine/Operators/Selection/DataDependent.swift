import DunlinBytes
import DunlinInference
import DunlinTensor

/// ONNX `NonZero`: the indexes of all elements that are not zero.
struct NonZero: EagerOperator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.fixedSize)
        return [TensorFact(.int64, inputs[0].rank.map { [$0, -1] })]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { preconditionFailure("NonZero without input") }
        let found = try input.nonZeroElements()
        var rows = input.shape.dimensions.map { _ in [Int64]() }
        let own = strides(of: input.shape.dimensions)
        for element in found {
            var rest = element
            for axis in rows.indices {
                rows[axis].append(Int64(rest / own[axis]))
                rest %= own[axis]
            }
        }
        return [Tensor(rows.flatMap { $0 }, shape: [rows.count, found.count])]
    }
}

extension Tensor {
    /// The numbers of the elements that are not zero.
    fileprivate func nonZeroElements() throws(InferError) -> [Int] {
        var found: [Int] = []
        if dataType == .bool {
            for (index, value) in elements(as: Bool.self).enumerated() where value { found.append(index) }
            return found
        }
        let access = try NumberAccess(dataType)
        bytes.withUnsafeBytes { memory in
            for index in 0..<elementCount where access.number(memory, index) != 0 { found.append(index) }
        }
        return found
    }
}

/// ONNX `Compress`: the slices whose condition holds.
struct Compress: EagerOperator, MovementOperator {
    private let axis: Int?

    init(_ node: Node) throws(InferError) { axis = try node.int("axis") }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(1, isOneOf: [.bool])
        try inputs.require(1, rank: 1...1)
        guard let axis else { return [TensorFact(inputs[0].dataType, [-1])] }
        guard var extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        extents[try normalized(axis: axis, rank: extents.count)] = -1
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard var input = inputs[0], let condition = inputs[1], let size = input.dataType.byteCount else {
            preconditionFailure("Compress without inputs")
        }
        if axis == nil { input = input.reshaped([input.elementCount]) }
        let extents = input.shape.dimensions
        let axis = try normalized(axis: axis ?? 0, rank: extents.count)
        var kept: [Int] = []
        for (index, isKept) in condition.elements(as: Bool.self).enumerated() where isKept { kept.append(index) }
        if let last = kept.last, last >= extents[axis] {
            throw InferError(.invalidArgument, "the condition keeps slice \(last) of \(extents[axis])")
        }
        let outer = extents[..<axis].reduce(1, *)
        let rowBytes = extents[(axis + 1)...].reduce(1, *) * size
        var result = extents
        result[axis] = kept.count
        let bytes = Bytes(uninitializedCount: outer * kept.count * rowBytes) { target in
            input.bytes.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for block in 0..<outer {
                    for (position, index) in kept.enumerated() {
                        (to + (block * kept.count + position) * rowBytes).copyMemory(
                            from: from + (block * extents[axis] + index) * rowBytes, byteCount: rowBytes)
                    }
                }
            }
        }
        return [Tensor(dataType: input.dataType, shape: Shape(result), bytes: bytes)]
    }
}
