/// The right side of a matrix product, laid out once, at load, as the kernels read it.
///
/// Immutable and shared: copies of the struct refer to one allocation.
package struct PackedMatrix: Sendable {
    /// Rows (k) and columns (n) of the matrix.
    package let rows, columns: Int
    let kernels: KernelTable
    let storage: AlignedFloats

    /// Packs a matrix.
    ///
    /// - Parameters:
    ///   - rows: k, the length of the sums.
    ///   - columns: n, the columns of the product.
    ///   - elements: FP32 `[rows, columns]` row-major, or `[columns, rows]` when `isTransposed`.
    /// - Precondition: `elements.count == rows * columns`.
    package init(
        rows: Int, columns: Int, elements: UnsafeBufferPointer<Float>, isTransposed: Bool = false,
        kernels: KernelTable = .current
    ) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "PackedMatrix: \(elements.count) elements are not \(rows) x \(columns)")
        self.rows = rows
        self.columns = columns
        self.kernels = kernels
        let panel = kernels.tileSize(1)
        self.storage = AlignedFloats(count: (columns + panel - 1) / panel * panel * rows)
        guard let source = elements.baseAddress, rows > 0, columns > 0 else { return }
        kernels.packColumns(rows, columns, source, isTransposed ? rows : columns, isTransposed, storage.pointer)
    }

    /// Bytes that the packed form holds.
    package var byteCount: Int { storage.count * MemoryLayout<Float>.size }
}
