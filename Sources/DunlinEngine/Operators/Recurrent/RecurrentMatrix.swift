import DunlinKernels

/// The right side of a recurrent operator's products, laid out once.
enum RecurrentMatrix: Sendable {
    case float(PackedMatrix)
    /// `[rows, columns]`.
    case double([Double], rows: Int, columns: Int)
    /// 8-bit integers: what they are multiplied with is quantised by its own range first.
    case bytes(PackedBytes, IntegerSums)

    var byteCount: Int {
        switch self {
        case .float(let matrix): matrix.byteCount
        case .double(let elements, _, _): elements.count * 8
        case .bytes(let matrix, let sums): matrix.byteCount + sums.byteCount
        }
    }
}

/// What recurrent operators compute in: FP32 or FP64.
protocol RecurrentNumber: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    /// The right side of products, of a matrix `[columns, rows]`.
    static func matrix(rows: Int, columns: Int, transposed elements: UnsafeBufferPointer<Self>) -> RecurrentMatrix

    /// `c = a · b`, or with `accumulate` added to what `c` holds; `a` is `[m, rows]`, `c` `[m, columns]`, `stride`
    /// elements from row to row.
    static func multiply(
        _ m: Int, _ a: UnsafeBufferPointer<Self>, _ b: RecurrentMatrix, accumulate: Bool,
        into c: UnsafeMutableBufferPointer<Self>, stride: Int)

    static func apply(_ function: UnaryFunction, to elements: UnsafeMutableBufferPointer<Self>)
}

extension Float: RecurrentNumber {
    static func matrix(rows: Int, columns: Int, transposed elements: UnsafeBufferPointer<Float>) -> RecurrentMatrix {
        .float(PackedMatrix(rows: rows, columns: columns, elements: elements, isTransposed: true))
    }

    static func multiply(
        _ m: Int, _ a: UnsafeBufferPointer<Float>, _ b: RecurrentMatrix, accumulate: Bool,
        into c: UnsafeMutableBufferPointer<Float>, stride: Int
    ) {
        switch b {
        case .float(let matrix): gemm(m: m, a: a, b: matrix, accumulate: accumulate, c: c, ldc: stride)
        case .bytes(let matrix, let sums): multiply(m, a, matrix, sums, accumulate: accumulate, into: c, stride)
        case .double: preconditionFailure("FP32 by an FP64 matrix")
        }
    }

    private static func multiply(
        _ m: Int, _ a: UnsafeBufferPointer<Float>, _ b: PackedBytes, _ sums: IntegerSums, accumulate: Bool,
        into c: UnsafeMutableBufferPointer<Float>, _ stride: Int
    ) {
        let (depth, columns) = (b.rows, b.columns)
        let (scale, zero) = dynamicScale(of: a)
        let work = quantizedGemmScratch(m: m, depth: depth, columns: columns, isSigned: false)
        withThreadScratch(of: UInt8.self, count: m * columns * 4 + m * depth + work) { scratch in
            let results = UnsafeMutableRawBufferPointer(start: scratch, count: m * columns * 4)
            let integers = UnsafeMutableBufferPointer(start: scratch + m * columns * 4, count: m * depth)
            quantize(a, scale: scale, zero: Int32(zero), isSigned: false, into: integers)
            quantizedGemm(
                m: m, a: UnsafeBufferPointer(integers), b: b, sums: sums,
                left: IntegerSums.Left(zero: Int32(zero), scale: scale),
                scratch: UnsafeMutableRawBufferPointer(start: scratch + m * (columns * 4 + depth), count: work),
                c: results)
            let numbers = results.assumingMemoryBound(to: Float.self)
            for row in 0..<m {
                for column in 0..<columns {
                    let number = numbers[row * columns + column]
                    c[row * stride + column] = accumulate ? c[row * stride + column] + number : number
                }
            }
        }
    }

    static func apply(_ function: UnaryFunction, to elements: UnsafeMutableBufferPointer<Float>) {
        DunlinKernels.apply(function, to: UnsafeBufferPointer(elements), into: elements)
    }
}

extension Double: RecurrentNumber {
    static func matrix(rows: Int, columns: Int, transposed elements: UnsafeBufferPointer<Double>) -> RecurrentMatrix {
        var turned = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<columns { turned[row * columns + column] = elements[column * rows + row] }
        }
        return .double(turned, rows: rows, columns: columns)
    }

    static func multiply(
        _ m: Int, _ a: UnsafeBufferPointer<Double>, _ b: RecurrentMatrix, accumulate: Bool,
        into c: UnsafeMutableBufferPointer<Double>, stride: Int
    ) {
        guard case .double(let elements, let rows, let columns) = b else {
            preconditionFailure("FP64 by a matrix of another type")
        }
        elements.withUnsafeBufferPointer {
            gemm(m: m, n: columns, k: rows, a: a, b: $0, beta: accumulate ? 1 : 0, c: c, ldc: stride)
        }
    }

    static func apply(_ function: UnaryFunction, to elements: UnsafeMutableBufferPointer<Double>) {
        DunlinKernels.apply(function, to: UnsafeBufferPointer(elements), into: elements)
    }
}
