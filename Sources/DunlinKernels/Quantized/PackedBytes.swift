/// The right side of an integer product, laid out as the kernels read it: signed, in panels of 16 columns.
///
/// Immutable and shared: copies of the struct refer to one allocation.
package struct PackedBytes: Sendable {
    /// Rows (k) and columns (n) of the matrix.
    package let rows, columns: Int
    let kernels: QuantizedKernels
    let storage: AlignedBytes
    /// The sum of each column as stored, whole panels.
    package let columnSums: [Int32]

    /// Columns of a panel.
    package static let panel = 16

    /// Packs a matrix.
    ///
    /// - Parameters:
    ///   - rows: k, the length of the sums.
    ///   - columns: n, the columns of the product.
    ///   - elements: 8-bit elements, `rowStride` bytes from one row to the next, `columnStride` from one column to the
    ///     next.
    ///   - isSigned: INT8; otherwise UINT8, of which 128 is taken, as from their zero points.
    /// - Precondition: `elements` holds the matrix. Programmer error: traps.
    package init(
        rows: Int, columns: Int, elements: UnsafeBufferPointer<UInt8>, rowStride: Int, columnStride: Int,
        isSigned: Bool, kernels: QuantizedKernels = .current
    ) {
        precondition(
            rows >= 0 && columns >= 0 && rowStride >= 0 && columnStride >= 0
                && (rows == 0 || columns == 0
                    || elements.count > (rows - 1) * rowStride + (columns - 1) * columnStride),
            "PackedBytes: \(elements.count) elements are not \(rows) x \(columns)")
        self.rows = rows
        self.columns = columns
        self.kernels = kernels
        let groups = (rows + 3) / 4, panels = (columns + Self.panel - 1) / Self.panel
        let storage = AlignedBytes(count: panels * groups * 64)
        var sums = [Int32](repeating: 0, count: panels * Self.panel)
        let sign: UInt8 = isSigned ? 0 : 0x80
        if rows > 0 && columns > 0 {
            for column in 0..<columns {
                let panel = storage.pointer + column / Self.panel * groups * 64 + column % Self.panel * 4
                var sum: Int32 = 0
                for row in 0..<rows {
                    let value = elements[row * rowStride + column * columnStride] ^ sign
                    panel[row / 4 * 64 + row % 4] = value
                    sum &+= Int32(Int8(bitPattern: value))
                }
                sums[column] = sum
            }
        }
        self.storage = storage
        columnSums = sums
    }

    /// Four rows at once: what the kernels read of the left side's rows, in bytes.
    package var paddedRows: Int { (rows + 3) / 4 * 4 }

    /// Bytes that the packed form holds.
    package var byteCount: Int { storage.count + columnSums.count * 4 }
}

/// A block of bytes that starts on a cache line: packed weights.
///
/// `@unchecked Sendable` because `pointer` is written only while the owner's initializer runs, before any other
/// thread can have the object, and read only afterwards; it never leaves the module.
final class AlignedBytes: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<UInt8>
    let count: Int

    /// A block of `count` zeros.
    init(count: Int) {
        self.count = count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: AlignedFloats.alignment)
            .bindMemory(to: UInt8.self, capacity: max(count, 1))
        pointer.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { pointer.deallocate() }
}
