import DunlinInference
import DunlinTensor

/// `Identity`, and `Dropout` outside training: the input itself.
struct Identity: ViewOperator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        var fact = inputs[0]
        fact.constant = nil
        return [fact]
    }
}

/// ONNX `Reshape`: the shape is an attribute before opset 5 and an input from 5 on.
struct Reshape: ViewOperator {
    private let allowsZero: Bool
    private let fixed: [Int]?

    init(_ node: Node) throws(InferError) {
        fixed = node.opset < 5 ? try node.ints("shape") : nil
        if node.opset < 5 && fixed == nil { throw node.missing("shape") }
        node.ignore("consumed_inputs")
        allowsZero = try node.bool("allowzero", default: false)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let input = inputs[0]
        var given = fixed
        if given == nil { given = try shape(inputs) }
        guard let wanted = given else {
            // Not the numbers, but how many there are.
            let rank = inputs.optional(1)?.elementCount
            return [TensorFact(input.dataType, rank.map { [Int](repeating: -1, count: $0) })]
        }
        var extents: [Int] = []
        var open: Int?
        for (axis, extent) in wanted.enumerated() {
            switch extent {
            case -1:
                guard open == nil else { throw InferError(.invalidArgument, "the shape has more than one -1") }
                open = axis
                extents.append(-1)
            case 0 where !allowsZero:
                guard let known = input.extents else {
                    extents.append(-1)
                    continue
                }
                guard axis < known.count else {
                    throw InferError(.invalidArgument, "axis \(axis) is 0, the input has \(known.count) axes")
                }
                extents.append(known[axis])
            case 0...: extents.append(extent)
            default: throw InferError(.invalidArgument, "the shape has the extent \(extent)")
            }
        }
        guard let count = input.elementCount else {
            if let open, let known = input.extents, let extent = Self.remaining(wanted, extents, known, open) {
                extents[open] = extent
            }
            return [TensorFact(input.dataType, extents)]
        }
        if let open {
            let others = Shape.elementCount(of: extents.enumerated().map { $0 == open ? 1 : $1 }) ?? 0
            guard others > 0, count % others == 0 else {
                throw InferError(.invalidArgument, "\(count) elements do not fit shape \(wanted)")
            }
            extents[open] = count / others
        }
        guard Shape.elementCount(of: extents) == count else {
            throw InferError(.invalidArgument, "\(count) elements do not fit shape \(wanted)")
        }
        return [TensorFact(input.dataType, extents)]
    }

    private func shape(_ inputs: InputFacts) throws(InferError) -> [Int]? {
        guard let fact = inputs.optional(1) else { throw InferError(.invalidArgument, "the shape input is missing") }
        guard fact.dataType == .int64 else {
            throw InferError(.invalidArgument, "the shape must be INT64, it is \(fact.dataType)")
        }
        if let rank = fact.rank, rank != 1 {
            throw InferError(.invalidArgument, "the shape must have one axis, it has \(rank)")
        }
        return fact.integers
    }

    /// The extent of the -1 when the input's open axes are exactly those that 0 copies.
    private static func remaining(_ wanted: [Int], _ extents: [Int], _ input: [Int], _ open: Int) -> Int? {
        var known = 1
        for (axis, extent) in input.enumerated() {
            if extent < 0 {
                guard axis < wanted.count, wanted[axis] == 0 else { return nil }
            } else {
                known *= extent
            }
        }
        var others = 1
        for (axis, extent) in extents.enumerated() where axis != open && extent >= 0 {
            let (product, overflow) = others.multipliedReportingOverflow(by: extent)
            if overflow { return nil }
            others = product
        }
        return others > 0 && known % others == 0 ? known / others : nil
    }
}

/// ONNX `Flatten`: two axes, split before `axis`.
struct Flatten: ViewOperator {
    private let axis: Int

    /// Whether the first axis stays alone.
    var keepsRows: Bool { axis == 1 }

    init(_ node: Node) throws(InferError) { axis = try node.int("axis", default: 1) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, [-1, -1])] }
        let split = axis < 0 ? axis + extents.count : axis
        guard (0...extents.count).contains(split) else {
            throw InferError(.invalidArgument, "axis \(axis) is out of range for rank \(extents.count)")
        }
        let product: (ArraySlice<Int>) -> Int = { $0.contains { $0 < 0 } ? -1 : $0.reduce(1, *) }
        return [TensorFact(inputs[0].dataType, [product(extents[..<split]), product(extents[split...])])]
    }
}

/// ONNX `Squeeze`: axes are an attribute before opset 13 and an input from 13 on.
struct Squeeze: ViewOperator {
    private let fixed: [Int]?
    private let takesInput: Bool

    init(_ node: Node) throws(InferError) {
        takesInput = node.opset >= 13
        fixed = takesInput ? nil : try node.ints("axes")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let input = inputs[0]
        guard let extents = input.extents else { return [TensorFact(input.dataType, nil)] }
        var axes = fixed
        if takesInput, let given = inputs.optional(1) {
            guard let known = given.integers else {
                let rank = given.elementCount.map { extents.count - $0 }
                return [TensorFact(input.dataType, rank.map { [Int](repeating: -1, count: max($0, 0)) })]
            }
            axes = known
        }
        guard let axes else {
            if extents.contains(-1) { return [TensorFact(input.dataType, nil)] }
            return [TensorFact(input.dataType, extents.filter { $0 != 1 })]
        }
        let removed = try normalized(axes: axes, rank: extents.count)
        for axis in removed where extents[axis] != 1 && extents[axis] >= 0 {
            throw InferError(.invalidArgument, "axis \(axis) has extent \(extents[axis]), only 1 can be removed")
        }
        return [TensorFact(input.dataType, extents.indices.filter { !removed.contains($0) }.map { extents[$0] })]
    }
}

/// ONNX `Unsqueeze`: axes are an attribute before opset 13 and an input from 13 on.
struct Unsqueeze: ViewOperator {
    private let fixed: [Int]?

    init(_ node: Node) throws(InferError) {
        fixed = node.opset >= 13 ? nil : try node.ints("axes")
        if node.opset < 13 && fixed == nil { throw node.missing("axes") }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let input = inputs[0]
        if fixed == nil && inputs.optional(1) == nil {
            throw InferError(.invalidArgument, "the axes input is missing")
        }
        guard let extents = input.extents, let axes = fixed ?? inputs.optional(1)?.integers else {
            let added = inputs.optional(1)?.elementCount
            guard let rank = input.rank, let added else { return [TensorFact(input.dataType, nil)] }
            return [TensorFact(input.dataType, [Int](repeating: -1, count: rank + added))]
        }
        let added = try normalized(axes: axes, rank: extents.count + axes.count)
        var rest = extents.makeIterator()
        let result = (0..<extents.count + axes.count).map { added.contains($0) ? 1 : rest.next() ?? 1 }
        return [TensorFact(input.dataType, result)]
    }
}
