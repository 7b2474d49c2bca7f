import DunlinKernels

/// The weights of one direction, laid out for products with rows of inputs and states.
struct RecurrentWeights: Sendable {
    /// `[I, G·H]`.
    let input: RecurrentMatrix
    /// `[H, n·H]`: of all gates, of GRU without the hidden gate.
    let state: RecurrentMatrix
    /// `[H, H]`: of GRU's hidden gate.
    let hidden: RecurrentMatrix?

    init(input: RecurrentMatrix, state: RecurrentMatrix) {
        (self.input, self.state, hidden) = (input, state, nil)
    }

    /// - Parameters: `w` and `r` as ONNX has them, of all directions.
    init<Number: RecurrentNumber>(
        _ cell: Recurrent.Cell, _ extents: RecurrentExtents, _ w: UnsafeBufferPointer<Number>,
        _ r: UnsafeBufferPointer<Number>, direction: Int
    ) {
        let h = extents.hidden
        let rows = cell.gateCount * h
        input = Number.matrix(
            rows: extents.input, columns: rows,
            transposed: Self.part(w, direction * rows * extents.input, rows * extents.input))
        let own = Self.part(r, direction * rows * h, rows * h)
        guard case .gru = cell else {
            state = Number.matrix(rows: h, columns: rows, transposed: own)
            hidden = nil
            return
        }
        state = Number.matrix(rows: h, columns: 2 * h, transposed: Self.part(own, 0, 2 * h * h))
        hidden = Number.matrix(rows: h, columns: h, transposed: Self.part(own, 2 * h * h, h * h))
    }

    var byteCount: Int { input.byteCount + state.byteCount + (hidden?.byteCount ?? 0) }

    private static func part<Number>(
        _ elements: UnsafeBufferPointer<Number>, _ first: Int, _ count: Int
    ) -> UnsafeBufferPointer<Number> {
        UnsafeBufferPointer(rebasing: elements[first..<first + count])
    }
}
