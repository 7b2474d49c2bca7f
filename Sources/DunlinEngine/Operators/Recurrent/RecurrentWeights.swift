import DunlinKernels

/// The weights of one direction, packed for products with rows of inputs and states.
struct RecurrentWeights: Sendable {
    /// `[I, G·H]`.
    let input: PackedMatrix
    /// `[H, n·H]`: of all gates, of GRU without the hidden gate.
    let state: PackedMatrix
    /// `[H, H]`: of GRU's hidden gate.
    let hidden: PackedMatrix?

    init(
        _ cell: Recurrent.Cell, _ extents: RecurrentExtents, _ w: UnsafeBufferPointer<Float>,
        _ r: UnsafeBufferPointer<Float>, direction: Int
    ) {
        let h = extents.hidden
        let rows = cell.gateCount * h
        input = PackedMatrix(
            rows: extents.input, columns: rows,
            elements: Self.part(w, direction * rows * extents.input, rows * extents.input),
            isTransposed: true)
        let own = Self.part(r, direction * rows * h, rows * h)
        guard case .gru = cell else {
            state = PackedMatrix(rows: h, columns: rows, elements: own, isTransposed: true)
            hidden = nil
            return
        }
        state = PackedMatrix(rows: h, columns: 2 * h, elements: Self.part(own, 0, 2 * h * h), isTransposed: true)
        hidden = PackedMatrix(rows: h, columns: h, elements: Self.part(own, 2 * h * h, h * h), isTransposed: true)
    }

    var byteCount: Int { input.byteCount + state.byteCount + (hidden?.byteCount ?? 0) }

    private static func part(
        _ elements: UnsafeBufferPointer<Float>, _ first: Int, _ count: Int
    ) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: elements[first..<first + count])
    }
}
