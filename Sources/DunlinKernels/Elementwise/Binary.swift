import Glibc

/// Applies a function to each pair of elements, or to each element and one number.
///
///     output[i] = function(lhs[i], rhs[i])        where a side of count 1 repeats
///
/// - Parameters:
///   - lhs: FP32, `output.count` elements or one.
///   - rhs: FP32, `output.count` elements or one.
///   - output: FP32. May be `lhs` or `rhs` itself when that has its count; may not otherwise overlap them.
/// - Precondition: Counts as above. Programmer error: traps, never throws.
package func apply(
    _ function: BinaryFunction, _ lhs: UnsafeBufferPointer<Float>, _ rhs: UnsafeBufferPointer<Float>,
    into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    let count = output.count
    precondition(
        (lhs.count == count || lhs.count == 1) && (rhs.count == count || rhs.count == 1),
        "apply: \(lhs.count) and \(rhs.count) elements into \(count)")
    guard count > 0, let l = lhs.baseAddress, let r = rhs.baseAddress, let target = output.baseAddress else { return }
    if !function.isVectorised {
        let lhsStep = lhs.count == count ? 1 : 0, rhsStep = rhs.count == count ? 1 : 0
        for i in 0..<count { target[i] = function(l[i * lhsStep], r[i * rhsStep]) }
    } else if lhs.count == rhs.count {
        kernels.binary(function.rawValue, l, r, target, count)
    } else if rhs.count == 1 {
        kernels.binaryScalar(function.rawValue, l, r[0], target, count, false)
    } else {
        kernels.binaryScalar(function.rawValue, r, l[0], target, count, true)
    }
}

/// Applies a function to each row of a matrix and one row.
///
///     output[r, c] = function(matrix[r, c], row[c])        or function(row[c], matrix[r, c])
///
/// - Parameters:
///   - matrix: FP32 `[rows, columns]`, row-major, contiguous.
///   - row: FP32 `[columns]`.
///   - isReversed: Whether `row` is the function's left side.
///   - output: FP32 `[rows, columns]`. May be `matrix` itself; may not otherwise overlap an input.
/// - Precondition: `matrix.count` is a multiple of `row.count` and equals `output.count`.
package func applyByRow(
    _ function: BinaryFunction, matrix: UnsafeBufferPointer<Float>, row: UnsafeBufferPointer<Float>,
    isReversed: Bool = false, into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    precondition(matrix.count == output.count, "applyByRow: \(matrix.count) elements into \(output.count)")
    guard matrix.count > 0 else { return }
    let columns = row.count
    precondition(
        columns > 0 && matrix.count % columns == 0, "applyByRow: \(matrix.count) elements are no rows of \(columns)")
    for start in stride(from: 0, to: matrix.count, by: columns) {
        let values = UnsafeBufferPointer(rebasing: matrix[start..<start + columns])
        let target = UnsafeMutableBufferPointer(rebasing: output[start..<start + columns])
        apply(function, isReversed ? row : values, isReversed ? values : row, into: target, kernels: kernels)
    }
}

/// Applies a function to each row of a matrix and that row's number.
///
///     output[r, c] = function(matrix[r, c], column[r])        or function(column[r], matrix[r, c])
///
/// With rows that are an image's channels this is a per-channel operator on NCHW.
///
/// - Parameters:
///   - matrix: FP32 `[rows, columns]`, row-major, contiguous.
///   - column: FP32 `[rows]`.
///   - isReversed: Whether `column` is the function's left side.
///   - output: FP32 `[rows, columns]`. May be `matrix` itself; may not otherwise overlap an input.
/// - Precondition: `matrix.count` is a multiple of `column.count` and equals `output.count`.
package func applyByColumn(
    _ function: BinaryFunction, matrix: UnsafeBufferPointer<Float>, column: UnsafeBufferPointer<Float>,
    isReversed: Bool = false, into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    precondition(matrix.count == output.count, "applyByColumn: \(matrix.count) elements into \(output.count)")
    guard matrix.count > 0 else { return }
    let rows = column.count
    precondition(rows > 0 && matrix.count % rows == 0, "applyByColumn: \(matrix.count) elements are not \(rows) rows")
    let columns = matrix.count / rows
    for r in 0..<rows {
        let values = UnsafeBufferPointer(rebasing: matrix[r * columns..<(r + 1) * columns])
        let target = UnsafeMutableBufferPointer(rebasing: output[r * columns..<(r + 1) * columns])
        let number = UnsafeBufferPointer(rebasing: column[r..<r + 1])
        apply(function, isReversed ? number : values, isReversed ? values : number, into: target, kernels: kernels)
    }
}

/// Applies a function to each pair of FP64 elements; the rules of the FP32 form hold.
package func apply(
    _ function: BinaryFunction, _ lhs: UnsafeBufferPointer<Double>, _ rhs: UnsafeBufferPointer<Double>,
    into output: UnsafeMutableBufferPointer<Double>
) {
    let count = output.count
    precondition(
        (lhs.count == count || lhs.count == 1) && (rhs.count == count || rhs.count == 1),
        "apply: \(lhs.count) and \(rhs.count) elements into \(count)")
    let lhsStep = lhs.count == count ? 1 : 0, rhsStep = rhs.count == count ? 1 : 0
    for i in 0..<count { output[i] = function(lhs[i * lhsStep], rhs[i * rhsStep]) }
}

extension BinaryFunction {
    /// The function in FP64 with libm: the loop of the FP64 operators, and what the FP32 kernels are tested against.
    package func callAsFunction(_ x: Double, _ y: Double) -> Double {
        switch self {
        case .add: return x + y
        case .subtract: return x - y
        case .multiply: return x * y
        case .divide: return x / y
        case .minimum: return x.isNaN ? x : x < y ? x : y
        case .maximum: return x.isNaN ? x : x > y ? x : y
        case .prelu: return x < 0 ? x * y : x
        case .squaredDifference: return (x - y) * (x - y)
        case .power: return Glibc.pow(x, y)
        case .truncatedRemainder: return Glibc.fmod(x, y)
        case .flooredRemainder:
            let remainder = Glibc.fmod(x, y)
            return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
        }
    }

    /// The function in FP32, for the codes that no kernel vectorises.
    func callAsFunction(_ x: Float, _ y: Float) -> Float {
        self == .power ? Glibc.powf(x, y) : Float(self(Double(x), Double(y)))
    }
}
