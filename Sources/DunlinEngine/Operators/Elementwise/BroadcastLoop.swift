import DunlinInference
import DunlinTensor

/// The loop of an operator on two broadcast tensors: axes that both sides walk alike are merged, and what remains is
/// rows in which each side either advances by one or stands still.
struct BroadcastLoop: Sendable {
    /// Extents and strides of the merged axes outside the row.
    private let extents: [Int]
    private let leftStrides: [Int]
    private let rightStrides: [Int]
    /// Elements of one row.
    let rowCount: Int
    /// 1 or 0: whether the side advances within a row.
    let leftStep: Int
    let rightStep: Int
    let elementCount: Int

    /// - Precondition: `output` is what `broadcast(left, right)` returned, complete.
    init(_ left: [Int], _ right: [Int], output: [Int]) {
        var merged: [(extent: Int, left: Int, right: Int)] = []
        let leftAll = Self.broadcastStrides(left, output)
        let rightAll = Self.broadcastStrides(right, output)
        for axis in output.indices where output[axis] != 1 {
            let next = (extent: output[axis], left: leftAll[axis], right: rightAll[axis])
            if let last = merged.last, last.left == next.left * next.extent, last.right == next.right * next.extent {
                merged[merged.count - 1] = (last.extent * next.extent, next.left, next.right)
            } else {
                merged.append(next)
            }
        }
        let row = merged.popLast() ?? (extent: 1, left: 1, right: 1)
        extents = merged.map(\.extent)
        leftStrides = merged.map(\.left)
        rightStrides = merged.map(\.right)
        rowCount = row.extent
        leftStep = row.left
        rightStep = row.right
        elementCount = output.product
    }

    /// Calls `body` for each row with the offsets of its first elements.
    @inline(__always) func forEachRow(
        _ body: (_ left: Int, _ right: Int, _ output: Int) throws(InferError) -> Void
    ) throws(InferError) {
        if elementCount == 0 { return }
        if extents.isEmpty {
            try body(0, 0, 0)
            return
        }
        // On the stack: a run allocates nothing.
        try withUnsafeTemporaryAllocation(of: Int.self, capacity: extents.count) { (index) throws(InferError) in
            index.initialize(repeating: 0)
            var left = 0
            var right = 0
            var output = 0
            while true {
                try body(left, right, output)
                output += rowCount
                var axis = extents.count - 1
                while true {
                    index[axis] += 1
                    left += leftStrides[axis]
                    right += rightStrides[axis]
                    if index[axis] < extents[axis] { break }
                    left -= leftStrides[axis] * extents[axis]
                    right -= rightStrides[axis] * extents[axis]
                    index[axis] = 0
                    if axis == 0 { return }
                    axis -= 1
                }
            }
        }
    }

    /// A kernel that computes each element from one of each side.
    func kernel<Input: TensorElement, Output: TensorElement>(
        _ input: Input.Type, _ output: Output.Type,
        _ combine: @escaping @Sendable (Input, Input) throws(InferError) -> Output
    ) -> Kernel {
        Kernel { (buffers) throws(InferError) in
            let left = buffers.input(0, as: Input.self)
            let right = buffers.input(1, as: Input.self)
            let result = buffers.output(0, as: Output.self)
            try forEachRow { (l, r, o) throws(InferError) in
                for i in 0..<rowCount {
                    result[o + i] = try combine(left[l + i * leftStep], right[r + i * rightStep])
                }
            }
        }
    }

    private static func broadcastStrides(_ extents: [Int], _ output: [Int]) -> [Int] {
        let own = strides(of: extents)
        let missing = output.count - extents.count
        return output.indices.map { axis in
            axis < missing || extents[axis - missing] == 1 ? 0 : own[axis - missing]
        }
    }
}
