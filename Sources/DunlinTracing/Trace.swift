/// What is known of one request that was traced, complete: it is written or exported, and changes no more.
package struct Trace: Sendable, Equatable {
    /// One thing with a begin and an end: the request as the front end saw it, or one model's part in it.
    package struct Record: Sendable, Equatable {
        /// 1, 2, … in this process.
        package var id: UInt64
        /// The record that this one is a part of; 0: none.
        package var parentID: UInt64 = 0
        package var model: String
        package var version: String
        /// In the order they happened.
        package var events: [Event] = []
        /// Why the model gave no result.
        package var failure: String?

        package init(id: UInt64, parentID: UInt64 = 0, model: String, version: String) {
            (self.id, self.parentID, self.model, self.version) = (id, parentID, model, version)
        }

        /// Notes what happened; 0 did not.
        package mutating func add(_ name: EventName, at nanoseconds: UInt64) {
            if nanoseconds != 0 { events.append(Event(name: name, nanoseconds: nanoseconds)) }
        }
    }

    package struct Event: Sendable, Equatable {
        package var name: EventName
        /// Of `CLOCK_MONOTONIC`.
        package var nanoseconds: UInt64

        package init(name: EventName, nanoseconds: UInt64) { (self.name, self.nanoseconds) = (name, nanoseconds) }
    }

    /// Triton's names.
    package enum EventName: String, Sendable, CaseIterable {
        case httpReceiveStart = "HTTP_RECV_START"
        case httpReceiveEnd = "HTTP_RECV_END"
        case requestStart = "REQUEST_START"
        case queueStart = "QUEUE_START"
        case computeStart = "COMPUTE_START"
        case computeInputEnd = "COMPUTE_INPUT_END"
        case computeOutputStart = "COMPUTE_OUTPUT_START"
        case computeEnd = "COMPUTE_END"
        case requestEnd = "REQUEST_END"
        case httpSendStart = "HTTP_SEND_START"
        case httpSendEnd = "HTTP_SEND_END"

        /// Seen by the front end, not by a model.
        package var isOfFrontEnd: Bool {
            switch self {
            case .httpReceiveStart, .httpReceiveEnd, .httpSendStart, .httpSendEnd: true
            default: false
            }
        }
    }

    /// The id that the client gave its request.
    package var requestID: String?
    /// The request first, then the parts that models had in it, parents before children.
    package var records: [Record]
    /// The caller's span.
    package var context: TraceContext?
    /// The answer's HTTP status; 0: none was sent.
    package var status = 0
    /// What to add to the events' times to get nanoseconds since 1970.
    package var epochOffset: UInt64 = 0
    /// How its setting wants it written.
    package var sampling = TraceSampling()

    package init(records: [Record]) { self.records = records }
}

/// What was decided when a request was chosen.
package struct TraceSampling: Sendable, Equatable {
    /// Whose setting chose it: a model's own, or everybody's.
    package var scope: String?
    /// Traces in one file; 0: all in one.
    package var logFrequency = 0
    /// The last one for now: `trace_count` is used up.
    package var isLast = false

    package init() {}
}
