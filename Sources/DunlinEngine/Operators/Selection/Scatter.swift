import DunlinInference
import DunlinTensor

/// What a scattered element does to the one that is there.
enum ScatterReduction: String, Sendable {
    case none, add, mul, max, min

    init(_ node: Node) throws(InferError) {
        let text = try node.string("reduction", default: "none")
        guard let reduction = ScatterReduction(rawValue: text) else {
            throw InferError(.invalidArgument, "attribute 'reduction' is '\(text)'")
        }
        self = reduction
    }

    /// What elements may be, when they are combined.
    static let types: [DataType] = DataType.numbers.filter { $0 != .bf16 } + [.bool]

    /// The kernel of truth values is that of bytes, whose sum must stay 0 or 1.
    func kernel(
        for dataType: DataType, _ make: (ScatterReduction, DataType) throws(InferError) -> Kernel
    ) throws(InferError) -> Kernel {
        guard dataType == .bool else { return try make(self, dataType) }
        switch self {
        case .add, .max: return try make(.max, .uint8)
        case .mul, .min: return try make(.min, .uint8)
        case .none: return try make(.none, .bool)
        }
    }

    func combine<Element: WrappingNumber>(_ old: Element, _ new: Element) -> Element {
        switch self {
        case .none: new
        case .add: .wrappingSum(old, new)
        case .mul: .wrappingProduct(old, new)
        case .max: Swift.max(old, new)
        case .min: Swift.min(old, new)
        }
    }
}

/// ONNX `ScatterElements`, and `Scatter` of old files.
struct ScatterElements: Operator {
    private let axis: Int
    private let reduction: ScatterReduction

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: 0)
        reduction = try ScatterReduction(node)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(
            0, isOneOf: reduction == .none ? DataType.fixedSize : ScatterReduction.types)
        try inputs.requireSameType(0, 2)
        _ = try IndexAccess(inputs[1])
        if let data = inputs[0].extents, let indexes = inputs[1].extents, let updates = inputs[2].extents {
            let axis = try normalized(axis: axis, rank: data.count)
            guard indexes.count == data.count, updates.count == indexes.count,
                zip(indexes, updates).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 })
            else { throw InferError(.invalidArgument, "data, indexes and updates differ in shape") }
            for other in data.indices where other != axis && data[other] >= 0 && indexes[other] > data[other] {
                throw InferError(.invalidArgument, "indexes are larger than the data on axis \(other)")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let data = inputs[0].extents, let indexes = inputs[1].extents else {
            preconditionFailure("bound with open shapes")
        }
        let axis = try normalized(axis: axis, rank: data.count)
        let walk = Walk(
            access: try IndexAccess(inputs[1]), axis: axis, extent: data[axis], strides: strides(of: data),
            indexExtents: indexes)
        return try reduction.kernel(for: inputs[0].dataType) { (reduction, type) throws(InferError) in
            guard reduction != .none else { return try Moved(walk: walk).kernel(for: type) }
            return try Combined(walk: walk, reduction: reduction).kernel(for: type)
        }
    }

    private struct Walk: Sendable {
        var access: IndexAccess
        var axis: Int
        var extent: Int
        var strides: [Int]
        var indexExtents: [Int]

        func forEach(
            _ buffers: Buffers, _ body: (_ update: Int, _ target: Int) -> Void
        ) throws(InferError) {
            buffers.bytes(ofOutput: 0).copyMemory(from: buffers.bytes(ofInput: 0))
            let indexes = buffers.bytes(ofInput: 1)
            var base = strides
            base[axis] = 0
            var walk = Odometer(indexExtents)
            for position in 0..<indexExtents.product {
                let index = try access.index(indexes, position, extent: extent)
                body(position, walk.offset(base) + index * strides[axis])
                walk.advance()
            }
        }
    }

    private struct Moved: SizedKernels {
        let walk: Walk

        func make<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(_ type: Element.Type) throws(InferError)
            -> Kernel
        {
            let walk = walk
            return Kernel { (buffers) throws(InferError) in
                let updates = buffers.input(2, as: type)
                let output = buffers.output(0, as: type)
                try walk.forEach(buffers) { output[$1] = updates[$0] }
            }
        }
    }

    private struct Combined: NumberKernels {
        let walk: Walk
        let reduction: ScatterReduction

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            let (walk, reduction) = (walk, reduction)
            return Kernel { (buffers) throws(InferError) in
                let updates = buffers.input(2, as: type)
                let output = buffers.output(0, as: type)
                try walk.forEach(buffers) { output[$1] = reduction.combine(output[$1], updates[$0]) }
            }
        }
    }
}

/// ONNX `ScatterND`.
struct ScatterND: Operator {
    private let reduction: ScatterReduction

    init(_ node: Node) throws(InferError) { reduction = try ScatterReduction(node) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(
            0, isOneOf: reduction == .none ? DataType.fixedSize : ScatterReduction.types)
        try inputs.require(1, isOneOf: [.int64])
        try inputs.requireSameType(0, 2)
        if let data = inputs[0].extents, let indexes = inputs[1].extents, let updates = inputs[2].extents,
            let depth = indexes.last, depth >= 0
        {
            let expected = Array(indexes.dropLast() + (depth <= data.count ? data[depth...] : []))
            guard depth <= data.count, expected.count == updates.count,
                zip(expected, updates).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 })
            else { throw InferError(.invalidArgument, "updates have shape \(updates), expected \(expected)") }
        }
        if inputs[1].rank == 0 { throw InferError(.invalidArgument, "indexes have no axis") }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let data = inputs[0].extents, let indexes = inputs[1].extents, let depth = indexes.last else {
            preconditionFailure("bound with open shapes")
        }
        let walk = Walk(
            access: try IndexAccess(inputs[1]), depth: depth, rows: indexes.dropLast().reduce(1, *), extents: data,
            strides: strides(of: data), rowCount: data[depth...].reduce(1, *))
        return try reduction.kernel(for: inputs[0].dataType) { (reduction, type) throws(InferError) in
            guard reduction != .none else { return try Moved(walk: walk).kernel(for: type) }
            return try Combined(walk: walk, reduction: reduction).kernel(for: type)
        }
    }

    private struct Walk: Sendable {
        var access: IndexAccess
        var depth: Int
        var rows: Int
        var extents: [Int]
        var strides: [Int]
        var rowCount: Int

        func forEach(_ buffers: Buffers, _ body: (_ update: Int, _ target: Int) -> Void) throws(InferError) {
            buffers.bytes(ofOutput: 0).copyMemory(from: buffers.bytes(ofInput: 0))
            let indexes = buffers.bytes(ofInput: 1)
            for row in 0..<rows {
                var offset = 0
                for level in 0..<depth {
                    offset += try access.index(indexes, row * depth + level, extent: extents[level]) * strides[level]
                }
                for element in 0..<rowCount { body(row * rowCount + element, offset + element) }
            }
        }
    }

    private struct Moved: SizedKernels {
        let walk: Walk

        func make<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(_ type: Element.Type) throws(InferError)
            -> Kernel
        {
            let walk = walk
            return Kernel { (buffers) throws(InferError) in
                let updates = buffers.input(2, as: type)
                let output = buffers.output(0, as: type)
                try walk.forEach(buffers) { output[$1] = updates[$0] }
            }
        }
    }

    private struct Combined: NumberKernels {
        let walk: Walk
        let reduction: ScatterReduction

        func make<Element: WrappingNumber>(_ type: Element.Type) throws(InferError) -> Kernel {
            let (walk, reduction) = (walk, reduction)
            return Kernel { (buffers) throws(InferError) in
                let updates = buffers.input(2, as: type)
                let output = buffers.output(0, as: type)
                try walk.forEach(buffers) { output[$1] = reduction.combine(output[$1], updates[$0]) }
            }
        }
    }
}
