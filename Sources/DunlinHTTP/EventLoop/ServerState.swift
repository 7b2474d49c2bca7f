import Synchronization

/// What the loops of one server share: three counts and one flag.
final class ServerState: Sendable {
    /// Requests that were handed over and whose answer is not complete.
    let inFlightCount = Atomic<Int>(0)
    /// Open connections, those that are only being refused included.
    let connectionCount = Atomic<Int>(0)
    /// Memory of large bodies that are arriving.
    let receivingByteCount = Atomic<Int>(0)
    let isDraining = Atomic<Bool>(false)
}
