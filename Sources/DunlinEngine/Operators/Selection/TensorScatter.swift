import DunlinInference
import DunlinTensor

/// ONNX `TensorScatter`: writes new entries into a cache, for each batch entry from an index on.
struct TensorScatter: Operator {
    private let isCircular: Bool
    private let axis: Int

    init(_ node: Node) throws(InferError) {
        let mode = try node.string("mode", default: "linear")
        guard mode == "linear" || mode == "circular" else {
            throw InferError(.invalidArgument, "attribute 'mode' must be linear or circular, it is '\(mode)'")
        }
        isCircular = mode == "circular"
        axis = try node.int("axis", default: -2)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.fixedSize)
        try inputs.requireSameType(0, 1)
        if inputs.optional(2) != nil { try inputs.require(2, isOneOf: [.int64]) }
        if let cache = inputs[0].extents, let update = inputs[1].extents {
            let axis = try normalized(axis: axis, rank: cache.count)
            guard axis > 0 else { throw InferError(.invalidArgument, "attribute 'axis' is that of the batch") }
            let fits = cache.indices.allSatisfy { index in
                let (own, other) = (cache[index], update.count > index ? update[index] : -1)
                return min(own, other) < 0 || (index == axis ? other <= own : other == own)
            }
            guard update.count == cache.count, fits else {
                throw InferError(.invalidArgument, "the update \(inputs[1]) does not fit the cache \(inputs[0])")
            }
            if let count = inputs.optional(2)?.elementCount, cache[0] >= 0, count != cache[0] {
                throw InferError(.invalidArgument, "input 2 has \(count) indexes for a batch of \(cache[0])")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let cache = inputs[0].extents, let update = inputs[1].extents
        else { preconditionFailure("bound with open shapes") }
        let axis = try normalized(axis: axis, rank: cache.count)
        let row = cache[(axis + 1)...].reduce(size, *)
        let (capacity, count) = (cache[axis], update[axis])
        let blocks = cache[1..<axis].reduce(1, *)
        let hasIndexes = inputs.optional(2) != nil
        let isCircular = isCircular
        return Kernel { (buffers) throws(InferError) in
            let output = buffers.bytes(ofOutput: 0)
            let update = buffers.bytes(ofInput: 1)
            output.copyMemory(from: buffers.bytes(ofInput: 0))
            guard let to = output.baseAddress, let from = update.baseAddress, !output.isEmpty, !update.isEmpty else {
                return
            }
            for batch in 0..<cache[0] {
                var first = hasIndexes ? Int(buffers.input(2, as: Int64.self)[batch]) : 0
                if isCircular { first = (first % capacity + capacity) % capacity }
                guard first >= 0, isCircular || first <= capacity - count else {
                    throw InferError(
                        .invalidArgument, "input 2: \(count) entries from index \(first) on, there are \(capacity)")
                }
                for block in batch * blocks..<(batch + 1) * blocks {
                    for entry in 0..<count {
                        let place = (first + entry) % capacity
                        (to + (block * capacity + place) * row).copyMemory(
                            from: from + (block * count + entry) * row, byteCount: row)
                    }
                }
            }
        }
    }
}
