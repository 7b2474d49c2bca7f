import Synchronization

/// The streams of messages that are open, so that a server that stops can end them: a client may keep one open for days
/// without a request.
final class GRPCOpenStreams: Sendable {
    /// Streams that are over are looked for when there are so many, and twice as many as were open the last time.
    private static let firstSweepCount = 64

    private struct Entry {
        weak var stream: GRPCMessageStream?
    }

    private struct State {
        var entries: [Entry] = []
        var sweepCount = GRPCOpenStreams.firstSweepCount
        var isStopped = false
    }

    private let state = Mutex(State())

    /// Knows `stream` while it is open; ends it as soon as may be where the server stops already.
    func add(_ stream: GRPCMessageStream) {
        let isStopped = state.withLock { state in
            guard !state.isStopped else { return true }
            if state.entries.count >= state.sweepCount {
                state.entries.removeAll { $0.stream == nil }
                state.sweepCount = max(Self.firstSweepCount, 2 * state.entries.count)
            }
            state.entries.append(Entry(stream: stream))
            return false
        }
        if isStopped { stream.stop() }
    }

    /// Ends all streams as soon as what they have received is answered, and those that are yet to come.
    func stop() {
        let streams = state.withLock { state in
            state.isStopped = true
            defer { state.entries = [] }
            return state.entries.compactMap(\.stream)
        }
        for stream in streams { stream.stop() }
    }
}
