import Glibc

/// Memory in pages of 2 MiB, where the system gives them to those who ask (`madvise`): packed weights and arenas are
/// read in steps that meet a new page of 4 KiB every few registers, each with an address to look up.
package enum LargePages {
    /// Bytes of a large page.
    package static let byteCount = 2 << 20

    /// Asks for large pages where the memory covers whole ones; without effect where the system has none.
    package static func advise(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        let start = memory.alignedUp(toMultipleOf: Self.byteCount)
        let whole = (byteCount - (start - memory)) / Self.byteCount * Self.byteCount
        if whole > 0 { madvise(start, whole, MADV_HUGEPAGE) }
    }
}
