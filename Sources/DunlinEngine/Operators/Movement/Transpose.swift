import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Transpose`.
struct Transpose: MovementOperator {
    /// `nil` reverses the axes.
    let permutation: [Int]?

    init(_ node: Node) throws(InferError) { permutation = try node.ints("perm") }

    init(permutation: [Int]) { self.permutation = permutation }

    func movedInputs(count: Int) -> [Int] { [0] }

    /// The input's axis that becomes each axis of the result.
    func order(_ rank: Int) throws(InferError) -> [Int] {
        guard let permutation else { return Array((0..<rank).reversed()) }
        guard permutation.sorted() == Array(0..<rank) else {
            throw InferError(.invalidArgument, "attribute 'perm' \(permutation) is no permutation of \(rank) axes")
        }
        return permutation
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        return [TensorFact(inputs[0].dataType, try order(extents.count).map { extents[$0] })]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard let extents = inputs[0].extents, let size = inputs[0].dataType.byteCount else {
            preconditionFailure("bound with open shapes")
        }
        let order = try order(extents.count)
        if let batched = BatchedTranspose(extents, order, size) { return batched.kernel }
        let own = strides(of: extents)
        let copy = StridedCopy(order.map { extents[$0] }, sourceStrides: order.map { own[$0] })
        return Kernel { buffers in
            copy.run(buffers.bytes(ofInput: 0), into: buffers.bytes(ofOutput: 0), elementByteCount: size)
        }
    }
}

/// A permutation that, once axes which stay together are merged, swaps the last two: many matrices transposed.
private struct BatchedTranspose: Sendable {
    private let batch: Int
    private let rows: Int
    private let columns: Int
    private let elementByteCount: Int

    init?(_ extents: [Int], _ order: [Int], _ elementByteCount: Int) {
        // Groups of axes that are neighbours before and after, without axes of extent 1.
        var groups: [(first: Int, last: Int, extent: Int)] = []
        for axis in order where extents[axis] != 1 {
            let isNext = groups.last.map { group in
                group.last < axis && extents[group.last + 1..<axis].allSatisfy { $0 == 1 }
            }
            if isNext ?? false {
                groups[groups.count - 1].last = axis
                groups[groups.count - 1].extent *= extents[axis]
            } else {
                groups.append((axis, axis, extents[axis]))
            }
        }
        if groups.count == 2 {
            batch = 1
            rows = groups[1].extent
            columns = groups[0].extent
        } else if groups.count == 3, groups[0].first < groups[2].first, groups[2].first < groups[1].first {
            batch = groups[0].extent
            rows = groups[2].extent
            columns = groups[1].extent
        } else {
            return nil
        }
        guard rows > 0 && columns > 0 && batch > 0 else { return nil }
        self.elementByteCount = elementByteCount
    }

    var kernel: Kernel {
        Kernel { buffers in
            let source = buffers.bytes(ofInput: 0)
            let target = buffers.bytes(ofOutput: 0)
            let size = rows * columns * elementByteCount
            for index in 0..<batch {
                transpose(
                    rows: rows, columns: columns, elementByteCount: elementByteCount,
                    UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size]),
                    into: UnsafeMutableRawBufferPointer(rebasing: target[index * size..<(index + 1) * size]))
            }
        }
    }
}
