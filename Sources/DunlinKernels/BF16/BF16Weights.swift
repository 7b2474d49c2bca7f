import CDunlinKernels

/// A block of BF16 that starts on a cache line: packed weights, in panels of 16 columns (`CDunlinBF16.h`).
///
/// `@unchecked Sendable` because `pointer` is written only while the owner's initializer runs, before any other thread can
/// have the object, and read only afterwards; it never leaves the module.
final class BF16Weights: @unchecked Sendable {
    /// Columns of a panel.
    static let panel = 16
    /// What the depth of a part is rounded up to: the row of a tile.
    static let part = 32

    let taps, depth, columns: Int
    let pointer: UnsafeMutablePointer<UInt16>
    let count: Int
    let kernels: BF16Kernels

    /// Elements of one panel.
    var panelCount: Int { taps * Self.paddedDepth(depth) * Self.panel }

    static func paddedDepth(_ depth: Int) -> Int { (depth + part - 1) / part * part }

    /// Packs the right side of a product, rounded to the nearest BF16.
    ///
    /// - Parameters:
    ///   - source: FP32; the element of tap t, row k and column j is at t, k and j times its stride.
    ///   - strides: Of taps, rows and columns.
    init(
        taps: Int, depth: Int, columns: Int, source: UnsafePointer<Float>?, strides: (Int, Int, Int),
        kernels: BF16Kernels
    ) {
        (self.taps, self.depth, self.columns, self.kernels) = (taps, depth, columns, kernels)
        count = (columns + Self.panel - 1) / Self.panel * taps * Self.paddedDepth(depth) * Self.panel
        let byteCount = max(count, 1) * MemoryLayout<UInt16>.size
        let alignment = byteCount >= LargePages.byteCount ? LargePages.byteCount : AlignedFloats.alignment
        let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
        LargePages.advise(raw, byteCount: byteCount)
        pointer = raw.bindMemory(to: UInt16.self, capacity: max(count, 1))
        guard count > 0, let source else { return }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 3) {
            ($0[0], $0[1], $0[2]) = strides
            dk_pack_bf16(taps, depth, columns, source, $0.baseAddress, pointer)
        }
    }

    var byteCount: Int { count * MemoryLayout<UInt16>.size }

    deinit { pointer.deallocate() }
}

extension UnaryFunction {
    /// The bounds that the products of BF16 clip their results to, where that is all this function does.
    var bounds: (low: Float, high: Float)? {
        switch code {
        case .identity: (-.infinity, .infinity)
        case .relu: (0, .infinity)
        case .clip: (alpha, beta)
        default: nil
        }
    }
}
