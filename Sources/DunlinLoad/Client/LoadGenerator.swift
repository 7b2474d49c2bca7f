import CDunlinSystem
import DunlinBytes
import DunlinHTTP
import Glibc

/// Sends requests over many connections from one thread, and times the answers.
///
/// A lane is a place for one request that is under way: over HTTP/1.1 a connection, over gRPC a stream of one. In a closed
/// loop each lane sends its next request when it has its answer. In an open loop requests become due by `ArrivalSchedule`;
/// one that is due while all lanes are taken waits in a backlog, and its latency counts from when it was due. That is what makes the percentiles those that independent clients would see: a server that stalls for a
/// second is charged with every request that should have started in that second, not with one.
package final class LoadGenerator {
    /// Nanoseconds of a monotonic clock.
    typealias Clock = () -> UInt64

    /// Between looks at the time limit of requests and at the progress.
    private static let tickNanoseconds: UInt64 = 50_000_000
    /// How long a connection that could not be opened is left alone.
    private static let restNanoseconds: UInt64 = 20_000_000
    private static let receiveByteCount = 256 << 10
    private static let eventCount = 256
    /// Requests that may be due and not sent; beyond it they are failures of kind `backlog`.
    static let maxBacklog = 10_000_000

    /// Requests that an open loop has under way on one connection over gRPC; HTTP/2 asks servers to take no fewer.
    static let maxStreamCount = 100

    let target: LoadTarget
    let epoll: Int32
    let receiveBuffer: UnsafeMutableRawBufferPointer
    private let requests: [Bytes]
    private let headers: [(name: String, value: String)]
    private let timeout: UInt64
    private let serverProcess: Int?
    private let clock: Clock

    private struct Lane {
        let connection: Int
        let ticket: Int
        var isBusy = false
        /// When the request was meant to start: what its latency is counted from.
        var intended: UInt64 = 0
    }

    private var connections: [LoadConnection] = []
    private var lanes: [Lane] = []
    /// Lanes without a request; the last used is taken first, so that no more are in use than needed.
    private var idle: [Int] = []
    private var unflushed: [LoadConnection] = []
    private var busyCount = 0
    private var nextRequest = 0
    private var current = Run(LoadResult(.closed(concurrency: 1)), start: 0, end: 0, limit: 0)

    /// The state of one step.
    private struct Run {
        var result: LoadResult
        let start: UInt64
        var end: UInt64
        /// Requests to start at most.
        let limit: Int
        var schedule: ArrivalSchedule?
        var nextArrival = UInt64.max
        /// Intended starts of requests that are due, oldest first, from `backlogHead`.
        var backlog: [UInt64] = []
        var backlogHead = 0
        var backlogCount: Int { backlog.count - backlogHead }

        init(_ result: LoadResult, start: UInt64, end: UInt64, limit: Int) {
            (self.result, self.start, self.end, self.limit) = (result, start, end, limit)
        }
    }

    /// Told now and then how a step goes: nanoseconds since its start, and what came of it so far.
    package typealias Progress = (_ elapsed: UInt64, _ result: LoadResult) -> Void

    /// - Parameters:
    ///   - requests: Whole messages, sent in turns; over gRPC those of calls of `ModelInfer`.
    ///   - headers: Over gRPC: the metadata of each call.
    ///   - timeout: Nanoseconds after which a request is given up.
    init(
        target: LoadTarget, requests: [Bytes], headers: [(name: String, value: String)] = [], timeout: UInt64,
        serverProcess: Int? = nil,
        clock: @escaping Clock = LoadGenerator.monotonicNanoseconds
    ) {
        precondition(!requests.isEmpty, "there is no request to send")
        self.target = target
        self.requests = requests
        self.headers = headers
        self.timeout = timeout
        self.serverProcess = serverProcess
        self.clock = clock
        epoll = dunlin_epoll_create()
        receiveBuffer = .allocate(byteCount: Self.receiveByteCount, alignment: 64)
    }

    deinit {
        connections = []
        if epoll >= 0 { close(epoll) }
        receiveBuffer.deallocate()
    }

    static func monotonicNanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    /// Runs one step. Connections stay open for the next.
    ///
    /// - Parameters:
    ///   - connectionCount: Connections that may be used; in a closed loop over HTTP/1.1 each client has one of its own.
    ///   - duration: Nanoseconds in which requests are started; the step ends when all have ended.
    ///   - limit: Requests to start at most.
    package func run(
        _ step: LoadStep, connectionCount: Int, duration: UInt64, limit: Int = .max, progress: Progress = { _, _ in }
    ) -> LoadResult {
        let start = clock()
        current = Run(LoadResult(step), start: start, end: start &+ duration, limit: limit)
        switch step {
        case .closed(let concurrency):
            prepareLanes(concurrency, over: target.scheme.isGRPC ? min(connectionCount, concurrency) : concurrency)
        case .open(let rate, let kind):
            prepareLanes(
                target.scheme.isGRPC ? connectionCount * Self.maxStreamCount : connectionCount, over: connectionCount)
            var schedule = ArrivalSchedule(rate: rate, kind: kind)
            current.nextArrival = start &+ schedule.next()
            current.schedule = schedule
        }
        let serverBefore = serverProcess.flatMap { ProcessTime.seconds(of: $0) }
        let ownBefore = ProcessTime.ownSeconds()
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventCount) { events in
            loop(events, progress)
        }
        let finished = clock()
        var result = current.result
        result.seconds = Double((limit == .max ? current.end : min(finished, current.end)) &- start) * 1e-9
        result.clientShare = (ProcessTime.ownSeconds() - ownBefore) / (Double(finished &- start) * 1e-9)
        if let serverBefore, let after = serverProcess.flatMap({ ProcessTime.seconds(of: $0) }) {
            result.serverSeconds = after - serverBefore
        }
        return result
    }

    private func prepareLanes(_ count: Int, over connectionCount: Int) {
        while connections.count > connectionCount { connections.removeLast().close() }
        while connections.count < connectionCount { connections.append(makeConnection(connections.count)) }
        for connection in connections {
            if connection.isResting { connection.endRest() }
            connection.parked = []
            connection.lanes = []
        }
        lanes = (0..<count).map { index in
            let connection = connections[index % connectionCount]
            connection.lanes.append(index)
            return Lane(connection: connection.index, ticket: connection.lanes.count - 1)
        }
        // The first is taken first.
        idle = lanes.indices.reversed()
        busyCount = 0
    }

    private func makeConnection(_ index: Int) -> LoadConnection {
        #if GRPC
            if target.scheme.isGRPC {
                return GRPCLoadConnection(
                    index: index, generator: self, fields: target.fields("ModelInfer", headers: headers))
            }
        #endif
        return HTTP1LoadConnection(index: index, generator: self)
    }

    // MARK: The loop

    private func loop(_ events: UnsafeMutableBufferPointer<epoll_event>, _ progress: Progress) {
        var nextTick = current.start &+ Self.tickNanoseconds
        while true {
            var now = clock()
            startDue(now)
            flush()
            let isOver = now >= current.end || current.result.startedCount >= current.limit
            if isOver, busyCount == 0, current.backlogCount == 0 { return }
            now = clock()
            if now >= nextTick {
                tick(now)
                progress(now &- current.start, current.result)
                nextTick = now &+ Self.tickNanoseconds
            }
            var wake = min(nextTick, isOver ? UInt64.max : current.end)
            if !isOver { wake = min(wake, current.nextArrival) }
            let count = dunlin_epoll_wait(
                epoll, events.baseAddress, Int32(events.count), wake > now ? Int64(wake &- now) : 0)
            guard count > 0 else { continue }
            for index in 0..<Int(count) {
                let event = events[index]
                let slot = Int(truncatingIfNeeded: event.data.u64 & 0xFFFF_FFFF)
                guard slot < connections.count, connections[slot].token == event.data.u64 else { continue }
                connections[slot].handle(event.events)
            }
        }
    }

    /// Sends what connections have gathered in this turn.
    private func flush() {
        while let connection = unflushed.popLast() {
            connection.isFlushPending = false
            connection.flush()
        }
    }

    /// The next lane to use, whose connection does not rest.
    private func takeLane() -> Int? {
        while let lane = idle.popLast() {
            let connection = connections[lanes[lane].connection]
            guard connection.isResting else { return lane }
            connection.parked.append(lane)
        }
        return nil
    }

    /// Starts what should have been started by now.
    private func startDue(_ now: UInt64) {
        if current.schedule == nil {
            while now < current.end, current.result.startedCount < current.limit, let lane = takeLane() {
                current.result.startedCount += 1
                begin(lane, intended: now)
            }
            return
        }
        let isBehind = current.backlogCount > 0
        while current.nextArrival <= now, current.nextArrival < current.end, current.result.startedCount < current.limit
        {
            current.result.startedCount += 1
            if current.backlogCount < Self.maxBacklog {
                current.backlog.append(current.nextArrival)
            } else {
                current.result.count("backlog", example: "\(Self.maxBacklog) requests were due and not sent")
            }
            current.nextArrival = current.start &+ (current.schedule?.next() ?? 0)
        }
        while current.backlogCount > 0, let lane = takeLane() {
            let intended = current.backlog[current.backlogHead]
            current.backlogHead += 1
            if current.backlogHead >= 4096, current.backlogHead * 2 >= current.backlog.count {
                current.backlog.removeFirst(current.backlogHead)
                current.backlogHead = 0
            }
            if !isBehind { current.result.lateness.record(now &- intended) }
            begin(lane, intended: intended)
        }
        current.result.peakBacklog = max(current.result.peakBacklog, current.backlogCount)
    }

    private func begin(_ lane: Int, intended: UInt64) {
        let message = requests[nextRequest]
        nextRequest = nextRequest + 1 == requests.count ? 0 : nextRequest + 1
        lanes[lane].isBusy = true
        lanes[lane].intended = intended
        busyCount += 1
        connections[lanes[lane].connection].begin(lanes[lane].ticket, message)
    }

    // MARK: What connections tell

    var restEnd: UInt64 { clock() &+ Self.restNanoseconds }

    func countConnect() { current.result.connectCount += 1 }

    /// Has a connection send what it gathers until the end of this turn.
    func flushLater(_ connection: LoadConnection) {
        guard !connection.isFlushPending else { return }
        connection.isFlushPending = true
        unflushed.append(connection)
    }

    /// The request of a lane is over.
    func ended(_ lane: Int, _ outcome: LoadOutcome) {
        let now = clock()
        lanes[lane].isBusy = false
        busyCount -= 1
        switch outcome {
        case .success:
            current.result.latency.record(now &- min(lanes[lane].intended, now))
            current.result.successCount += 1
            if now < current.end { current.result.timelySuccessCount += 1 }
        case .refusal(let kind, let example): current.result.count(kind, example: Self.line(example))
        case .failure(let kind, let example):
            current.result.count(kind, example: Self.line(example))
            return release(lane)
        }
        guard current.schedule == nil, now < current.end, current.result.startedCount < current.limit else {
            return release(lane)
        }
        current.result.startedCount += 1
        begin(lane, intended: now)
    }

    private func release(_ lane: Int) {
        let connection = connections[lanes[lane].connection]
        if connection.isResting { connection.parked.append(lane) } else { idle.append(lane) }
    }

    /// Gives up requests over their time, sent or not, and wakes connections that rested.
    private func tick(_ now: UInt64) {
        for connection in connections {
            guard case .resting(let until) = connection.state, now >= until else { continue }
            connection.endRest()
            idle += connection.parked
            connection.parked = []
        }
        for index in lanes.indices {
            let lane = lanes[index]
            guard lane.isBusy, now &- min(lane.intended, now) >= timeout else { continue }
            current.result.latency.record(now &- lane.intended)
            connections[lane.connection].cancel(lane.ticket)
            ended(index, .failure(kind: "timeout", example: "no answer within \(timeout / 1_000_000) ms"))
        }
        while current.backlogCount > 0, now &- current.backlog[current.backlogHead] >= timeout {
            current.result.latency.record(now &- current.backlog[current.backlogHead])
            current.result.count(
                "timeout", example: "not sent within \(timeout / 1_000_000) ms: all connections were taken")
            current.backlogHead += 1
        }
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
