import DunlinInference
import DunlinTensor

/// ONNX `Expand`: numpy's broadcasting with a shape.
struct Expand: MovementOperator {
    init(_ node: Node) {}

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(1, isOneOf: [.int64])
        guard let shape = inputs[1].integers else {
            let rank = inputs[1].elementCount.flatMap { count in inputs[0].rank.map { max($0, count) } }
            return [TensorFact(inputs[0].dataType, rank.map(TensorFact.open))]
        }
        guard shape.allSatisfy({ $0 >= 0 }) else {
            throw InferError(.invalidArgument, "the shape \(shape) has a negative extent")
        }
        return [TensorFact(inputs[0].dataType, try broadcast(inputs[0].extents, shape))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let source = inputs[0].extents,
            let target = outputs[0].extents
        else { preconditionFailure("bound with open shapes") }
        let copy = StridedCopy(broadcasting: source, to: target)
        return Kernel { buffers in
            copy.run(buffers.bytes(ofInput: 0), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}

/// ONNX `Tile`.
struct Tile: MovementOperator {
    init(_ node: Node) {}

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(1, isOneOf: [.int64])
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        guard let repeats = inputs[1].integers else {
            return [TensorFact(inputs[0].dataType, [Int](repeating: -1, count: extents.count))]
        }
        guard repeats.count == extents.count, repeats.allSatisfy({ $0 >= 0 }) else {
            throw InferError(.invalidArgument, "repeats \(repeats) for rank \(extents.count)")
        }
        var result: [Int] = []
        for (extent, count) in zip(extents, repeats) {
            let (product, overflow) = extent.multipliedReportingOverflow(by: count)
            guard !overflow else { throw InferError(.invalidArgument, "repeats \(repeats) are too large") }
            result.append(extent < 0 ? -1 : product)
        }
        return [TensorFact(inputs[0].dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents,
            let repeats = inputs[1].integers
        else { preconditionFailure("bound with open shapes") }
        // Beside an axis without elements another may be repeated without bound.
        guard outputs[0].elementCount != 0 else { return Kernel { _ in } }
        let own = strides(of: extents)
        var walked: [Int] = []
        var steps: [Int] = []
        for axis in extents.indices {
            walked += [repeats[axis], extents[axis]]
            steps += [0, own[axis]]
        }
        let copy = StridedCopy(walked, sourceStrides: steps)
        return Kernel { buffers in
            copy.run(buffers.bytes(ofInput: 0), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}

/// `DepthToSpace` and `SpaceToDepth`.
struct BlockMove: MovementOperator {
    enum Direction: Sendable { case depthToSpace(columnsFirst: Bool), spaceToDepth }
    private let direction: Direction
    private let block: Int

    static func depthToSpace(_ node: Node) throws(InferError) -> any Operator {
        let mode = try node.string("mode", default: "DCR")
        guard mode == "DCR" || mode == "CRD" else {
            throw InferError(.invalidArgument, "attribute 'mode' must be DCR or CRD, it is '\(mode)'")
        }
        return try BlockMove(node, .depthToSpace(columnsFirst: mode == "CRD"))
    }

    static func spaceToDepth(_ node: Node) throws(InferError) -> any Operator { try BlockMove(node, .spaceToDepth) }

    private init(_ node: Node, _ direction: Direction) throws(InferError) {
        guard let block = try node.int("blocksize") else { throw node.missing("blocksize") }
        guard block > 0 && block < 1 << 16 else {
            throw InferError(.invalidArgument, "attribute 'blocksize' is \(block)")
        }
        self.block = block
        self.direction = direction
    }

    func movedInputs(count: Int) -> [Int] { [0] }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, rank: 4...4)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, [-1, -1, -1, -1])] }
        let area = block * block
        let grow: (Int) -> Int = { $0 < 0 ? -1 : $0 * block }
        switch direction {
        case .depthToSpace:
            guard extents[1] < 0 || extents[1] % area == 0 else {
                throw InferError(.invalidArgument, "\(extents[1]) channels do not divide into blocks of \(area)")
            }
            let channels = extents[1] < 0 ? -1 : extents[1] / area
            return [TensorFact(inputs[0].dataType, [extents[0], channels, grow(extents[2]), grow(extents[3])])]
        case .spaceToDepth:
            for axis in 2...3 where extents[axis] > 0 && extents[axis] % block != 0 {
                throw InferError(.invalidArgument, "extent \(extents[axis]) does not divide into blocks of \(block)")
            }
            let shrink: (Int) -> Int = { $0 < 0 ? -1 : $0 / block }
            let channels = extents[1] < 0 ? -1 : extents[1] * area
            return [TensorFact(inputs[0].dataType, [extents[0], channels, shrink(extents[2]), shrink(extents[3])])]
        }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let split: [Int]
        let order: [Int]
        switch direction {
        case .depthToSpace(let columnsFirst):
            let channels = extents[1] / (block * block)
            split =
                columnsFirst
                ? [extents[0], channels, block, block, extents[2], extents[3]]
                : [extents[0], block, block, channels, extents[2], extents[3]]
            order = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
        case .spaceToDepth:
            split = [extents[0], extents[1], extents[2] / block, block, extents[3] / block, block]
            order = [0, 3, 5, 1, 2, 4]
        }
        let own = strides(of: split)
        let copy = StridedCopy(order.map { split[$0] }, sourceStrides: order.map { own[$0] })
        return Kernel { buffers in
            copy.run(buffers.bytes(ofInput: 0), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}
