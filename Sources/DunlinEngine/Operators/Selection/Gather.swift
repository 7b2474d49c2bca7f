import DunlinInference
import DunlinTensor

/// Reads INT32 or INT64 indexes, counts negative ones from the back and checks them.
struct IndexAccess: Sendable {
    private let isWide: Bool

    init(_ fact: TensorFact) throws(InferError) {
        guard fact.dataType == .int64 || fact.dataType == .int32 else {
            throw InferError(.invalidArgument, "indexes must be INT32 or INT64, they are \(fact.dataType)")
        }
        isWide = fact.dataType == .int64
    }

    func index(_ bytes: UnsafeRawBufferPointer, _ position: Int, extent: Int) throws(InferError) -> Int {
        let value =
            isWide
            ? Int(bytes.load(fromByteOffset: position * 8, as: Int64.self))
            : Int(bytes.load(fromByteOffset: position * 4, as: Int32.self))
        guard value >= -extent && value < extent else {
            throw InferError(.invalidArgument, "index \(value) is out of range for extent \(extent)")
        }
        return value < 0 ? value + extent : value
    }
}

/// ONNX `Gather`.
struct Gather: MovementOperator {
    private let axis: Int

    init(_ node: Node) throws(InferError) { axis = try node.int("axis", default: 0) }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        _ = try IndexAccess(inputs[1])
        guard let extents = inputs[0].extents, let indexes = inputs[1].extents else {
            return [TensorFact(inputs[0].dataType, nil)]
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        return [TensorFact(inputs[0].dataType, Array(extents[..<axis] + indexes + extents[(axis + 1)...]))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents,
            let indexCount = inputs[1].elementCount
        else { preconditionFailure("bound with open shapes") }
        let axis = try normalized(axis: axis, rank: extents.count)
        let outer = extents[..<axis].reduce(1, *)
        let extent = extents[axis]
        let rowBytes = extents[(axis + 1)...].reduce(1, *) * size
        let access = try IndexAccess(inputs[1])
        return Kernel { (buffers) throws(InferError) in
            let indexes = buffers.bytes(ofInput: 1)
            let output = buffers.bytes(ofOutput: 0)
            // Where the data has no elements no index is in range: the first one throws.
            guard output.count > 0, let target = output.baseAddress,
                let source = buffers.bytes(ofInput: 0).baseAddress ?? indexes.baseAddress
            else { return }
            for position in 0..<indexCount {
                let index = try access.index(indexes, position, extent: extent)
                for block in 0..<outer {
                    (target + (block * indexCount + position) * rowBytes).copyMemory(
                        from: source + (block * extent + index) * rowBytes, byteCount: rowBytes)
                }
            }
        }
    }
}

/// ONNX `GatherElements`.
struct GatherElements: MovementOperator {
    private let axis: Int

    init(_ node: Node) throws(InferError) { axis = try node.int("axis", default: 0) }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        _ = try IndexAccess(inputs[1])
        if let data = inputs[0].extents, let indexes = inputs[1].extents {
            let axis = try normalized(axis: axis, rank: data.count)
            guard data.count == indexes.count else {
                throw InferError(.invalidArgument, "data has rank \(data.count), indexes have rank \(indexes.count)")
            }
            for other in data.indices where other != axis && data[other] >= 0 && indexes[other] > data[other] {
                throw InferError(.invalidArgument, "indexes are larger than the data on axis \(other)")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[1].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let data = inputs[0].extents,
            let indexes = inputs[1].extents
        else { preconditionFailure("bound with open shapes") }
        let axis = try normalized(axis: axis, rank: data.count)
        let access = try IndexAccess(inputs[1])
        var base = strides(of: data)
        let step = base[axis]
        base[axis] = 0
        let steps = base
        let count = indexes.product
        let extent = data[axis]
        return Kernel { (buffers) throws(InferError) in
            let positions = buffers.bytes(ofInput: 1)
            guard let target = buffers.bytes(ofOutput: 0).baseAddress,
                let source = buffers.bytes(ofInput: 0).baseAddress ?? positions.baseAddress
            else { return }
            var walk = Odometer(indexes)
            for position in 0..<count {
                let index = try access.index(positions, position, extent: extent)
                (target + position * size).copyMemory(
                    from: source + (walk.offset(steps) + index * step) * size, byteCount: size)
                walk.advance()
            }
        }
    }
}

/// ONNX `GatherND`.
struct GatherND: MovementOperator {
    private let batchAxes: Int

    init(_ node: Node) throws(InferError) {
        batchAxes = try node.int("batch_dims", default: 0)
        guard batchAxes >= 0 else { throw InferError(.invalidArgument, "attribute 'batch_dims' is \(batchAxes)") }
    }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(1, isOneOf: [.int64])
        guard let data = inputs[0].extents, let indexes = inputs[1].extents, let depth = indexes.last, depth >= 0 else {
            return [TensorFact(inputs[0].dataType, nil)]
        }
        guard depth >= 1, batchAxes < indexes.count, batchAxes + depth <= data.count else {
            throw InferError(
                .invalidArgument, "indexes of depth \(depth) after \(batchAxes) batch axes for rank \(data.count)")
        }
        for axis in 0..<batchAxes where data[axis] >= 0 && indexes[axis] >= 0 && data[axis] != indexes[axis] {
            throw InferError(.invalidArgument, "batch axis \(axis) differs: \(data[axis]) and \(indexes[axis])")
        }
        return [TensorFact(inputs[0].dataType, Array(indexes.dropLast() + data[(batchAxes + depth)...]))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let data = inputs[0].extents,
            let indexes = inputs[1].extents, let depth = indexes.last
        else { preconditionFailure("bound with open shapes") }
        let access = try IndexAccess(inputs[1])
        let own = strides(of: data)
        let batches = indexes[..<batchAxes].reduce(1, *)
        let perBatch = indexes[batchAxes...].dropLast().reduce(1, *)
        let batchStride = data[batchAxes...].reduce(1, *)
        let rowBytes = data[(batchAxes + depth)...].reduce(1, *) * size
        let batchAxes = batchAxes
        return Kernel { (buffers) throws(InferError) in
            let positions = buffers.bytes(ofInput: 1)
            guard let target = buffers.bytes(ofOutput: 0).baseAddress,
                let source = buffers.bytes(ofInput: 0).baseAddress ?? positions.baseAddress
            else { return }
            for row in 0..<batches * perBatch {
                var offset = row / perBatch * batchStride
                for level in 0..<depth {
                    let axis = batchAxes + level
                    offset += try access.index(positions, row * depth + level, extent: data[axis]) * own[axis]
                }
                (target + row * rowBytes).copyMemory(from: source + offset * size, byteCount: rowBytes)
            }
        }
    }
}

/// Walks the index of a row-major tensor.
struct Odometer {
    private let extents: [Int]
    private(set) var index: [Int]

    init(_ extents: [Int]) {
        self.extents = extents
        index = [Int](repeating: 0, count: extents.count)
    }

    /// The element that the index names under these strides.
    func offset(_ strides: [Int]) -> Int {
        var offset = 0
        for axis in index.indices { offset += index[axis] * strides[axis] }
        return offset
    }

    mutating func advance() {
        for axis in index.indices.reversed() {
            index[axis] += 1
            if index[axis] < extents[axis] { return }
            index[axis] = 0
        }
    }
}
