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
    /// Nanoseconds a request may wait before it runs; `nil`: any.
    let maxWait: UInt64?
    /// `nil` where clients may not use shared memory.
    let sharedMemory: SharedMemoryRegions?
    /// `nil` where header fields reach no model.
    let headerForwarding: HeaderForwarding?
    let logger: Logger
    private let access: AccessControl
    /// `nil`: without TLS.
    private let tls: TLSCredentials?
    package let tracing: Tracing
    /// On while any request could be traced.
    let timing = TimingSwitch()
    /// When this value was made: start times are counted from here.
    let made = ContinuousClock.now
    /// Clients that follow whether the server is ready.
    let healthWatch = GRPCHealthWatch()
    /// Clients that send one message after the other.
    let openStreams = GRPCOpenStreams()
    let processorUtilization = Mutex(ProcessorUtilization())
    private let state = Mutex(State())

    private struct State {
        var phase = Phase.idle
        /// Set while the sockets are open; their threads hold the server, so a started server lives until it is stopped.
        var http: HTTPServer?
        var admin: HTTPServer?
        var grpc: HTTPServer?
        var keyWatch: (any DispatchSourceTimer)?
        var tlsWatch: (any DispatchSourceTimer)?
        var listeners: [HTTPServer] { [http, admin, grpc].compactMap { $0 } }
    }

    private enum Phase { case idle, serving, stopping, stopped }

    /// - Throws: Every problem of the configuration at once.
    public init(_ configuration: ServerConfiguration) throws(ConfigurationError) {
        let http = configuration.httpConfiguration
        let serving = configuration.servingConfiguration
        let problems =
            http.problems() + serving.problems() + configuration.trace.problems() + Self.instructionSetProblems()
        do throws(ConfigurationError) {
            access = try AccessControl(configuration)
            tls = try TLSCredentials.named(by: configuration)
        } catch { throw ConfigurationError(problems + error.problems) }
        do throws(InvalidHeaderPattern) {
            headerForwarding = try configuration.httpHeaderForwardPattern.map(HeaderForwarding.init)
        } catch { throw ConfigurationError(problems + ["http_header_forward_pattern \(error.message)"]) }
        let adminProblems = access.admin.map { configuration.adminConfiguration($0).problems() } ?? []
        let grpcProblems = configuration.grpcProblems
        guard problems.isEmpty, adminProblems.isEmpty, grpcProblems.isEmpty else {
            throw ConfigurationError(problems + adminProblems + grpcProblems)
        }
        self.configuration = configuration
        let logger = configuration.makeLogger()
        self.logger = logger
        tracing = Tracing(configuration.traceConfiguration, logger: logger)
        let limits = configuration.v2Limits
        self.limits = limits
        maxWait = configuration.maxWait > .zero ? UInt64(min(configuration.maxWait / .nanoseconds(1), 1e18)) : nil
        sharedMemory =
            configuration.allowsClientSharedMemory
            ? SharedMemoryRegions(
                maxCount: configuration.maxSharedMemoryRegions,
                maxByteCount: configuration.maxSharedMemoryByteCount) : nil
        registry = ModelRegistry(
            serving, backends: configuration.backends, log: ServingLog(logger),
            decodeRecorded: { (body, hasRawTensors, model, version) throws(InferError) in
                try V2InferCodec.decodeRecorded(
                    body, hasRawTensors: hasRawTensors, model: model, version: version, limits: limits)
            })
    }

    /// The port HTTP is bound to; `nil` before `start`, and without a socket that has one.
    public var httpPort: Int? {
        state.withLock { $0.http?.port }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// The port of the admin address; `nil` before `start`, and without one that has a port.
    public var adminPort: Int? {
        state.withLock { $0.admin?.port }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// The port of the listener that gRPC has of its own; `nil` before `start`, and without one that has a port.
    public var grpcPort: Int? {
        state.withLock { $0.grpc?.port }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// HTTP connections that are open.
    var httpConnectionCount: Int { state.withLock { $0.listeners.reduce(0) { $0 + $1.connectionCount } } }

    /// HTTP requests that are not answered yet.
    var httpInFlightCount: Int { state.withLock { $0.listeners.reduce(0) { $0 + $1.inFlightCount } } }

    /// Whether the server takes requests and, with strict readiness, every wanted model is ready.
    public var isReady: Bool { state.withLock { $0.phase == .serving } && registry.isReady }

    /// Opens the sockets, then loads the models wanted at start.
    ///
    /// A model that fails to load does not stop the server: its reason is in the log and in the repository index.
    /// - Throws: When the address cannot be bound, or the repository cannot be read; the server is stopped then.
    public func start() throws {
        let ended = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, InferError>>(.success(()))
        try begin { result in
            outcome.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        do { try outcome.withLock { $0 }.get() } catch {
            stopAndWait(grace: .zero)
            throw error
        }
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
        guard let address = configuration.httpAddress else { return }
        startTracing()
        let http = listener(configuration.httpConfiguration, access.gate)
        try http.start()
        state.withLock { $0.http = http }
        do {
            if let place = access.admin {
                let admin = listener(configuration.adminConfiguration(place), access.adminGate)
                try admin.start()
                state.withLock { $0.admin = admin }
            }
            if let place = configuration.grpcConfiguration {
                let grpc = listener(place, access.gate)
                try grpc.start()
                state.withLock { $0.grpc = grpc }
            }
        } catch {
            for listener in state.withLock({ $0.listeners }) { listener.stop(grace: .zero) }
            state.withLock { ($0.http, $0.admin) = (nil, nil) }
            throw error
        }
        access.logStart(address, port: http.port, grpc: state.withLock { $0.grpc }, logger)
        state.withLock { $0.keyWatch = access.watchKeys(logger) }
        if let tls {
            tls.logStart(logger)
            state.withLock { $0.tlsWatch = tls.watch(logger) }
        }
    }

    private func listener(_ configuration: HTTPServerConfiguration, _ gate: AccessGate) -> HTTPServer {
        let router = Router(routes + grpcRoutes, gate: gate)
        return HTTPServer(
            configuration: configuration, logger: logger, timing: timing, tls: tls,
            refusal: { router.refusal(of: $0, server: self) },
            respond: { router.respond(to: $0, $1, server: self) })
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
        let serving: [HTTPServer]? = state.withLock { state in
            guard state.phase == .serving else { return nil }
            state.phase = .stopping
            state.keyWatch?.cancel()
            state.keyWatch = nil
            state.tlsWatch?.cancel()
            state.tlsWatch = nil
            return state.listeners
        }
        guard let serving else { return }
        healthWatch.stop()
        let clock = ContinuousClock()
        let deadline = clock.now + grace
        Self.drain(serving, for: min(grace, Self.drainPeriod))
        openStreams.stop()
        for http in serving { http.stop(grace: max(.zero, clock.now.duration(to: deadline))) }
        registry.stop(grace: max(.zero, clock.now.duration(to: deadline)))
        sharedMemory?.unregisterAll()
        tracing.stop()
        state.withLock { state in
            state.phase = .stopped
            state.http = nil
            state.admin = nil
            state.grpc = nil
        }
    }

    /// How long a stop waits for clients' next requests. Clients that send one after another get a last answer that
    /// says `Connection: close`; closing at once would cut off a request that is already on its way.
    private static let drainPeriod = Duration.milliseconds(250)

    /// Returns when all connections are closed, or after `period`: who was silent for so long is idle.
    private static func drain(_ listeners: [HTTPServer], for period: Duration) {
        for http in listeners { http.drain() }
        let clock = ContinuousClock()
        let end = clock.now + period
        while listeners.contains(where: { $0.connectionCount > 0 }), clock.now < end { usleep(2000) }
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
