import Glibc
import Synchronization

/// Large blocks of memory that are used again: the allocator gives such blocks back to the system with every use, and to
/// get them anew, page by page, costs more than to copy them.
///
/// Any thread may use it. What nobody has taken for a while goes back to the system (`releaseStale`).
package final class BytesPool: Sendable {
    /// Blocks below this size are the allocator's affair.
    package static let minByteCount = 64 << 10

    /// `@unchecked Sendable` because a block has one owner at a time: the pool, under its lock, or whoever took it.
    struct Block: @unchecked Sendable {
        let memory: UnsafeMutableRawPointer
        let capacity: Int
        fileprivate var isStale = false

        init(_ memory: UnsafeMutableRawPointer, capacity: Int) {
            self.memory = memory
            self.capacity = capacity
        }
    }

    private let limit: Int
    /// The last one given back is the last one here, and the first to be taken: it may still be in the cache.
    private let blocks = Mutex<[Block]>([])
    private let total = Atomic<Int>(0)

    /// - Parameter limit: Bytes that wait here at most; blocks beyond are freed.
    package init(limit: Int) { self.limit = limit }

    deinit { blocks.withLock { blocks in for block in blocks { free(block.memory) } } }

    /// Bytes that wait to be used.
    package var byteCount: Int { total.load(ordering: .relaxed) }

    /// A block of at least `byteCount` bytes, allocated with `malloc`, and not much larger; `nil` when none waits.
    func take(atLeast byteCount: Int) -> Block? {
        blocks.withLock { blocks in
            let index = blocks.lastIndex { $0.capacity >= byteCount && $0.capacity / 2 <= byteCount }
            guard let index else { return nil }
            let block = blocks.remove(at: index)
            total.wrappingSubtract(block.capacity, ordering: .relaxed)
            return block
        }
    }

    /// Takes over a block that was allocated with `malloc`.
    func give(_ block: Block) {
        let isKept = blocks.withLock { blocks in
            guard byteCount + block.capacity <= limit else { return false }
            blocks.append(block)
            total.wrappingAdd(block.capacity, ordering: .relaxed)
            return true
        }
        if !isKept { free(block.memory) }
    }

    /// Frees what was here at the last call already.
    package func releaseStale() {
        let stale = blocks.withLock { blocks in
            let stale = blocks.filter(\.isStale)
            blocks.removeAll(where: \.isStale)
            for index in blocks.indices { blocks[index].isStale = true }
            total.store(blocks.reduce(0) { $0 + $1.capacity }, ordering: .relaxed)
            return stale
        }
        for block in stale { free(block.memory) }
    }
}
