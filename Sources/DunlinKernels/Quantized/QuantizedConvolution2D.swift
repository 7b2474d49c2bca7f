import CDunlinKernels

/// A two-dimensional convolution of 8-bit integers whose weights were packed at load (ONNX `QLinearConv`).
///
/// Images have their channels innermost, `[height, width, channels]`, and count from 0. A one-dimensional convolution is
/// one of height 1.
package struct QuantizedConvolution2D: Sendable {
    package let inputChannels, outputChannels, groups: Int
    package let window: Window2D
    private let kernels: QuantizedKernels
    private let weights: Weights
    /// The sum of each output channel's weights as stored.
    package let columnSums: [Int32]

    private enum Weights: Sendable {
        /// One product for each group.
        case product([PackedBytes])
        /// A weight for each place of the window and channel; the zero points are in them already.
        case depthwise8(AlignedBytes, taps: Int)
        case depthwise16(AlignedBytes, taps: Int)
    }

    /// Whether the weights' zero points were taken from them, so that the sums must be made without them.
    package var hasPlainWeights: Bool { if case .product = weights { false } else { true } }

    /// How many products a sum has.
    package var depth: Int { inputChannels / groups * window.height * window.width }

    /// Packs the weights.
    ///
    /// - Parameters:
    ///   - weights: 8-bit `[outputChannels, inputChannels / groups, window.height, window.width]`.
    ///   - isSigned: INT8 weights; otherwise UINT8.
    ///   - zeros: The weights' zero points as the file has them: none, one, or one for each output channel.
    /// - Precondition: `groups` divides both channel counts, the window is valid and the counts agree.
    package init(
        inputChannels: Int, outputChannels: Int, groups: Int, window: Window2D, weights: UnsafeBufferPointer<UInt8>,
        isSigned: Bool, zeros: [Int32], kernels: QuantizedKernels = .current
    ) {
        precondition(
            window.isValid && groups >= 1 && inputChannels >= 1 && outputChannels >= 1 && inputChannels % groups == 0
                && outputChannels % groups == 0,
            "QuantizedConvolution2D: \(groups) groups, \(inputChannels) to \(outputChannels) channels, \(window)")
        (self.inputChannels, self.outputChannels, self.groups) = (inputChannels, outputChannels, groups)
        self.window = window
        self.kernels = kernels
        let taps = window.height * window.width, depth = inputChannels / groups, perGroup = outputChannels / groups
        precondition(weights.count == outputChannels * depth * taps, "QuantizedConvolution2D: \(weights.count) weights")
        if groups == inputChannels && outputChannels == groups && taps > 1 {
            let zero = { (channel: Int) in zeros.isEmpty ? 0 : zeros[zeros.count == 1 ? 0 : channel] }
            let value = { (channel: Int, tap: Int) -> Int32 in
                let bits = weights[channel * taps + tap]
                return (isSigned ? Int32(Int8(bitPattern: bits)) : Int32(bits)) - zero(channel)
            }
            let all = (0..<outputChannels).flatMap { channel in (0..<taps).map { value(channel, $0) } }
            columnSums = (0..<outputChannels).map { all[$0 * taps..<($0 + 1) * taps].reduce(0, &+) }
            let fits = all.allSatisfy { (-128...127).contains($0) }
            let padded = (outputChannels + 63) / 64 * 64, groupsOfTaps = (taps + 3) / 4
            if kernels.depthwise8 != nil && fits {
                let block = AlignedBytes(count: groupsOfTaps * 4 * padded)
                for channel in 0..<outputChannels {
                    // [taps / 4][channels / 64][register][lane][column][tap]
                    let inner = channel % 64
                    let place = channel / 64 * 256 + inner % 16 / 4 * 64 + inner / 16 * 16 + inner % 4 * 4
                    for tap in 0..<taps {
                        block.pointer[tap / 4 * padded * 4 + place + tap % 4] = UInt8(
                            truncatingIfNeeded: all[channel * taps + tap])
                    }
                }
                self.weights = .depthwise8(block, taps: groupsOfTaps * 4)
            } else {
                let block = AlignedBytes(count: groupsOfTaps * 4 * padded * 2)
                block.pointer.withMemoryRebound(to: Int16.self, capacity: groupsOfTaps * 4 * padded) { target in
                    for channel in 0..<outputChannels {
                        for tap in 0..<taps { target[tap * padded + channel] = Int16(all[channel * taps + tap]) }
                    }
                }
                self.weights = .depthwise16(block, taps: groupsOfTaps * 4)
            }
            return
        }
        // Rows in the order of a window's bytes: places first, then channels.
        let packed = (0..<groups).map { group in
            var rows = [UInt8](repeating: 0, count: taps * depth * perGroup)
            for output in 0..<perGroup {
                let source = (group * perGroup + output) * depth * taps
                for channel in 0..<depth {
                    for tap in 0..<taps {
                        rows[output * depth * taps + tap * depth + channel] = weights[source + channel * taps + tap]
                    }
                }
            }
            return rows.withUnsafeBufferPointer {
                PackedBytes(
                    rows: taps * depth, columns: perGroup, elements: $0, rowStride: 1, columnStride: taps * depth,
                    isSigned: isSigned, kernels: kernels)
            }
        }
        columnSums = packed.flatMap { $0.columnSums[..<perGroup] }
        self.weights = .product(packed)
    }

    /// Bytes that the packed form holds.
    package var byteCount: Int {
        switch weights {
        case .product(let packed): packed.reduce(columnSums.count * 4) { $0 + $1.byteCount }
        case .depthwise8(let block, _), .depthwise16(let block, _): block.count + columnSums.count * 4
        }
    }

    /// Whether images are the product's left side as they are.
    private var isPointwise: Bool {
        groups == 1 && window == Window2D(height: 1, width: 1) && inputChannels % 4 == 0
    }

    private var rowBytes: Int { (depth + 3) / 4 * 4 }

    /// Bytes of working memory that `run` needs.
    package func scratchByteCount(outputHeight: Int, outputWidth: Int) -> Int {
        let sums = IntegerSums.scratchByteCount(columns: outputChannels)
        switch weights {
        case .product:
            let rows = min(outputHeight * outputWidth, quantizedRowBlock(rowBytes))
            return 128 + sums + (rows * 4 + 63) / 64 * 64 + (isPointwise ? 0 : rows * rowBytes)
        case .depthwise8(_, let taps), .depthwise16(_, let taps):
            return 128 + sums + (inputChannels + 63) / 64 * 64 + outputWidth * taps * 8
        }
    }

    /// At least `scratchByteCount`, for weights that are not packed yet.
    package static func mostScratchByteCount(
        depth: Int, channels: Int, outputChannels: Int, taps: Int, outputHeight: Int, outputWidth: Int
    ) -> Int {
        let rowBytes = (depth + 3) / 4 * 4
        let rows = min(outputHeight * outputWidth, quantizedRowBlock(rowBytes))
        return 256 + IntegerSums.scratchByteCount(columns: outputChannels) + (channels + 63) / 64 * 64
            + max((rows * 4 + 63) / 64 * 64 + rows * rowBytes, outputWidth * ((taps + 3) / 4 * 32))
    }

    /// Convolves images.
    ///
    /// - Parameters:
    ///   - inputZero: What stands in the padding: the input's zero point, counted like the elements.
    ///   - sums: For all output channels; one for each group where there are several groups of a product.
    ///   - inputScale: For open sums.
    ///   - output: `[batch, outputHeight, outputWidth, outputChannels]` of the result's type.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int,
        input: UnsafeBufferPointer<UInt8>, inputZero: UInt8, sums: [IntegerSums], inputScale: Float = 1,
        scratch: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) {
        let pixels = outputHeight * outputWidth
        let size = sums[0].result.elementByteCount
        precondition(
            input.count == batch * inputHeight * inputWidth * inputChannels
                && output.count == batch * pixels * outputChannels * size,
            "QuantizedConvolution2D: \(input.count) into \(output.count) bytes")
        precondition(
            scratch.count >= scratchByteCount(outputHeight: outputHeight, outputWidth: outputWidth)
                && sums.count == sumsCount, "QuantizedConvolution2D: scratch or sums")
        guard output.count > 0, let target = output.baseAddress, let scratchBase = scratch.baseAddress else { return }
        // A pointer that is never followed stands in for an image without pixels.
        let source = input.baseAddress ?? UnsafePointer(target.assumingMemoryBound(to: UInt8.self))
        let left = IntegerSums.Left(zero: Int32(inputZero), scale: inputScale)
        let memory = scratchBase.alignedUp(toMultipleOf: AlignedFloats.alignment)
        let aligned = memory + IntegerSums.scratchByteCount(columns: outputChannels / sums.count)
        window.withGeometry(
            inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight, outputWidth: outputWidth
        ) { geometry in
            for image in 0..<batch {
                let from = source + image * inputHeight * inputWidth * inputChannels
                let to = target + image * pixels * outputChannels * size
                switch weights {
                case .product(let packed):
                    multiply(packed, geometry, from, left, memory, pixels: pixels, sums, aligned, to, size)
                case .depthwise8(let block, let taps):
                    let bytes = UnsafeRawPointer(block.pointer).assumingMemoryBound(to: Int8.self)
                    eachLine(geometry, from, inputZero, taps, aligned, height: outputHeight) { line, rows in
                        sums[0].withKernelForm(rowSums: nil, left: left, kernels, memory: memory) {
                            kernels.depthwise8!(
                                outputWidth, inputChannels, taps, rows, bytes, to, line * outputWidth, outputChannels,
                                &$0)
                        }
                    }
                case .depthwise16(let block, let taps):
                    let numbers = UnsafeRawPointer(block.pointer).assumingMemoryBound(to: Int16.self)
                    eachLine(geometry, from, inputZero, taps, aligned, height: outputHeight) { line, rows in
                        sums[0].withKernelForm(rowSums: nil, left: left, kernels, memory: memory) {
                            kernels.depthwise16(
                                outputWidth, inputChannels, taps, rows, numbers, to, line * outputWidth,
                                outputChannels, &$0)
                        }
                    }
                }
            }
        }
    }

    /// How many `IntegerSums` a run takes.
    package var sumsCount: Int { if case .product(let packed) = weights { packed.count } else { 1 } }

    private func multiply(
        _ packed: [PackedBytes], _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<UInt8>,
        _ leftSide: IntegerSums.Left, _ memory: UnsafeMutableRawPointer, pixels: Int, _ sums: [IntegerSums],
        _ scratch: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer,
        _ size: Int
    ) {
        let elements = kernels.elements
        let block = min(pixels, quantizedRowBlock(rowBytes))
        let rowSums = scratch.assumingMemoryBound(to: Int32.self)
        let rows = (scratch + (block * 4 + 63) / 64 * 64).assumingMemoryBound(to: UInt8.self)
        let depth = inputChannels / groups, perGroup = outputChannels / groups
        var first = 0
        while first < pixels {
            let count = min(block, pixels - first)
            for group in 0..<groups {
                var left = image + first * inputChannels
                if !isPointwise {
                    elements.windowRows(
                        geometry, image, inputChannels, group * depth, depth, UInt8(leftSide.zero), first, count, rows,
                        rowBytes)
                    left = UnsafePointer(rows)
                }
                if sums[group].needsRowSums { elements.rowSums(count, self.depth, left, rowBytes, 0, rowSums) }
                sums[group].withKernelForm(rowSums: rowSums, left: leftSide, kernels, memory: memory) {
                    kernels.product(
                        count, perGroup, rowBytes / 4, left, rowBytes,
                        UnsafeRawPointer(packed[group].storage.pointer).assumingMemoryBound(to: Int8.self),
                        target + (first * outputChannels + group * perGroup) * size, outputChannels, &$0)
                }
            }
            first += count
        }
    }

    private func eachLine(
        _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<UInt8>, _ inputZero: UInt8, _ taps: Int,
        _ scratch: UnsafeMutableRawPointer, height: Int,
        _ body: (_ line: Int, _ rows: UnsafePointer<UnsafePointer<UInt8>?>) -> Void
    ) {
        let filler = scratch.assumingMemoryBound(to: UInt8.self)
        filler.update(repeating: inputZero, count: inputChannels)
        let pointers = (scratch + (inputChannels + 63) / 64 * 64)
            .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        for line in 0..<height {
            kernels.elements.windowPointers(
                geometry, image, inputChannels, UnsafePointer(filler), line, taps, pointers)
            body(line, UnsafePointer(pointers))
        }
    }
}
