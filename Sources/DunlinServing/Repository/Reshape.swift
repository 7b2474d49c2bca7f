import DunlinTensor

/// A tensor's two forms, the client's and the model's (`reshape` in a configuration): the same elements in the same
/// order under other extents.
///
/// Both have as many open extents, and between them as many elements: the n-th open extent of the one is the n-th of the
/// other, as Triton has it. `[2,4,-1,6]` is `[8,-1,1,6]`, with nothing left to guess.
struct Reshape: Sendable, Equatable {
    /// What a client sends or gets; -1 where any extent is accepted.
    let dims: [Int]
    /// What the model takes or gives.
    let shape: [Int]

    /// - Returns: `nil` when the forms do not hold the same elements.
    init?(dims: [Int], shape: [Int]) {
        guard Self.parts(dims) == Self.parts(shape) else { return nil }
        self.dims = dims
        self.shape = shape
    }

    /// Elements between open extents; `nil` in place of a product that no tensor has.
    private static func parts(_ extents: [Int]) -> [Int?] {
        extents.split(separator: -1, omittingEmptySubsequences: false).map { Shape.elementCount(of: Array($0)) }
    }

    /// A client's tensor as the model takes it; shares the bytes. `nil` when it has not the extents of `dims`.
    func forModel(_ tensor: Tensor) -> Tensor? { Self.changed(tensor, from: dims, to: shape) }

    /// A model's tensor as the client gets it; shares the bytes. `nil` when it has not the extents of `shape`.
    func forClient(_ tensor: Tensor) -> Tensor? { Self.changed(tensor, from: shape, to: dims) }

    private static func changed(_ tensor: Tensor, from: [Int], to: [Int]) -> Tensor? {
        let given = tensor.shape.dimensions
        guard given.count == from.count else { return nil }
        var open: [Int] = []
        for (extent, expected) in zip(given, from) {
            if expected == -1 { open.append(extent) } else if extent != expected { return nil }
        }
        var next = 0
        let extents = to.map { extent in
            guard extent == -1 else { return extent }
            defer { next += 1 }
            return open[next]
        }
        return tensor.reshaped(Shape(extents))
    }
}
