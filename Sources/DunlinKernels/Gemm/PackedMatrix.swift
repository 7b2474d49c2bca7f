/// The right side of a matrix product, laid out once, at load, as the kernels read it.
///
/// Immutable and shared: copies of the struct refer to one allocation.
package struct PackedMatrix: Sendable {
    /// Rows (k) and columns (n) of the matrix.
    package let rows, columns: Int
    let kernels: KernelTable
    /// FP32, as this instruction set's kernels read it; empty where the matrix is BF16.
    let storage: AlignedFloats
    /// The matrix rounded to BF16, where it was packed so.
    let bf16: BF16Gemm?
    /// Whether no element is infinite or NaN: then a row of it that is multiplied by 0 need not be read. Elements whose
    /// squares are infinite count as such.
    private(set) var isFinite = true

    /// Packs a matrix.
    ///
    /// - Parameters:
    ///   - rows: k, the length of the sums.
    ///   - columns: n, the columns of the product.
    ///   - elements: FP32 `[rows, columns]` row-major, or `[columns, rows]` when `isTransposed`.
    ///   - bf16: Rounds the matrix to BF16, and in products the left side too; sums stay FP32. `nil`: all is FP32.
    /// - Precondition: `elements.count == rows * columns`.
    package init(
        rows: Int, columns: Int, elements: UnsafeBufferPointer<Float>, isTransposed: Bool = false,
        bf16: BF16Kernels? = nil, kernels: KernelTable = .current
    ) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "PackedMatrix: \(elements.count) elements are not \(rows) x \(columns)")
        self.rows = rows
        self.columns = columns
        self.kernels = kernels
        self.bf16 = bf16.map {
            BF16Gemm(
                rows: rows, columns: columns, elements: elements, isTransposed: isTransposed, bf16: $0, kernels: kernels
            )
        }
        if bf16 != nil {
            storage = AlignedFloats(count: 0)
            isFinite = false
            return
        }
        let panel = kernels.tileSize(1)
        self.storage = AlignedFloats(count: (columns + panel - 1) / panel * panel * rows)
        guard let source = elements.baseAddress, rows > 0, columns > 0 else { return }
        var squares: Float = 0
        kernels.reduceRows(RowReduction.sumOfSquares.rawValue, source, 1, elements.count, &squares)
        isFinite = squares.isFinite
        kernels.packColumns(rows, columns, source, isTransposed ? rows : columns, isTransposed, storage.pointer)
    }

    /// Bytes that the packed form holds.
    package var byteCount: Int { bf16?.weights.byteCount ?? storage.count * MemoryLayout<Float>.size }

    /// `variant` where the matrix is BF16.
    package var bf16Variant: String? { bf16 == nil ? nil : variant }

    /// How products with it are computed, for profiles: `packed`, or `packed avx512_bf16`.
    package var variant: String { bf16.map { "packed \($0.weights.kernels.name)" } ?? "packed" }

    /// Depth from which on, and columns from which on (for one row, and for several), it is worth looking for zeros.
    private static let sparseDepth = 64, sparseColumns = (one: 32, several: 128)

    /// Whether a product with this many rows on the left looks for zeros there.
    func skipsZeros(rows m: Int) -> Bool {
        isFinite && m <= kernels.sparseRowLimit() && (Self.sparseDepth...1 << 24).contains(rows)
            && columns >= (m == 1 ? Self.sparseColumns.one : Self.sparseColumns.several)
    }
}
