import DunlinInference
import DunlinTensor

/// An axis counted from the front; negative ones count from the back.
func normalized(axis: Int, rank: Int) throws(InferError) -> Int {
    guard axis >= -rank && axis < rank else {
        throw InferError(.invalidArgument, "axis \(axis) is out of range for rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
}

/// Axes counted from the front, each at most once.
func normalized(axes: [Int], rank: Int) throws(InferError) -> [Int] {
    var result: [Int] = []
    for axis in axes {
        let axis = try normalized(axis: axis, rank: rank)
        guard !result.contains(axis) else { throw InferError(.invalidArgument, "axis \(axis) is given twice") }
        result.append(axis)
    }
    return result
}

/// The shape that numpy's rules broadcast both to; -1 where it is not known yet.
func broadcast(_ lhs: [Int]?, _ rhs: [Int]?) throws(InferError) -> [Int]? {
    guard let lhs, let rhs else { return nil }
    var result = [Int](repeating: 1, count: max(lhs.count, rhs.count))
    for axis in result.indices {
        let left = axis - (result.count - lhs.count) >= 0 ? lhs[axis - (result.count - lhs.count)] : 1
        let right = axis - (result.count - rhs.count) >= 0 ? rhs[axis - (result.count - rhs.count)] : 1
        if left == right || right == 1 {
            result[axis] = left
        } else if left == 1 {
            result[axis] = right
        } else if left < 0 || right < 0 {
            // One side is known and not 1: the other can only be that or 1.
            result[axis] = max(left, right)
        } else {
            throw InferError(
                .invalidArgument,
                "shapes \(Shape(lhs.map { max($0, 0) })) and \(Shape(rhs.map { max($0, 0) })) "
                    + "cannot be broadcast together")
        }
    }
    return result
}

/// Elements from one index of each axis to the next, in a row-major tensor.
func strides(of extents: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.reversed().dropFirst() { strides[axis] = strides[axis + 1] * extents[axis + 1] }
    return strides
}

extension InputFacts {
    /// Checks that a required input is one number, under whatever shape, where its shape is known.
    func requireOneElement(_ index: Int) throws(InferError) {
        guard let count = self[index].elementCount, count != 1 else { return }
        throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
    }
}

extension Array where Element == Int {
    /// The product of all elements. Only for extents whose product was checked.
    var product: Int { reduce(1, *) }
}

extension DataType {
    static let floats: [DataType] = [.fp32, .fp64, .fp16, .bf16]
    static let integers: [DataType] = [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
    static let numbers: [DataType] = floats + integers
    static let fixedSize: [DataType] = numbers + [.bool]

    /// Whether the kernels compute it in FP32.
    var isHalf: Bool { self == .fp16 || self == .bf16 }
}
