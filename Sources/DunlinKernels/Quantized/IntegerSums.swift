import CDunlinKernels

/// How the sums of an integer product become its elements: zero points, scales, limits.
///
/// Zero points are those of the stored elements: of a left side that counts from 0, and of a signed right side.
package struct IntegerSums: Sendable {
    /// What an element is made of a sum `s`.
    package enum Result: Sendable, Equatable {
        /// `s` itself.
        case int32
        /// `limited(s * scale + bias)`.
        case fp32(low: Float, high: Float)
        /// `limited(round(s * scale) + zero)`, half to even, the limits those of the type.
        case bits8(zero: Int32, low: Float, high: Float)

        package var elementByteCount: Int { if case .bits8 = self { 1 } else { 4 } }

        /// An 8-bit result with all values of its type.
        package static func bits8(zero: Int32, isSigned: Bool) -> Result {
            .bits8(
                zero: zero, low: Float((isSigned ? -128 : 0) - zero), high: Float((isSigned ? 127 : 255) - zero))
        }
    }

    package let result: Result
    /// Added to each column's sum; like all of these arrays a multiple of 64 long.
    var offset: [Int32]
    /// For `.int32` all 0.
    var scale: [Float]
    /// May be empty.
    var bias: [Float] = []
    /// The right side's zero points; empty where all are 0.
    var columnZero: [Int32] = []
    /// What each unit of the left side's zero point takes from the sums; empty where `offset` has that already.
    var zeroFactor: [Int32] = []

    /// Whether a run brings the left side's zero point and scale.
    package var isOpen: Bool { !zeroFactor.isEmpty }

    /// The left side's zero point, counted from the least element, and scale: for open sums.
    package struct Left {
        package var zero: Int32
        package var scale: Float

        package init(zero: Int32, scale: Float) { (self.zero, self.scale) = (zero, scale) }
    }

    /// - Parameters:
    ///   - depth: How many products a sum has.
    ///   - columnSums: The sums of the right side's columns.
    ///   - zero: The left side's zero point; `nil` for open sums, whose scales are the right side's alone.
    ///   - columnZeros: The right side's: one, or one for each column.
    ///   - scales: One, or one for each column; for `.int32` none.
    ///   - integerBias: Added to the sums; empty, or one for each column.
    ///   - bias: Added to FP32 results; empty, or one for each column.
    package init(
        _ result: Result, depth: Int, columnSums: some Collection<Int32>, zero: Int32?, columnZeros: [Int32] = [],
        scales: [Float] = [], integerBias: [Int32] = [], bias: [Float] = []
    ) {
        self.result = result
        let columns = columnSums.count
        let padded = (columns + 63) / 64 * 64
        precondition(columnZeros.count <= 1 || columnZeros.count == columns, "IntegerSums: zero points")
        precondition(scales.count <= 1 || scales.count == columns, "IntegerSums: scales")
        precondition(integerBias.isEmpty || integerBias.count == columns, "IntegerSums: bias")
        precondition(bias.isEmpty || bias.count == columns, "IntegerSums: bias")
        offset = [Int32](repeating: 0, count: padded)
        if zero == nil { zeroFactor = offset }
        for (column, sum) in columnSums.enumerated() {
            let columnZero = columnZeros.isEmpty ? 0 : columnZeros[columnZeros.count == 1 ? 0 : column]
            offset[column] = integerBias.isEmpty ? 0 : integerBias[column]
            let factor = sum &- Int32(truncatingIfNeeded: depth) &* columnZero
            if let zero {
                offset[column] &-= zero &* factor
            } else {
                zeroFactor[column] = factor
            }
        }
        scale = [Float](repeating: 0, count: padded)
        if result != .int32 {
            for column in 0..<columns { scale[column] = scales[scales.count == 1 ? 0 : column] }
        }
        if !bias.isEmpty { self.bias = bias + [Float](repeating: 0, count: padded - columns) }
        if columnZeros.contains(where: { $0 != 0 }) {
            columnZero = [Int32](repeating: 0, count: padded)
            for column in 0..<columns { columnZero[column] = columnZeros[columnZeros.count == 1 ? 0 : column] }
        }
    }

    /// Whether the left side's rows have to be summed.
    package var needsRowSums: Bool { !columnZero.isEmpty }

    package var byteCount: Int { (offset.count + scale.count + bias.count + columnZero.count + zeroFactor.count) * 4 }

    /// Bytes of the memory that `withKernelForm` takes for this many columns.
    static func scratchByteCount(columns: Int) -> Int { (columns + 63) / 64 * 64 * 8 }

    /// Calls `body` with the form that the kernels read.
    ///
    /// - Parameters:
    ///   - left: For open sums.
    ///   - memory: `scratchByteCount`, for open sums.
    func withKernelForm<R>(
        rowSums: UnsafePointer<Int32>?, left: Left?, _ kernels: QuantizedKernels, memory: UnsafeMutableRawPointer?,
        _ body: (inout dk_sums) -> R
    ) -> R {
        offset.withUnsafeBufferPointer { offset in
            scale.withUnsafeBufferPointer { scale in
                bias.withUnsafeBufferPointer { bias in
                    columnZero.withUnsafeBufferPointer { columnZero in
                        var form = dk_sums(
                            offset: offset.baseAddress, scale: scale.baseAddress,
                            bias: bias.isEmpty ? nil : bias.baseAddress,
                            row_sum: columnZero.isEmpty ? nil : rowSums, column_zero: columnZero.baseAddress,
                            low: 0, high: 0, zero: 0, kind: DK_SUMS_INT32)
                        switch result {
                        case .int32: break
                        case .fp32(let low, let high):
                            (form.low, form.high, form.kind) = (low, high, DK_SUMS_FP32)
                        case .bits8(let zero, let low, let high):
                            (form.low, form.high, form.zero, form.kind) = (low, high, zero, DK_SUMS_8BIT)
                        }
                        if isOpen, let memory {
                            guard let left else { preconditionFailure("open sums without a left side") }
                            let moved = memory.assumingMemoryBound(to: Int32.self)
                            let scaled = (memory + offset.count * 4).assumingMemoryBound(to: Float.self)
                            zeroFactor.withUnsafeBufferPointer {
                                kernels.elements.settleSums(
                                    offset.count, offset.baseAddress!, $0.baseAddress!, left.zero, moved,
                                    scale.baseAddress!, left.scale, scaled)
                            }
                            (form.offset, form.scale) = (UnsafePointer(moved), UnsafePointer(scaled))
                        }
                        return body(&form)
                    }
                }
            }
        }
    }
}
