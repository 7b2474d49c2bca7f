import Synchronization

/// Codec states that wait to be used again: making one costs more than to compress a small body, and takes up to 268 KB.
final class StreamPool<Stream: AnyObject & Sendable>: Sendable {
    private let limit: Int
    private let make: @Sendable () -> Stream?
    private let streams = Mutex<[Stream]>([])

    /// - Parameters:
    ///   - limit: How many wait at most; those given back beyond are let go.
    ///   - make: `nil` when there is no memory.
    init(limit: Int, make: @escaping @Sendable () -> Stream?) {
        self.limit = limit
        self.make = make
    }

    /// States that wait.
    var count: Int { streams.withLock { $0.count } }

    /// Calls `body` with a state that nobody else uses meanwhile; `nil` when there is no memory for one.
    func with<Result, Failure: Error>(_ body: (Stream) throws(Failure) -> Result) throws(Failure) -> Result? {
        guard let stream = streams.withLock({ $0.popLast() }) ?? make() else { return nil }
        defer {
            streams.withLock { streams in
                if streams.count < limit { streams.append(stream) }
            }
        }
        return try body(stream)
    }
}
