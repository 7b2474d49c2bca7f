import Synchronization

/// When the steps of one request happened, for requests that are traced.
///
/// Made by the front end with the request, filled where the request is served, and read by the front end at its end.
package final class RequestTimes: Sendable {
    /// In nanoseconds of `CLOCK_MONOTONIC`; 0: it did not happen.
    package struct Values: Sendable, Equatable {
        /// What served it, empty until it was found.
        package var model = ""
        package var version = ""
        package var requestStart: UInt64 = 0
        package var queueStart: UInt64 = 0
        package var computeStart: UInt64 = 0
        package var computeInputEnd: UInt64 = 0
        package var computeOutputStart: UInt64 = 0
        package var computeEnd: UInt64 = 0
        package var requestEnd: UInt64 = 0
        /// Why there is no result.
        package var failure: String?

        package init() {}
    }

    private struct State {
        var values = Values()
        var parts: [RequestTimes] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var values: Values { state.withLock { $0.values } }

    /// Requests that this one was answered by: the steps of an ensemble, the parts of a batch that was too large.
    package var parts: [RequestTimes] { state.withLock { $0.parts } }

    package func update(_ body: (inout Values) -> Void) { state.withLock { body(&$0.values) } }

    package func makePart() -> RequestTimes {
        let part = RequestTimes()
        state.withLock { $0.parts.append(part) }
        return part
    }
}
