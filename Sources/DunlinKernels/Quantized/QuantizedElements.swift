/// Quantises FP32: `limited(round(input / scale) + zero)`, half to even, saturating.
///
/// - Parameter output: UINT8, or with `isSigned` INT8, as many as `input`.
package func quantize(
    _ input: UnsafeBufferPointer<Float>, scale: Float, zero: Int32, isSigned: Bool,
    into output: UnsafeMutableBufferPointer<UInt8>, kernels: QuantizedKernels = .current
) {
    precondition(input.count == output.count, "quantize: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let (least, most): (Int32, Int32) = isSigned ? (-128, 127) : (0, 255)
    kernels.elements.quantize(source, target, input.count, scale, zero, Float(least - zero), Float(most - zero))
}

/// Dequantises: `(input - zero) * scale`.
///
/// - Parameter input: UINT8, or with `isSigned` INT8, as many as `output`.
package func dequantize(
    _ input: UnsafeBufferPointer<UInt8>, isSigned: Bool, scale: Float, zero: Int32,
    into output: UnsafeMutableBufferPointer<Float>, kernels: QuantizedKernels = .current
) {
    precondition(input.count == output.count, "dequantize: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.elements.dequantize(
        source, target, input.count, isSigned ? 0x80 : 0, isSigned ? zero + 128 : zero, scale)
}

/// Scale and zero point of the range of some FP32 elements and 0, as ONNX `DynamicQuantizeLinear` says.
package func dynamicScale(
    of input: UnsafeBufferPointer<Float>, kernels: QuantizedKernels = .current
) -> (scale: Float, zero: UInt8) {
    var range: (least: Float, most: Float) = (0, 0)
    if let source = input.baseAddress {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2) { memory in
            kernels.elements.range(source, input.count, memory.baseAddress!)
            range = (memory[0], memory[1])
        }
    }
    let scale = range.least == range.most ? 1 : (range.most - range.least) / 255
    let zero = (0 - range.least / scale).rounded(.toNearestOrEven)
    // An infinite range leaves no number; the comparison also turns NaN into 0.
    return (scale, UInt8(zero > 0 ? min(zero, 255) : 0))
}

/// A linear mapping of 8-bit integers to numbers: `(q - zero) * scale`.
package struct QuantizedRange: Sendable, Equatable {
    package var scale: Float
    package var zero: Int32
    package var isSigned: Bool

    package init(scale: Float, zero: Int32, isSigned: Bool) {
        (self.scale, self.zero, self.isSigned) = (scale, zero, isSigned)
    }

    package var least: Int32 { isSigned ? -128 : 0 }
    package var most: Int32 { isSigned ? 127 : 255 }

    /// The number that an element with these bits stands for.
    package func number(bits: UInt8) -> Float {
        Float((isSigned ? Int32(Int8(bitPattern: bits)) : Int32(bits)) - zero) * scale
    }

    /// The bits of the element that stands for about this number. NaN becomes the least.
    package func bits(number: Float) -> UInt8 {
        let scaled = number / scale
        let above = scaled > Float(least - zero) ? scaled : Float(least - zero)
        let limited = above < Float(most - zero) ? above : Float(most - zero)
        return UInt8(truncatingIfNeeded: Int32(limited.rounded(.toNearestOrEven)) + zero)
    }

    /// What becomes of each element under a function of numbers.
    package func table(to result: QuantizedRange, _ function: (Float) -> Float) -> [UInt8] {
        (0...255).map { result.bits(number: function(number(bits: UInt8($0)))) }
    }
}

/// Adds or multiplies two quantised tensors element by element.
///
/// - Parameter limits: An activation's, in numbers.
/// - Precondition: All have one count. The output may be one of the inputs.
package func combine(
    isProduct: Bool, _ lhs: UnsafeBufferPointer<UInt8>, _ left: QuantizedRange, _ rhs: UnsafeBufferPointer<UInt8>,
    _ right: QuantizedRange, into output: UnsafeMutableBufferPointer<UInt8>, _ result: QuantizedRange,
    limits: ClosedRange<Float> = -.infinity ... .infinity,
    kernels: QuantizedKernels = .current
) {
    precondition(
        lhs.count == output.count && rhs.count == output.count,
        "combine: \(lhs.count) and \(rhs.count) elements into \(output.count)")
    guard let a = lhs.baseAddress, let b = rhs.baseAddress, let c = output.baseAddress else { return }
    let (signA, zeroA) = left.isSigned ? (Int32(0x80), left.zero + 128) : (0, left.zero)
    let (signB, zeroB) = right.isSigned ? (Int32(0x80), right.zero + 128) : (0, right.zero)
    let first = isProduct ? left.scale * right.scale / result.scale : left.scale / result.scale
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { factors in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 5) { zeros in
            factors[0] = first
            factors[1] = right.scale / result.scale
            let (least, most) = (Float(result.least - result.zero), Float(result.most - result.zero))
            factors[2] = min(max(least, limits.lowerBound / result.scale), most)
            factors[3] = max(min(most, limits.upperBound / result.scale), least)
            zeros[0] = signA
            zeros[1] = zeroA
            zeros[2] = signB
            zeros[3] = zeroB
            zeros[4] = result.zero
            let kernel = isProduct ? kernels.elements.multiply : kernels.elements.add
            kernel(a, b, c, output.count, factors.baseAddress!, zeros.baseAddress!)
        }
    }
}

/// Replaces each byte by the table's entry for it.
package func lookUp(
    _ input: UnsafeBufferPointer<UInt8>, table: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>,
    kernels: QuantizedKernels = .current
) {
    precondition(table.count == 256 && input.count == output.count, "lookUp: \(input.count) into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    table.withUnsafeBufferPointer { kernels.elements.lookUp(source, target, input.count, $0.baseAddress!) }
}

/// Copies bytes, changing between INT8 and UINT8 by 128.
package func flipSign(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutablePointer<UInt8>, kernels: QuantizedKernels = .current
) {
    guard let source = input.baseAddress else { return }
    kernels.elements.copyRows(1, input.count, source, input.count, 0x80, output, input.count)
}
