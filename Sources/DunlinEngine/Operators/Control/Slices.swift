import DunlinBytes
import DunlinInference
import DunlinTensor

extension Tensor {
    /// The elements with one index on `axis`, which the result lacks. Only for types of fixed size.
    func slice(_ index: Int, axis: Int) -> Tensor {
        guard let size = dataType.byteCount else { preconditionFailure("a slice of BYTES") }
        var extents = shape.dimensions
        let count = extents.remove(at: axis)
        let outer = extents[..<axis].reduce(1, *)
        let row = extents[axis...].reduce(1, *) * size
        if outer == 1 {
            return Tensor(dataType: dataType, shape: Shape(extents), bytes: bytes[index * row..<(index + 1) * row])
        }
        let copy = Bytes(uninitializedCount: outer * row) { target in
            bytes.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for block in 0..<outer {
                    (to + block * row).copyMemory(from: from + (block * count + index) * row, byteCount: row)
                }
            }
        }
        return Tensor(dataType: dataType, shape: Shape(extents), bytes: copy)
    }

    /// Zeros. Only for types of fixed size.
    static func zeros(_ dataType: DataType, _ extents: [Int]) -> Tensor {
        guard let size = dataType.byteCount else { preconditionFailure("zeros of BYTES") }
        let bytes = Bytes(uninitializedCount: extents.product * size) { memory in
            for index in memory.indices { memory[index] = 0 }
        }
        return Tensor(dataType: dataType, shape: Shape(extents), bytes: bytes)
    }
}

/// What a graph's runs make of one output, to be put together along a new axis.
struct StackedOutput {
    private let axis: Int
    private let isReverse: Bool
    private var parts: [Tensor] = []
    private var byteCount = 0
    private let byteLimit: Int

    init(axis: Int = 0, isReverse: Bool = false, byteLimit: Int) {
        self.byteLimit = byteLimit
        self.axis = axis
        self.isReverse = isReverse
    }

    /// The shape of the parts so far.
    var partShape: [Int]? { parts.first?.shape.dimensions }

    /// - Throws: `.invalidArgument` when the shape is another than before, `.resourceExhausted` when the whole gets
    ///   larger than a run may be.
    mutating func append(_ tensor: Tensor, _ number: Int) throws(InferError) {
        if let first = parts.first, first.shape != tensor.shape || first.dataType != tensor.dataType {
            throw InferError(
                .invalidArgument,
                "output \(number) of the graph is \(tensor.dataType)\(tensor.shape), before it was "
                    + "\(first.dataType)\(first.shape)")
        }
        byteCount += tensor.bytes.count
        guard byteCount <= byteLimit else {
            throw InferError(
                .resourceExhausted,
                "output \(number) of the graph has more than \(byteLimit) bytes in all")
        }
        parts.append(tensor)
    }

    /// - Parameter fact: What one part would be, for the case that there is none.
    func finish(_ fact: TensorFact) throws(InferError) -> Tensor {
        let part = parts.first?.shape.dimensions ?? (fact.extents ?? []).map { max($0, 0) }
        let type = parts.first?.dataType ?? fact.dataType
        guard let size = type.byteCount else { throw InferError(.unsupported, "BYTES cannot be stacked") }
        let axis = try normalized(axis: axis, rank: part.count + 1)
        var extents = part
        extents.insert(parts.count, at: axis)
        let outer = part[..<axis].reduce(1, *)
        let row = part[axis...].reduce(1, *) * size
        let ordered = isReverse ? parts.reversed() : parts
        let bytes = Bytes(uninitializedCount: parts.count * outer * row) { target in
            guard let to = target.baseAddress else { return }
            for (index, tensor) in ordered.enumerated() {
                tensor.bytes.withUnsafeBytes { source in
                    guard let from = source.baseAddress else { return }
                    for block in 0..<outer {
                        (to + (block * parts.count + index) * row).copyMemory(
                            from: from + block * row, byteCount: row)
                    }
                }
            }
        }
        return Tensor(dataType: type, shape: Shape(extents), bytes: bytes)
    }
}
