import DunlinBytes
import Glibc

/// Memory that is received into and then given up as `Bytes`. Starts at a multiple of 16.
///
/// Unlike `BytesBuilder` it can run out of memory without ending the process: how much is asked for here is
/// the client's choice.
struct ReceiveBuffer: ~Copyable {
    private var storage: PooledMemory
    private(set) var count = 0

    /// - Parameter pool: Where large blocks come from and go to.
    init(pool: BytesPool? = nil) { storage = PooledMemory(pool: pool) }

    var memory: UnsafeMutableRawPointer? { storage.base }
    var capacity: Int { storage.capacity }

    /// What was received so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// The room behind what was received; valid until the next change.
    var space: UnsafeMutableRawBufferPointer {
        guard let memory else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count)
    }

    /// Makes the capacity at least `total`.
    mutating func reserve(total: Int) throws(RequestError) {
        guard storage.reserve(total: total) else {
            throw RequestError(503, "the server has no memory for a request of \(total) bytes")
        }
    }

    /// Makes room for `extra` more bytes: doubles, but never beyond `limit`.
    mutating func grow(extra: Int, limit: Int) throws(RequestError) {
        try reserve(total: grown(extra: extra, limit: limit))
    }

    /// The capacity that `grow` makes.
    func grown(extra: Int, limit: Int) -> Int {
        let needed = count + extra
        return needed > capacity ? max(needed, min(limit, max(capacity * 2, 1024))) : capacity
    }

    /// - Precondition: There is room.
    mutating func append(_ source: UnsafeRawBufferPointer) {
        precondition(source.count <= capacity - count, "no room was reserved")
        guard let from = source.baseAddress, let memory, source.count > 0 else { return }
        memcpy(memory + count, from, source.count)
        count += source.count
    }

    /// - Precondition: There is room.
    mutating func append(_ byte: UInt8) {
        precondition(count < capacity, "no room was reserved")
        memory!.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Counts bytes that were written to `space`.
    mutating func advance(_ written: Int) {
        precondition(written >= 0 && written <= capacity - count, "more bytes written than there was room for")
        count += written
    }

    /// Gives up the memory and starts empty again.
    mutating func take() -> Bytes {
        defer { count = 0 }
        return storage.take(count: count)
    }
}
