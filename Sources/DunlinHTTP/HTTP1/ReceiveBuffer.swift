import DunlinBytes
import Glibc

/// Memory that is received into and then given up as `Bytes`. Starts at a multiple of 16.
///
/// Unlike `BytesBuilder` it can run out of memory without ending the process: how much is asked for here is
/// the client's choice.
struct ReceiveBuffer: ~Copyable {
    private(set) var memory: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    private(set) var count = 0

    deinit { free(memory) }

    /// What was received so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// The room behind what was received; valid until the next change.
    var space: UnsafeMutableRawBufferPointer {
        guard let memory else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count)
    }

    /// Makes the capacity at least `total`.
    mutating func reserve(total: Int) throws(RequestError) {
        guard total > capacity else { return }
        guard let grown = realloc(memory, total) else {
            throw RequestError(503, "the server has no memory for a request of \(total) bytes")
        }
        memory = grown
        capacity = total
    }

    /// Makes room for `extra` more bytes: doubles, but never beyond `limit`.
    mutating func grow(extra: Int, limit: Int) throws(RequestError) {
        let needed = count + extra
        guard needed > capacity else { return }
        try reserve(total: max(needed, min(limit, max(capacity * 2, 1024))))
    }

    /// - Precondition: There is room.
    mutating func append(_ source: UnsafeRawBufferPointer) {
        precondition(source.count <= capacity - count, "no room was reserved")
        guard let from = source.baseAddress, let memory, source.count > 0 else { return }
        memcpy(memory + count, from, source.count)
        count += source.count
    }

    /// Counts bytes that were written to `space`.
    mutating func advance(_ written: Int) {
        precondition(written >= 0 && written <= capacity - count, "more bytes written than there was room for")
        count += written
    }

    /// Gives up the memory and starts empty again.
    mutating func take() -> Bytes {
        guard let taken = memory else { return Bytes() }
        let size = count
        memory = nil
        capacity = 0
        count = 0
        return Bytes(adopting: taken, count: size)
    }
}
