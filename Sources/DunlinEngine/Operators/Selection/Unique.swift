import DunlinInference
import DunlinTensor

/// ONNX `Unique`: the different elements, or slices along `axis`, where each first occurs, which one each element is,
/// and how often each occurs.
struct Unique: EagerOperator {
    private let axis: Int?
    private let isSorted: Bool

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis")
        isSorted = try node.bool("sorted", default: true)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(
            0, isOneOf: [.fp16, .fp32, .fp64, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64])
        var extents: [Int]? = [-1]
        if let axis {
            extents = inputs[0].extents
            if let rank = extents?.count { extents?[try normalized(axis: axis, rank: rank)] = -1 }
        }
        let counts = TensorFact(.int64, [-1])
        return [TensorFact(inputs[0].dataType, extents), counts, counts, counts]
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        guard let input = inputs[0] else { preconditionFailure("Unique without input") }
        switch input.dataType {
        case .fp16: return try unique(input, Float16.self)
        case .fp32: return try unique(input, Float.self)
        case .fp64: return try unique(input, Double.self)
        case .int8: return try unique(input, Int8.self)
        case .int16: return try unique(input, Int16.self)
        case .int32: return try unique(input, Int32.self)
        case .int64: return try unique(input, Int64.self)
        case .uint8: return try unique(input, UInt8.self)
        case .uint16: return try unique(input, UInt16.self)
        case .uint32: return try unique(input, UInt32.self)
        default: return try unique(input, UInt64.self)
        }
    }

    private func unique<Element: TensorElement & Comparable>(
        _ input: Tensor, _ type: Element.Type
    ) throws(InferError) -> [Tensor] {
        let extents = axis == nil ? [input.elementCount] : input.shape.dimensions
        let axis = try normalized(axis: axis ?? 0, rank: extents.count)
        let (outer, count, inner) = (
            extents[..<axis].reduce(1, *), extents[axis], extents[(axis + 1)...].reduce(1, *)
        )
        let elements = input.elements(as: type).map { $0 }
        let row = outer * inner
        let value = { (slice: Int, place: Int) in
            elements[(place / inner * count + slice) * inner + place % inner]
        }
        // Below, above or the same: -1, 1, 0. NaN comes last and is the same as NaN, so that the order is total.
        let compare = { (first: Int, second: Int) -> Int in
            for place in 0..<row {
                let (x, y) = (value(first, place), value(second, place))
                if x < y { return -1 }
                if y < x { return 1 }
                if x == y { continue }
                if (x == x) != (y == y) { return x == x ? -1 : 1 }
            }
            return 0
        }
        let order = (0..<count).sorted { first, second in
            let result = compare(first, second)
            return result == 0 ? first < second : result < 0
        }
        // The first slice of each kind, and each slice's kind.
        var firsts: [Int] = []
        var kinds = [Int](repeating: 0, count: count)
        for slice in order {
            if firsts.last.map({ compare($0, slice) != 0 }) ?? true { firsts.append(slice) }
            kinds[slice] = firsts.count - 1
        }
        if !isSorted {
            let places = firsts.indices.sorted { firsts[$0] < firsts[$1] }
            var renamed = [Int](repeating: 0, count: firsts.count)
            for (new, old) in places.enumerated() { renamed[old] = new }
            firsts.sort()
            kinds = kinds.map { renamed[$0] }
        }
        var counts = [Int64](repeating: 0, count: firsts.count)
        for kind in kinds { counts[kind] += 1 }
        var values: [Element] = []
        for block in 0..<outer {
            for slice in firsts {
                for place in block * inner..<(block + 1) * inner { values.append(value(slice, place)) }
            }
        }
        var shape = extents
        shape[axis] = firsts.count
        return [
            Tensor(values, shape: Shape(shape)), Tensor(firsts.map(Int64.init), shape: [firsts.count]),
            Tensor(kinds.map(Int64.init), shape: [count]), Tensor(counts, shape: [firsts.count]),
        ]
    }
}
