import CDunlinSystem
import DunlinBytes

/// What one client has not taken yet, and the way out to its socket.
struct OutputQueue {
    /// Bytes written in one turn before other connections get theirs.
    static let writeBudget = 4 << 20
    /// Segments given to one `sendmsg`.
    static let maxSegmentCount = 64

    private let stream: SocketStream
    private var queued = SegmentQueue()
    /// The socket took no more; it says by an event when it does again.
    var isBlocked = false
    /// Bytes the socket took, in all.
    private var sentByteCount = 0
    /// The client's pace since something waits; `nil` when it was not looked at yet.
    private var pace: (began: Int64, firstCount: Int, lastProgress: Int64, lastCount: Int)?

    init(_ stream: SocketStream) { self.stream = stream }

    var isEmpty: Bool { queued.isEmpty }
    var byteCount: Int { queued.byteCount }

    /// Sends `first` and then `segments`, or lets them wait behind what waits already. `first` is copied when it
    /// has to wait. False when the connection is broken.
    mutating func send(_ first: UnsafeRawBufferPointer, _ segments: ArraySlice<Bytes>) -> Bool {
        if isEmpty && segments.isEmpty {
            let sent = write(first)
            if sent == first.count { return true }
            guard sent >= 0 else { return false }
            queued.append(Bytes(copying: UnsafeRawBufferPointer(rebasing: first[sent...])))
            return true
        }
        let isFresh = isEmpty
        queued.append(Bytes(copying: first))
        for segment in segments { queued.append(segment) }
        return isFresh ? drain() : true
    }

    /// Sends what waits until it is gone, the socket takes no more or the budget is used up. False when the
    /// connection is broken.
    mutating func drain() -> Bool {
        var budget = Self.writeBudget
        while !isEmpty && !isBlocked && budget > 0 {
            let sent = writeWaiting(limit: budget)
            guard sent >= 0 else { return false }
            budget -= sent
            queued.take(sent)
            if isEmpty { pace = nil }
        }
        return true
    }

    /// Lets `bytes` wait behind what waits already.
    mutating func queue(_ bytes: Bytes) { queued.append(bytes) }

    mutating func removeAll() {
        queued.removeAll()
        pace = nil
    }

    /// Whether the client takes what waits: something within `timeout`, and no less than `least` over time. What it
    /// took is what the socket has no more; the queue itself moves in large steps.
    ///
    /// - Parameters: Times are milliseconds of the loop's clock.
    mutating func keepsPace(_ least: Pace, timeout: Int64, now: Int64) -> Bool {
        let taken = sentByteCount - max(0, Int(dunlin_unsent_count(stream.descriptor)))
        var pace = self.pace ?? (now, taken, now, taken)
        if taken > pace.lastCount {
            pace.lastCount = taken
            pace.lastProgress = now
        }
        self.pace = pace
        return now - pace.lastProgress < timeout && !least.isTooSlow(taken - pace.firstCount, in: now - pace.began)
    }

    /// Bytes the socket took, or -1 when it is broken.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int { judge(stream.send(bytes)) }

    private mutating func writeWaiting(limit: Int) -> Int { judge(stream.send(queued.waiting, most: limit)) }

    private mutating func judge(_ outcome: SocketStream.Output) -> Int {
        switch outcome {
        case .bytes(let sent):
            sentByteCount += sent
            return sent
        case .blocked:
            isBlocked = true
            return 0
        case .broken: return -1
        }
    }
}
