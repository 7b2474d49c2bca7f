/// A block of FP32 that starts on a cache line: packed weights.
///
/// `@unchecked Sendable` because `pointer` is written only while the owner's initializer runs, before any other
/// thread can have the object, and read only afterwards; it never leaves the module, whose packing functions are the
/// only writers.
final class AlignedFloats: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    /// Bytes of a cache line, and the alignment of the block.
    static let alignment = 64

    /// A block of `count` zeros.
    init(count: Int) {
        self.count = count
        let byteCount = max(count, 1) * 4
        let alignment = byteCount >= LargePages.byteCount ? LargePages.byteCount : Self.alignment
        let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
        LargePages.advise(raw, byteCount: byteCount)
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        pointer.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { pointer.deallocate() }
}

/// The FP32 in a caller's scratch, from its first cache line boundary on.
func alignedFloats(in scratch: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<Float> {
    scratch.baseAddress!.alignedUp(toMultipleOf: AlignedFloats.alignment).assumingMemoryBound(to: Float.self)
}
