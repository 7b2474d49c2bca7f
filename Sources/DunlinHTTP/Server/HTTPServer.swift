package import DunlinTelemetry
import Glibc
import Synchronization

/// An HTTP/1.1 server: one listening socket, some event loop threads, one function that answers.
///
/// `respond` is called on a loop's thread for every complete request and must not block: it may answer at once or
/// hand the reply to another thread. A server runs once: start, optionally drain, stop.
package final class HTTPServer: Sendable {
    package let configuration: HTTPServerConfiguration
    private let logger: Logger
    private let respond: @Sendable (HTTPRequest, HTTPReply) -> Void
    private let state: ServerState
    private let running = Mutex<Running?>(nil)

    private struct Running {
        let port: Int
        var loops: [EventLoop]
        var threads: [pthread_t]
    }

    /// - Parameters:
    ///   - timing: Whether requests say when they came; other servers may share it.
    ///   - tls: What clients must speak TLS with; `nil`: they must not. Other servers may share it.
    ///   - refusal: Called with the head of a request whose body is large and not there yet. The answer it gives is sent at
    ///     once and the body is not read; `nil`: the body is wanted.
    package init(
        configuration: HTTPServerConfiguration, logger: Logger, timing: TimingSwitch = TimingSwitch(),
        tls: TLSCredentials? = nil, refusal: (@Sendable (HTTPRequest) -> HTTPResponse?)? = nil,
        respond: @escaping @Sendable (HTTPRequest, HTTPReply) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        state = ServerState(configuration, timing: timing, tls: tls, refusal: refusal)
        self.respond = respond
    }

    /// Binds the socket and starts the threads; returns when connections are accepted.
    ///
    /// - Throws: When the configuration has problems, the address is taken, or the server was started before.
    package func start() throws(HTTPServerError) {
        let problems = configuration.problems()
        guard problems.isEmpty else { throw HTTPServerError(problems.joined(separator: "; ")) }
        try running.withLock { (running) throws(HTTPServerError) in
            guard running == nil else { throw HTTPServerError("the HTTP server was started before") }
            let listener = try Listener(
                address: configuration.address, port: configuration.port, socketMode: configuration.socketMode,
                userCount: configuration.eventLoopCount)
            var started = Running(port: listener.port, loops: [], threads: [])
            do throws(HTTPServerError) {
                for index in 0..<configuration.eventLoopCount {
                    started.loops.append(
                        try EventLoop(
                            index: index, configuration: configuration, logger: logger, state: state,
                            listener: listener, respond: respond))
                }
                for loop in started.loops { loop.siblings = started.loops }
                for loop in started.loops { started.threads.append(try Self.startThread(loop)) }
            } catch {
                for loop in started.loops { loop.post(.stop(deadline: 0)) }
                for thread in started.threads { pthread_join(thread, nil) }
                // Those that did not start.
                for loop in started.loops { loop.siblings = [] }
                listener.closeSocket()
                throw error
            }
            running = started
        }
        if port > 0 {
            logger.info("listening for \(configuration.purpose)", ["address": configuration.address, "port": port])
        } else {
            logger.info("listening for \(configuration.purpose)", ["address": configuration.address])
        }
    }

    /// The port that was bound; 0 before `start` and for a Unix-domain socket.
    package var port: Int { running.withLock { $0?.port ?? 0 } }

    /// Requests that were handed to `respond` and whose answer is not complete.
    package var inFlightCount: Int { state.inFlightCount.load(ordering: .relaxed) }

    package var connectionCount: Int { state.connectionCount.load(ordering: .relaxed) }

    /// Stops accepting. Open connections are served on, and each is closed after its next answer.
    package func drain() {
        state.isDraining.store(true, ordering: .relaxed)
        for loop in running.withLock({ $0?.loops ?? [] }) { loop.post(.drain) }
    }

    /// Drains, closes idle connections, waits up to `grace` for requests on their way and their answers, closes what
    /// is left and ends the threads. Returns when all that is done.
    ///
    /// - Precondition: Not called on a loop's thread, that is, not from `respond` itself.
    package func stop(grace: Duration) {
        drain()
        let (loops, threads) = running.withLock { running in
            defer { running?.threads = [] }
            return (running?.loops ?? [], running?.threads ?? [])
        }
        precondition(!loops.contains(where: \.isCurrent), "an HTTP server cannot be stopped from its own loop")
        let deadline = EventLoop.clock() + max(0, min(grace.milliseconds, Int64.max / 4))
        for loop in loops { loop.post(.stop(deadline: deadline)) }
        for thread in threads { pthread_join(thread, nil) }
    }

    private static func startThread(_ loop: EventLoop) throws(HTTPServerError) -> pthread_t {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(loop)
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<EventLoop>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard result == 0 else {
            retained.release()
            throw HTTPServerError("cannot start an event loop thread: \(String(cString: strerror(result)))")
        }
        return thread
    }
}
