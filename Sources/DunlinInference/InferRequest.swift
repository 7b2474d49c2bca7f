public import DunlinTensor

/// One inference request, whatever protocol it came by.
public struct InferRequest: Sendable {
    /// The endpoint's name: a model of the repository, or a worker's endpoint.
    public var model: String
    /// The version asked for; `nil` leaves it to the server (the highest that is ready).
    public var version: String?
    /// Echoed in the response when given.
    public var id: String?
    public var parameters = Parameters()
    public var inputs: [NamedTensor]
    /// The outputs wanted, in the order they are answered; empty asks for all.
    public var outputs: [RequestedOutput] = []
    /// When the answer is of no use any more, in nanoseconds of `CLOCK_MONOTONIC`; `nil`: never.
    ///
    /// A request that still waits then is answered with `deadlineExceeded`, one that could not be ready by then is
    /// refused at once.
    public var deadline: UInt64?
    /// When it must have begun to run, on the same clock; `nil`: any time. What still waits then is refused.
    public var latestStart: UInt64?
    /// Set by the front end when its client may go away before the answer.
    public var cancellation: Cancellation?
    /// Set by the front end when the request is traced.
    package var times: RequestTimes?

    public init(model: String, version: String? = nil, id: String? = nil, inputs: [NamedTensor]) {
        self.model = model
        self.version = version
        self.id = id
        self.inputs = inputs
    }
}

/// One entry of a request's `outputs`.
public struct RequestedOutput: Sendable, Hashable {
    public var name: String
    public var parameters: Parameters

    public init(_ name: String, parameters: Parameters = [:]) {
        self.name = name
        self.parameters = parameters
    }
}
