public import DunlinInference
public import DunlinTensor
import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinKernels
import DunlinProtocols
package import DunlinServing
import DunlinTelemetry
package import DunlinTracing
import Glibc
import Synchronization

/// What this build calls itself in `GET /v2` and `dunlin version`.
public let dunlinVersion = "0.1.0"

/// A model server: a repository of models, their backends, and the sockets they are served on.
///
/// Endpoints and in-process callers use the same `infer`. `start` returns when the models wanted at start are
/// loaded or have failed; the sockets answer from the beginning, so that liveness is true while models load.
public final class Server: Sendable {
    package let configuration: ServerConfiguration
    package let registry: ModelRegistry
    /// Decodes large bodies off the event loops.
    let codecQueue = DispatchQueue(label: "dunlin.codec", qos: .userInitiated, attributes: .concurrent)
    let limits: V2Limits
    let logger: Logger
    package let tracing: Tracing
    /// On while any request could be traced.
    let timing = TimingSwitch()
    /// When this value was made: start times are counted from here.
    let made = ContinuousClock.now
    let processorUtilization = Mutex(ProcessorUtilization())
    private let state = Mutex(State())

    private struct State {
        var phase = Phase.idle
        /// Set while the sockets are open; its threads hold the server, so a started server lives until it is stopped.
        var http: HTTPServer?
    }

    private enum Phase { case idle, serving, stopping, stopped }

    /// - Throws: Every problem of the configuration at once.
    public init(_ configuration: ServerConfiguration) throws(ConfigurationError) {
        let http = configuration.httpConfiguration
        let serving = configuration.servingConfiguration
        let problems =
            http.problems() + serving.problems() + configuration.trace.problems()
            + Self.instructionSetProblems()
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.configuration = configuration
        let logger = configuration.makeLogger()
        self.logger = logger
        tracing = Tracing(configuration.traceConfiguration, logger: logger)
        limits = configuration.v2Limits
        registry = ModelRegistry(serving, backends: configuration.backends, log: ServingLog(logger))
    }

    /// The port HTTP is bound to; `nil` before `start`, and without a socket that has one.
    public var httpPort: Int? {
        state.withLock { $0.http?.port }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// HTTP connections that are open.
    var httpConnectionCount: Int { state.withLock { $0.http?.connectionCount } ?? 0 }

    /// HTTP requests that are not answered yet.
    var httpInFlightCount: Int { state.withLock { $0.http?.inFlightCount } ?? 0 }

    /// Whether the server takes requests and, with strict readiness, every wanted model is ready.
    public var isReady: Bool { state.withLock { $0.phase == .serving } && registry.isReady }

    /// Opens the sockets, then loads the models wanted at start.
    ///
    /// A model that fails to load does not stop the server: its reason is in the log and in the repository index.
    /// - Throws: When the address cannot be bound.
    public func start() throws {
        let ended = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, InferError>>(.success(()))
        try begin { result in
            outcome.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        try outcome.withLock { $0 }.get()
    }

    /// `start()` that does not wait for the models: `completion` is told when they are loaded or have failed, and
    /// gets an error only when the repository itself cannot be read.
    package func begin(completion: @escaping @Sendable (Result<Void, InferError>) -> Void) throws {
        try startListening()
        registry.start { result in
            if case .success = result { self.logReady() }
            completion(result)
        }
    }

    /// Opens the sockets; liveness answers from here on.
    package func startListening() throws {
        let wasIdle = state.withLock { state in
            defer { state.phase = .serving }
            return state.phase == .idle
        }
        precondition(wasIdle, "a server is started once")
        guard configuration.httpAddress != nil else { return }
        startTracing()
        let router = Router(routes)
        let http = HTTPServer(configuration: configuration.httpConfiguration, logger: logger, timing: timing) {
            request, reply in router.respond(to: request, reply, server: self)
        }
        try http.start()
        state.withLock { $0.http = http }
    }

    /// Runs one request; the very function the endpoints call. A cancelled task's request does not run if it waits.
    public func infer(_ request: InferRequest) async throws(InferError) -> InferResponse {
        var request = request
        let cancellation = request.cancellation ?? Cancellation()
        request.cancellation = cancellation
        let result = await withTaskCancellationHandler { [request] in
            await withCheckedContinuation { continuation in
                infer(request) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    /// Runs `model` on `inputs` and returns its outputs, all of them, in the model's order.
    public func infer(_ model: String, _ inputs: [NamedTensor]) async throws(InferError) -> [NamedTensor] {
        try await infer(InferRequest(model: model, inputs: inputs)).outputs
    }

    /// Runs one request. `completion` may run before the call returns (cheap models) or on an instance's queue.
    package func infer(
        _ request: InferRequest, completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) {
        registry.infer(request, completion: completion)
    }

    /// Readiness turns false, requests in flight finish, models are released, sockets close.
    ///
    /// - Parameter grace: How long to wait for requests in flight; what is not done by then is cut off.
    public func stop(grace: Duration) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.stopAndWait(grace: grace)
                continuation.resume()
            }
        }
    }

    /// `stop(grace:)` for callers without concurrency; blocks.
    package func stopAndWait(grace: Duration) {
        let http: HTTPServer?? = state.withLock { state in
            guard state.phase == .serving else { return nil }
            state.phase = .stopping
            return .some(state.http)
        }
        guard let http else { return }
        let clock = ContinuousClock()
        let deadline = clock.now + grace
        if let http { Self.drain(http, for: min(grace, Self.drainPeriod)) }
        http?.stop(grace: max(.zero, clock.now.duration(to: deadline)))
        registry.stop(grace: max(.zero, clock.now.duration(to: deadline)))
        tracing.stop()
        state.withLock { state in
            state.phase = .stopped
            state.http = nil
        }
    }

    /// How long a stop waits for clients' next requests. Clients that send one after another get a last answer that
    /// says `Connection: close`; closing at once would cut off a request that is already on its way.
    private static let drainPeriod = Duration.milliseconds(250)

    /// Returns when all connections are closed, or after `period`: who was silent for so long is idle.
    private static func drain(_ http: HTTPServer, for period: Duration) {
        http.drain()
        let clock = ContinuousClock()
        let end = clock.now + period
        while http.connectionCount > 0, clock.now < end { usleep(2000) }
    }

    /// What is wrong with `DUNLIN_ISA`; kernels are chosen once, so it must be known before they are.
    private static func instructionSetProblems() -> [String] {
        do throws(UnusableISA) {
            _ = try CPU.current.select(forced: CPU.forcedISA)
            return []
        } catch { return [error.message] }
    }

    /// Refuses load and unload requests unless the operator allowed them.
    func checkModelControl() throws(InferError) {
        guard configuration.modelControlMode == .explicit else {
            throw InferError(
                .unavailable,
                "load and unload by request are not allowed: start the server with --model-control-mode explicit")
        }
    }
}
