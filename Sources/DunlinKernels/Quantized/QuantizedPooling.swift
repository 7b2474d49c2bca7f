/// The largest elements of each window of images with their channels innermost.
///
///     output[y, x, c] = max over the window of input[…, c]
///
/// - Parameters:
///   - input: `[batch, inputHeight, inputWidth, channels]`, UINT8, or with `isSigned` INT8.
///   - output: `[batch, outputHeight, outputWidth, channels]`.
/// - Precondition: The window is valid and the counts agree. Programmer error: traps.
package func quantizedMaximumPool(
    window: Window2D, batch: Int, channels: Int, inputHeight: Int, inputWidth: Int, outputHeight: Int,
    outputWidth: Int, isSigned: Bool, input: UnsafeBufferPointer<UInt8>,
    into output: UnsafeMutableBufferPointer<UInt8>, kernels: QuantizedKernels = .current
) {
    precondition(
        window.isValid && input.count == batch * inputHeight * inputWidth * channels
            && output.count == batch * outputHeight * outputWidth * channels,
        "quantizedMaximumPool: \(input.count) elements into \(output.count)")
    guard output.count > 0, let target = output.baseAddress else { return }
    // A pointer that is never followed stands in for an image without pixels.
    let source = input.baseAddress ?? UnsafePointer(target)
    window.withGeometry(
        inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight, outputWidth: outputWidth
    ) { geometry in
        for image in 0..<batch {
            kernels.elements.maximumPool(
                geometry, source + image * inputHeight * inputWidth * channels, channels, isSigned ? 0x80 : 0,
                target + image * outputHeight * outputWidth * channels)
        }
    }
}

/// Adds up each column of 8-bit rows, as they count from 0: INT8 with 128 added.
///
/// - Parameters:
///   - rows: `[rows, sums.count]`.
///   - sums: Set, not added to.
package func columnSums(
    _ input: UnsafeBufferPointer<UInt8>, rows: Int, isSigned: Bool, into sums: UnsafeMutableBufferPointer<Int32>,
    kernels: QuantizedKernels = .current
) {
    precondition(input.count == rows * sums.count, "columnSums: \(input.count) elements are not \(rows) rows")
    sums.update(repeating: 0)
    guard let source = input.baseAddress, let target = sums.baseAddress else { return }
    kernels.elements.columnSums(rows, sums.count, source, isSigned ? 0x80 : 0, target)
}

/// Adds up each 8-bit row, as it counts from 0: INT8 with 128 added.
///
/// - Parameter input: `[sums.count, columns]`.
package func rowSums(
    _ input: UnsafeBufferPointer<UInt8>, columns: Int, isSigned: Bool, into sums: UnsafeMutableBufferPointer<Int32>,
    kernels: QuantizedKernels = .current
) {
    precondition(input.count == columns * sums.count, "rowSums: \(input.count) elements are not rows of \(columns)")
    sums.update(repeating: 0)
    guard let source = input.baseAddress, let target = sums.baseAddress else { return }
    kernels.elements.rowSums(sums.count, columns, source, columns, isSigned ? 0x80 : 0, target)
}
