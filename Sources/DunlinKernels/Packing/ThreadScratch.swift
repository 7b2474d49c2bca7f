import Glibc

/// Bytes of working memory that a thread keeps at most. What a call needs beyond them (the keys of a very long context)
/// is allocated for that call: a thread would hold it for ever, and nothing counts it. Convolutions and products work in
/// bands of a few MB at most; not quite 65 536 keys and values of 64 columns take as much as this.
package let mostKeptScratchByteCount = 1 << 25

/// Working memory of one thread, kept from kernel to kernel: a run allocates nothing once the largest need is known,
/// unless that is more than `mostKeptScratchByteCount`.
///
/// Confined to its thread: it is reached through thread-specific storage alone, which frees it when the thread ends.
private final class ThreadScratch {
    private static let alignment = 64
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { Unmanaged<ThreadScratch>.fromOpaque($0!).release() }
        precondition(code == 0, "no key for a thread's memory")
        return key
    }()

    private var memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: ThreadScratch.alignment)
    private(set) var byteCount = 64
    private var usedByteCount = 0
    /// The most bytes that were asked for at once.
    private var mostByteCount = 0

    deinit { memory.deallocate() }

    static var current: ThreadScratch {
        if let known = pthread_getspecific(key) {
            return Unmanaged<ThreadScratch>.fromOpaque(known).takeUnretainedValue()
        }
        let made = ThreadScratch()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    /// Gives `body` memory that nobody else uses during the call; calls may nest.
    func with<Result>(byteCount wanted: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
        let size = (wanted + Self.alignment - 1) / Self.alignment * Self.alignment
        if usedByteCount + size > mostKeptScratchByteCount {
            let own = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
            defer { own.deallocate() }
            return body(own)
        }
        mostByteCount = max(mostByteCount, usedByteCount + size)
        if usedByteCount == 0, mostByteCount > byteCount {
            memory.deallocate()
            memory = .allocate(byteCount: mostByteCount, alignment: Self.alignment)
            byteCount = mostByteCount
        }
        guard usedByteCount + size <= byteCount else {
            // An outer call's memory cannot move; the next outermost call makes room for both.
            let own = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
            usedByteCount += size
            defer {
                usedByteCount -= size
                own.deallocate()
            }
            return body(own)
        }
        let start = memory + usedByteCount
        usedByteCount += size
        defer { usedByteCount -= size }
        return body(start)
    }
}

/// Bytes of working memory that this thread keeps now.
package func keptScratchByteCount() -> Int { ThreadScratch.current.byteCount }

/// Calls `body` with this thread's working memory: `count` elements, aligned to 64 bytes, of any content, for the time
/// of the call. Calls may nest.
package func withThreadScratch<Element: BitwiseCopyable, Result>(
    of type: Element.Type, count: Int, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> Result {
    ThreadScratch.current.with(byteCount: max(count, 1) * MemoryLayout<Element>.stride) {
        body($0.assumingMemoryBound(to: type))
    }
}
