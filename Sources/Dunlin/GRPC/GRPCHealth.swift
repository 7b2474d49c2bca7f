import Dispatch
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import Synchronization

/// gRPC's health checking protocol: a service is well when the server is ready.
extension GRPC {
    /// The names that may be asked for; the empty one is the server.
    private static let services =
        [""] + ProtobufFile.all.flatMap { file in file.services.map { "\(file.package).\($0.name)" } }

    static let healthCheck = unary { (call, server) throws(InferError) in
        let name = try GRPCRequests.name(call.message)
        guard services.contains(name) else {
            throw InferError(.notFound, "there is no service '\(name.prefix(64))'")
        }
        call.reply.send(GRPCResponses.health(GRPCHealthWatch.status(server.isReady)))
    }

    static let healthList = unary { call, server in
        let status = GRPCHealthWatch.status(server.isReady)
        call.reply.send(GRPCResponses.healthList(services.map { ($0, status) }))
    }

    /// The state now, and whenever it changes.
    static let healthWatch = unary { (call, server) throws(InferError) in
        let name = try GRPCRequests.name(call.message)
        call.reply.begin()
        guard services.contains(name) else {
            // As the protocol has it, the call goes on: the service may come.
            call.reply.write([GRPCResponses.health(.serviceUnknown)])
            return server.healthWatch.add(call.reply, isKnown: false) { [unowned server] in server.isReady }
        }
        server.healthWatch.add(call.reply, isKnown: true) { [unowned server] in server.isReady }
    }
}

/// Clients that are told when the server becomes ready or ceases to be.
///
/// Readiness has many causes, so it is looked at from time to time, while anybody watches.
final class GRPCHealthWatch: Sendable {
    static let lookPeriod = DispatchTimeInterval.milliseconds(200)

    private struct Watcher {
        let reply: GRPCReply
        let isKnown: Bool
        var last: Bool?
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var count = 0
        var timer: (any DispatchSourceTimer)?
        var isStopped = false
    }

    private let state = Mutex(State())
    /// Answers are written on it alone, so that they are in order.
    private let queue = DispatchQueue(label: "dunlin.grpc.health")

    static func status(_ isReady: Bool) -> GRPCResponses.Health { isReady ? .serving : .notServing }

    /// Clients that watch.
    var count: Int { state.withLock { $0.watchers.count } }

    /// Tells `reply`, which has begun, of the state now and from now on.
    func add(_ reply: GRPCReply, isKnown: Bool, _ isReady: @escaping @Sendable () -> Bool) {
        let number: Int? = state.withLock { state in
            guard !state.isStopped else { return nil }
            state.count += 1
            state.watchers[state.count] = Watcher(reply: reply, isKnown: isKnown)
            if state.timer == nil {
                let timer = DispatchSource.makeTimerSource(queue: queue)
                timer.schedule(deadline: .now(), repeating: Self.lookPeriod, leeway: .milliseconds(20))
                timer.setEventHandler { [weak self] in self?.look(isReady()) }
                timer.resume()
                state.timer = timer
            }
            return state.count
        }
        guard let number else { return reply.end(GRPCMessageStream.stopped) }
        queue.async { self.look(isReady()) }
        reply.http.onDisconnect { self.remove(number) }
    }

    /// Tells everybody whose last news were others.
    func look(_ isReady: Bool) {
        let told: [GRPCReply] = state.withLock { state in
            var told: [GRPCReply] = []
            for (number, watcher) in state.watchers where watcher.isKnown && watcher.last != isReady {
                state.watchers[number]?.last = isReady
                told.append(watcher.reply)
            }
            return told
        }
        for reply in told { reply.write([GRPCResponses.health(Self.status(isReady))]) }
    }

    /// The server ends: tells everybody, and ends their calls.
    func stop() {
        queue.sync {
            look(false)
            let watchers = state.withLock { state in
                state.isStopped = true
                state.timer?.cancel()
                state.timer = nil
                defer { state.watchers = [:] }
                return state.watchers.values.map(\.reply)
            }
            for reply in watchers { reply.end(GRPCMessageStream.stopped) }
        }
    }

    private func remove(_ number: Int) {
        let reply = state.withLock { state in
            let watcher = state.watchers.removeValue(forKey: number)
            if state.watchers.isEmpty {
                state.timer?.cancel()
                state.timer = nil
            }
            return watcher?.reply
        }
        // Nobody reads it; an answer that is let go without an end would be cut off with an error.
        if let reply { queue.async { if !reply.http.isAnswered { reply.end() } } }
    }
}
