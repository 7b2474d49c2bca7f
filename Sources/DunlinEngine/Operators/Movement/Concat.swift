import DunlinInference
import DunlinTensor

/// ONNX `Concat`.
struct Concat: MovementOperator {
    let axis: Int

    init(_ node: Node) throws(InferError) {
        guard let axis = try node.int("axis") else { throw node.missing("axis") }
        self.axis = axis
    }

    init(axis: Int) { self.axis = axis }

    /// Whether images `[batch, channels, height, width]` are joined along their channels.
    var joinsChannels: Bool { axis == 1 || axis == -3 }

    /// Whether tensors of this rank are joined within their rows.
    func keepsRows(rank: Int) -> Bool { axis < 0 ? axis + rank > 0 : axis > 0 }

    func movedInputs(count: Int) -> [Int] { Array(0..<count) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let dataType = inputs[0].dataType
        for index in 1..<max(inputs.count, 1) { try inputs.requireSameType(0, index) }
        guard let rank = inputs.facts.compactMap({ $0?.rank }).first else { return [TensorFact(dataType, nil)] }
        let axis = try normalized(axis: axis, rank: rank)
        var result = [Int](repeating: -1, count: rank)
        result[axis] = 0
        for index in 0..<inputs.count {
            guard let extents = inputs[index].extents else {
                result[axis] = -1
                continue
            }
            guard extents.count == rank else {
                throw InferError(.invalidArgument, "input \(index) has rank \(extents.count), input 0 has \(rank)")
            }
            for other in extents.indices where other != axis {
                if result[other] < 0 { result[other] = extents[other] }
                guard extents[other] < 0 || extents[other] == result[other] else {
                    throw InferError(
                        .invalidArgument,
                        "input \(index) has extent \(extents[other]) on axis \(other), others have \(result[other])")
                }
            }
            result[axis] = result[axis] < 0 || extents[axis] < 0 ? -1 : result[axis] + extents[axis]
        }
        return [TensorFact(dataType, result)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = outputs[0].dataType.byteCount, let extents = outputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        let outer = extents[..<axis].reduce(1, *)
        let rowBytes = inputs.facts.map { ($0?.extents?[axis...].reduce(1, *) ?? 0) * size }
        let total = rowBytes.reduce(0, +)
        return Kernel { buffers in
            guard let target = buffers.bytes(ofOutput: 0).baseAddress else { return }
            var offset = 0
            for (index, count) in rowBytes.enumerated() {
                guard count > 0, let source = buffers.bytes(ofInput: index).baseAddress else { continue }
                for row in 0..<outer {
                    (target + row * total + offset).copyMemory(from: source + row * count, byteCount: count)
                }
                offset += count
            }
        }
    }
}

/// ONNX `Split`: sizes are an attribute before opset 13 and an input from 13 on; `num_outputs` since 18.
struct Split: MovementOperator {
    private let axis: Int
    private let fixed: [Int]?
    private let outputCount: Int
    private let allowsRemainder: Bool

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: 0)
        fixed = node.opset < 13 ? try node.ints("split") : nil
        allowsRemainder = node.opset >= 18
        outputCount = node.givenOutputs.count
        if let stated = try node.int("num_outputs"), stated != outputCount {
            throw InferError(.invalidArgument, "attribute 'num_outputs' is \(stated), the node has \(outputCount)")
        }
    }

    func movedInputs(count: Int) -> [Int] { [0] }

    private func sizes(_ inputs: InputFacts, _ extent: Int) throws(InferError) -> [Int]? {
        if let given = inputs.optional(1), given.constant == nil { return nil }
        if let sizes = fixed ?? inputs.optional(1)?.integers {
            guard sizes.count == outputCount, sizes.allSatisfy({ $0 >= 0 }) else {
                throw InferError(.invalidArgument, "sizes \(sizes) for \(outputCount) outputs")
            }
            guard extent < 0 || sizes.reduce(0, { $0 &+ $1 }) == extent else {
                throw InferError(.invalidArgument, "sizes \(sizes) do not add up to the extent \(extent)")
            }
            return sizes
        }
        guard extent >= 0 else { return nil }
        guard extent % outputCount == 0 || allowsRemainder else {
            throw InferError(.invalidArgument, "extent \(extent) does not divide into \(outputCount) outputs")
        }
        let chunk = (extent + outputCount - 1) / outputCount
        return (0..<outputCount).map { max(min(chunk, extent - $0 * chunk), 0) }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let dataType = inputs[0].dataType
        guard let extents = inputs[0].extents else {
            return (0..<outputCount).map { _ in TensorFact(dataType, nil) }
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        let sizes = try sizes(inputs, extents[axis])
        return (0..<outputCount).map { index in
            var part = extents
            part[axis] = sizes?[index] ?? -1
            return TensorFact(dataType, part)
        }
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let size = inputs[0].dataType.byteCount, let extents = inputs[0].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        let outer = extents[..<axis].reduce(1, *)
        let rowBytes = outputs.map { ($0.extents?[axis...].reduce(1, *) ?? 0) * size }
        let total = rowBytes.reduce(0, +)
        return Kernel { buffers in
            guard let source = buffers.bytes(ofInput: 0).baseAddress else { return }
            var offset = 0
            for (index, count) in rowBytes.enumerated() {
                defer { offset += count }
                guard count > 0, let target = buffers.bytes(ofOutput: index).baseAddress else { continue }
                for row in 0..<outer {
                    (target + row * count).copyMemory(from: source + row * total + offset, byteCount: count)
                }
            }
        }
    }
}
