import DunlinInference
import DunlinTensor

/// Which scale belongs to which element: the tensor seen as `[outer, axis, inner]`.
struct ScaleLayout: Sendable {
    let outer: Int
    let axis: Int
    let inner: Int
    /// Elements along the axis that share a scale; 0 where the scales lie along the axis alone.
    let block: Int

    /// - Throws: `.invalidArgument` when the scales' shape does not fit the tensor's. Both shapes are known.
    init(_ extents: [Int], scales: [Int], axis: Int, block: Int) throws(InferError) {
        if block == 0, scales.allSatisfy({ $0 == 1 }), scales.count <= 1 {
            (self.outer, self.axis, self.inner, self.block) = (1, 1, extents.product, 0)
            return
        }
        let place = try normalized(axis: axis, rank: extents.count)
        var expected = [extents[place]]
        if block > 0 {
            expected = extents
            expected[place] = extents[place] / block + (extents[place] % block == 0 ? 0 : 1)
        }
        guard scales == expected else {
            throw InferError(.invalidArgument, "the scale has shape \(scales), expected \(expected)")
        }
        outer = extents[..<place].reduce(1, *)
        self.axis = extents[place]
        inner = extents[(place + 1)...].reduce(1, *)
        self.block = block
    }

    /// Calls `body` for each stretch of elements with the number of its first element and of its first scale. All
    /// its elements have that scale where `block` is 0, and the scales that follow it elsewhere.
    @inline(__always) func forEachStretch(_ body: (_ first: Int, _ scale: Int) -> Void) {
        let blocks = block == 0 ? 0 : axis / block + (axis % block == 0 ? 0 : 1)
        for o in 0..<outer {
            for a in 0..<axis {
                body((o * axis + a) * inner, block == 0 ? a : (o * blocks + a / block) * inner)
            }
        }
    }
}
