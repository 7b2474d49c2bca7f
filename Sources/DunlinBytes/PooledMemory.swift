import Glibc

/// Memory of a size that follows from what arrives, which may come from a pool and return to it.
package struct PooledMemory: ~Copyable {
    package private(set) var base: UnsafeMutableRawPointer?
    package private(set) var capacity = 0
    private let pool: BytesPool?

    package init(pool: BytesPool?) { self.pool = pool }

    deinit { Self.release(base, capacity, to: pool) }

    /// Makes the capacity at least `total`, keeping what is there; false when there is no memory.
    package mutating func reserve(total: Int) -> Bool {
        guard total > capacity else { return true }
        if base == nil, total >= BytesPool.minByteCount, let block = pool?.take(atLeast: total) {
            base = block.memory
            capacity = block.capacity
            return true
        }
        guard let grown = realloc(base, total) else { return false }
        base = grown
        capacity = total
        return true
    }

    /// Gives up the memory and starts empty again.
    package mutating func take(count: Int) -> Bytes {
        guard let taken = base else { return Bytes() }
        let size = capacity
        base = nil
        capacity = 0
        guard let pool, size >= BytesPool.minByteCount else {
            return Bytes(adopting: taken, count: count, capacity: size)
        }
        return Bytes(adopting: taken, count: count, capacity: size, of: pool)
    }

    static func release(_ memory: UnsafeMutableRawPointer?, _ capacity: Int, to pool: BytesPool?) {
        guard let memory else { return }
        if let pool, capacity >= BytesPool.minByteCount {
            pool.give(BytesPool.Block(memory, capacity: capacity))
        } else {
            free(memory)
        }
    }
}
