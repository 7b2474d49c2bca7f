/// What a row is reduced to; the raw value is the code that the kernels switch on.
package enum RowReduction: Int32, Sendable, CaseIterable {
    /// Σ x, Σ x / columns, Σ x², Σ |x|.
    case sum, mean, sumOfSquares, sumOfMagnitudes
    /// The smallest or largest element; NaN when the row has a NaN.
    case minimum, maximum
    /// The product of all elements.
    case product
}

/// Reduces each row of a matrix to one number.
///
/// An empty row gives the reduction's neutral element: 0 for sums, 1 for the product, +∞ for the minimum, -∞ for the
/// maximum, NaN for the mean.
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - columns: Elements in a row.
///   - output: FP32 `[rows]`; may not overlap `input`.
/// - Precondition: `input.count == output.count * columns`. Programmer error: traps, never throws.
/// - Note: Lanes are summed apart, so a sum can differ from the sequential one by O(columns · ε).
package func reduceRows(
    _ reduction: RowReduction, _ input: UnsafeBufferPointer<Float>, columns: Int,
    into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    precondition(
        columns >= 0 && input.count == output.count * columns,
        "reduceRows: \(input.count) elements are not \(output.count) rows of \(columns)")
    guard let target = output.baseAddress else { return }
    // A pointer that is never followed stands in for no elements.
    let source = input.baseAddress ?? UnsafePointer(target)
    kernels.reduceRows(reduction.rawValue, source, output.count, columns, target)
}

/// The same in FP64.
package func reduceRows(
    _ reduction: RowReduction, _ input: UnsafeBufferPointer<Double>, columns: Int,
    into output: UnsafeMutableBufferPointer<Double>
) {
    precondition(
        columns >= 0 && input.count == output.count * columns,
        "reduceRows: \(input.count) elements are not \(output.count) rows of \(columns)")
    for r in 0..<output.count {
        output[r] = reduction(UnsafeBufferPointer(rebasing: input[r * columns..<(r + 1) * columns]))
    }
}

extension RowReduction {
    /// The reduction of one row in FP64.
    package func callAsFunction(_ row: UnsafeBufferPointer<Double>) -> Double {
        switch self {
        case .sum: return row.reduce(0, +)
        case .mean: return row.reduce(0, +) / Double(row.count)
        case .sumOfSquares: return row.reduce(0) { $0 + $1 * $1 }
        case .sumOfMagnitudes: return row.reduce(0) { $0 + $1.magnitude }
        case .minimum: return row.reduce(.infinity) { $0.isNaN || $0 < $1 ? $0 : $1 }
        case .maximum: return row.reduce(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 }
        case .product: return row.reduce(1, *)
        }
    }
}

/// The column of each row's largest element: the first of equals, the first NaN where there is one.
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - output: INT64 `[rows]`.
/// - Precondition: `input.count == output.count * columns`; `columns` > 0 when there is a row.
package func argMaxRows(
    _ input: UnsafeBufferPointer<Float>, columns: Int, into output: UnsafeMutableBufferPointer<Int64>,
    kernels: KernelTable = .current
) {
    precondition(
        input.count == output.count * columns && (columns > 0 || output.isEmpty),
        "argMaxRows: \(input.count) elements are not \(output.count) rows of \(columns)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.argMaxRows(source, output.count, columns, target)
}
