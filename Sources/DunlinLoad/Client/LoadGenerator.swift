import CDunlinSystem
import DunlinBytes
import Glibc

/// Sends requests over many connections from one thread, and times the answers.
///
/// In a closed loop each connection sends its next request when it has its answer. In an open loop requests become due by
/// `ArrivalSchedule`; one that is due while all connections are taken waits in a backlog, and its latency counts from when
/// it was due. That is what makes the percentiles those that independent clients would see: a server that stalls for a
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

    private let target: LoadTarget
    private let requests: [Bytes]
    private let timeout: UInt64
    private let serverProcess: Int?
    private let epoll: Int32
    private let receiveBuffer: UnsafeMutableRawBufferPointer
    private let clock: Clock

    private var connections: [LoadConnection] = []
    /// Connections without a request, by index; the last used is taken first, so that no more are in use than needed.
    private var idle: [Int] = []
    private var restingCount = 0
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
    ///   - requests: Whole messages, sent in turns.
    ///   - timeout: Nanoseconds after which a request is given up.
    init(
        target: LoadTarget, requests: [Bytes], timeout: UInt64, serverProcess: Int? = nil,
        clock: @escaping Clock = LoadGenerator.monotonicNanoseconds
    ) {
        precondition(!requests.isEmpty, "there is no request to send")
        self.target = target
        self.requests = requests
        self.timeout = timeout
        self.serverProcess = serverProcess
        self.clock = clock
        epoll = dunlin_epoll_create()
        receiveBuffer = .allocate(byteCount: Self.receiveByteCount, alignment: 64)
    }

    deinit {
        for connection in connections { connection.close() }
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
    ///   - connectionCount: Connections an open loop may use; a closed loop uses its concurrency.
    ///   - duration: Nanoseconds in which requests are started; the step ends when all have ended.
    ///   - limit: Requests to start at most.
    package func run(
        _ step: LoadStep, connectionCount: Int, duration: UInt64, limit: Int = .max, progress: Progress = { _, _ in }
    ) -> LoadResult {
        let start = clock()
        current = Run(LoadResult(step), start: start, end: start &+ duration, limit: limit)
        switch step {
        case .closed(let concurrency): prepareConnections(concurrency)
        case .open(let rate, let kind):
            prepareConnections(connectionCount)
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

    private func prepareConnections(_ count: Int) {
        while connections.count > count { connections.removeLast().close() }
        while connections.count < count { connections.append(LoadConnection(index: connections.count)) }
        // The first is taken first.
        idle = connections.indices.reversed()
        restingCount = 0
        busyCount = 0
        for connection in connections {
            if case .resting = connection.state { connection.state = .closed }
        }
    }

    // MARK: The loop

    private func loop(_ events: UnsafeMutableBufferPointer<epoll_event>, _ progress: Progress) {
        var nextTick = current.start &+ Self.tickNanoseconds
        while true {
            var now = clock()
            startDue(now)
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
                handle(connections[slot], event.events)
            }
        }
    }

    /// Starts what should have been started by now.
    private func startDue(_ now: UInt64) {
        if current.schedule == nil {
            while now < current.end, current.result.startedCount < current.limit, let index = idle.popLast() {
                current.result.startedCount += 1
                begin(connections[index], intended: now)
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
        while current.backlogCount > 0, let index = idle.popLast() {
            let intended = current.backlog[current.backlogHead]
            current.backlogHead += 1
            if current.backlogHead >= 4096, current.backlogHead * 2 >= current.backlog.count {
                current.backlog.removeFirst(current.backlogHead)
                current.backlogHead = 0
            }
            if !isBehind { current.result.lateness.record(now &- intended) }
            begin(connections[index], intended: intended)
        }
        current.result.peakBacklog = max(current.result.peakBacklog, current.backlogCount)
    }

    private func begin(_ connection: LoadConnection, intended: UInt64) {
        let message = requests[nextRequest]
        nextRequest = nextRequest + 1 == requests.count ? 0 : nextRequest + 1
        connection.begin(message, intended: intended)
        busyCount += 1
        if connection.descriptor < 0 {
            switch target.connect() {
            case .failure(let failure): return fail(connection, "connect", failure.text, rests: true)
            case .success(let (descriptor, isConnected)):
                current.result.connectCount += 1
                guard connection.open(descriptor, isConnected: isConnected, epoll: epoll) else {
                    return fail(connection, "connect", SystemFailure(errno).text, rests: true)
                }
                guard isConnected else { return }
            }
        }
        connection.state = .busy
        flush(connection)
    }

    private func flush(_ connection: LoadConnection) {
        let error = connection.flush()
        // What the server said before it closed is worth more than that it closed.
        if error != 0, !receive(connection) { fail(connection, "closed", SystemFailure(error).text) }
    }

    private func handle(_ connection: LoadConnection, _ events: UInt32) {
        if connection.state == .connecting {
            let error = connection.connectError()
            guard error == 0 else { return fail(connection, "connect", SystemFailure(error).text, rests: true) }
            guard events & dunlin_epoll_out != 0 else { return }
            connection.state = .busy
        }
        if events & (dunlin_epoll_in | dunlin_epoll_rdhup | dunlin_epoll_hup | dunlin_epoll_err) != 0 {
            if receive(connection) { return }
        }
        if events & dunlin_epoll_out != 0, connection.state == .busy { flush(connection) }
    }

    /// Reads what is there. True when the request that was under way has ended, or there was none.
    private func receive(_ connection: LoadConnection) -> Bool {
        while true {
            let count = recv(
                connection.descriptor, receiveBuffer.baseAddress, receiveBuffer.count, Int32(dunlin_receive_flags))
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN || errno == EWOULDBLOCK { return !connection.hasRequest }
                return ended(connection, SystemFailure(errno).text)
            }
            if count == 0 {
                return ended(connection, "the server closed the connection before the answer was complete")
            }
            guard connection.state == .busy else {
                // An answer to nothing, for example 408 to an idle connection: it is of no use any more.
                connection.close()
                return true
            }
            let input = UnsafeRawBufferPointer(start: receiveBuffer.baseAddress, count: count)
            do throws(ResponseParser.Malformed) {
                let taken = try connection.parser.consume(input)
                guard connection.parser.isComplete else { continue }
                finish(connection, mayReuse: taken == count)
            } catch {
                fail(connection, "malformed", error.description)
            }
            return true
        }
    }

    /// The connection is gone. True always: nothing is under way on it any more.
    private func ended(_ connection: LoadConnection, _ reason: String) -> Bool {
        if connection.hasRequest {
            if connection.parser.close() {
                finish(connection, mayReuse: false)
            } else {
                fail(connection, "closed", reason)
            }
        } else {
            connection.close()
        }
        return true
    }

    // MARK: Ends of requests

    private func finish(_ connection: LoadConnection, mayReuse: Bool) {
        let now = clock()
        let status = connection.parser.status
        if (200..<300).contains(status) {
            current.result.latency.record(now &- min(connection.intended, now))
            current.result.successCount += 1
            if now < current.end { current.result.timelySuccessCount += 1 }
        } else {
            current.result.count(String(status), example: Self.text(connection.parser.excerpt))
        }
        busyCount -= 1
        if mayReuse, connection.parser.keepsAlive { connection.state = .idle } else { connection.close() }
        guard current.schedule == nil, now < current.end, current.result.startedCount < current.limit else {
            idle.append(connection.index)
            return
        }
        current.result.startedCount += 1
        begin(connection, intended: now)
    }

    private func fail(_ connection: LoadConnection, _ kind: String, _ example: String, rests: Bool = false) {
        current.result.count(kind, example: example)
        busyCount -= 1
        connection.close()
        if rests {
            restingCount += 1
            connection.state = .resting(until: clock() &+ Self.restNanoseconds)
        } else {
            idle.append(connection.index)
        }
    }

    /// Gives up requests over their time, sent or not, and wakes connections that rested.
    private func tick(_ now: UInt64) {
        for connection in connections {
            if case .resting(let until) = connection.state, now >= until {
                connection.state = .closed
                restingCount -= 1
                idle.append(connection.index)
            } else if connection.hasRequest, now &- min(connection.intended, now) >= timeout {
                current.result.latency.record(now &- connection.intended)
                fail(connection, "timeout", "no answer within \(timeout / 1_000_000) ms")
            }
        }
        while current.backlogCount > 0, now &- current.backlog[current.backlogHead] >= timeout {
            current.result.latency.record(now &- current.backlog[current.backlogHead])
            current.result.count(
                "timeout", example: "not sent within \(timeout / 1_000_000) ms: all connections were taken")
            current.backlogHead += 1
        }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
