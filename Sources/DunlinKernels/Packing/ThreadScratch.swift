import Glibc

/// Working memory of one thread, kept from kernel to kernel: a run allocates nothing once the largest need is known.
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
    private var byteCount = 64
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

/// Calls `body` with this thread's working memory: `count` elements, aligned to 64 bytes, of any content, for the time
/// of the call. Calls may nest.
package func withThreadScratch<Element: BitwiseCopyable, Result>(
    of type: Element.Type, count: Int, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> Result {
    ThreadScratch.current.with(byteCount: max(count, 1) * MemoryLayout<Element>.stride) {
        body($0.assumingMemoryBound(to: type))
    }
}
