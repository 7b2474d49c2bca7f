import DunlinInference
import DunlinKernels

/// An integer convolution over any number of spatial axes, as products of the pixels' windows with packed weights.
struct IntegerVolume: Sendable {
    private let channels, outputChannels, groups: Int
    private let input, output: [Int]
    private let axes: [Window.Axis]
    private let isSigned: Bool
    /// Bytes of an output element.
    private let size: Int

    /// - Parameters:
    ///   - input, output: `[batch, channels, …]`.
    init(_ input: [Int], _ output: [Int], _ axes: [Window.Axis], groups: Int, isSigned: Bool, size: Int) {
        (channels, outputChannels, self.groups) = (input[1], output[1], groups)
        (self.input, self.output) = (Array(input[2...]), Array(output[2...]))
        (self.axes, self.isSigned, self.size) = (axes, isSigned, size)
    }

    private var depth: Int { channels / groups * axes.reduce(1) { $0 * $1.kernel } }
    private var columns: Int { outputChannels / groups }
    private var pixels: Int { output.product }
    /// Windows that are laid out at once: about a second-level cache.
    private var block: Int { min(max(pixels, 1), max(1, (256 << 10) / max(depth, 1))) }
    private var windowByteCount: Int { (block * depth + 63) / 64 * 64 }
    private var resultByteCount: Int { (block * columns * size + 63) / 64 * 64 }

    var scratchByteCount: Int {
        windowByteCount + resultByteCount
            + quantizedGemmScratch(m: block, depth: depth, columns: columns, isSigned: isSigned)
    }

    /// The weights `[M, C/groups, …]` of each group, as the products take them.
    static func pack(
        _ weights: UnsafeBufferPointer<UInt8>, _ shape: [Int], groups: Int, isSigned: Bool
    ) -> [PackedBytes] {
        let depth = shape[1...].reduce(1, *), columns = shape[0] / groups
        return (0..<groups).map { group in
            let part = weights[group * columns * depth..<(group + 1) * columns * depth]
            return PackedBytes(
                rows: depth, columns: columns, elements: UnsafeBufferPointer(rebasing: part), rowStride: 1,
                columnStride: depth, isSigned: isSigned)
        }
    }

    /// - Parameters:
    ///   - zero: The bits of what stands for 0 beyond the image's edges.
    ///   - weights, sums: One for each group.
    func run(
        batch: Int, _ image: UnsafeBufferPointer<UInt8>, zero: UInt8, weights: [PackedBytes], sums: [IntegerSums],
        scratch: UnsafeMutableRawBufferPointer, into result: UnsafeMutableRawBufferPointer
    ) {
        let windows = UnsafeMutableBufferPointer(rebasing: scratch.bindMemory(to: UInt8.self)[..<(block * depth)])
        let products = UnsafeMutableRawBufferPointer(
            rebasing: scratch[windowByteCount..<windowByteCount + resultByteCount])
        let rest = UnsafeMutableRawBufferPointer(rebasing: scratch[(windowByteCount + resultByteCount)...])
        guard let target = result.baseAddress else { return }
        let planeCount = channels / groups * input.product
        for item in 0..<batch {
            for group in 0..<groups {
                let planes = UnsafeBufferPointer(
                    rebasing: image[(item * groups + group) * planeCount..<(item * groups + group + 1) * planeCount])
                let first = (item * outputChannels + group * columns) * pixels
                for start in stride(from: 0, to: pixels, by: block) {
                    let count = min(block, pixels - start)
                    for pixel in 0..<count { lay(start + pixel, planes, zero, windows, pixel * depth) }
                    quantizedGemm(
                        m: count, a: UnsafeBufferPointer(rebasing: windows[..<(count * depth)]), isSigned: isSigned,
                        b: weights[group], sums: sums[group], scratch: rest,
                        c: UnsafeMutableRawBufferPointer(rebasing: products[..<(count * columns * size)]))
                    scatter(products, count, into: target + (first + start) * size)
                }
            }
        }
    }

    /// Turns `[pixels, columns]` into planes.
    private func scatter(
        _ products: UnsafeMutableRawBufferPointer, _ count: Int, into target: UnsafeMutableRawPointer
    ) {
        guard let source = products.baseAddress else { return }
        for column in 0..<columns {
            for pixel in 0..<count {
                (target + (column * pixels + pixel) * size).copyMemory(
                    from: source + (pixel * columns + column) * size, byteCount: size)
            }
        }
    }

    /// Copies the elements under an output pixel's window, all taps of a channel together.
    private func lay(
        _ pixel: Int, _ planes: UnsafeBufferPointer<UInt8>, _ zero: UInt8, _ windows: UnsafeMutableBufferPointer<UInt8>,
        _ first: Int
    ) {
        let taps = axes.reduce(1) { $0 * $1.kernel }, plane = input.product
        for tap in 0..<taps {
            var (restOfTap, restOfPixel, offset, step) = (tap, pixel, 0, 1)
            var isInside = true
            for axis in axes.indices.reversed() {
                let position =
                    restOfPixel % output[axis] * axes[axis].stride - axes[axis].padBefore
                    + restOfTap % axes[axis].kernel * axes[axis].dilation
                isInside = isInside && position >= 0 && position < input[axis]
                offset += position * step
                step *= input[axis]
                restOfTap /= axes[axis].kernel
                restOfPixel /= output[axis]
            }
            for channel in 0..<channels / groups {
                windows[first + channel * taps + tap] = isInside ? planes[channel * plane + offset] : zero
            }
        }
    }
}
