/// How many frames a client may send that carry no request: pure, the time is a parameter.
///
/// Each such frame costs the server work, and some make it answer, so they are paid out of a budget that time, requests and
/// answers refill. Who overdraws it is told `ENHANCE_YOUR_CALM`, and its connection is closed. Cancelled requests are counted
/// apart: each has made the server begin its work.
struct FrameBudget {
    /// Control frames that may come at once.
    static let maxControlCount = 1000
    /// Control frames that each second gives, without any request.
    static let controlCountPerSecond = 100
    /// What a request gives, and each piece of a streamed answer: its window updates, pings and small pieces.
    static let controlCountPerRequest = 16
    /// What so many bytes of an answer give, since clients acknowledge them.
    static let answerByteCountPerControl = 1024
    /// Requests that may be cancelled, or that fail for the client's own fault, at once.
    static let maxResetCount = 500
    static let resetCountPerSecond = 100

    private var control = Bucket(FrameBudget.maxControlCount)
    private var resets = Bucket(FrameBudget.maxResetCount)

    /// Takes one control frame; false when there were too many.
    mutating func takeControl(at now: Int64) -> Bool {
        control.take(at: now, perSecond: Self.controlCountPerSecond)
    }

    /// Takes one reset stream; false when there were too many.
    mutating func takeReset(at now: Int64) -> Bool { resets.take(at: now, perSecond: Self.resetCountPerSecond) }

    /// A whole request came.
    mutating func addRequest() { control.add(Self.controlCountPerRequest) }

    /// A piece of a stream was answered, which costs its client the frames of a request.
    mutating func addPiece() { addRequest() }

    /// Bytes of answers went out.
    mutating func addAnswer(byteCount: Int) { control.addShare(byteCount, of: Self.answerByteCountPerControl) }

    private struct Bucket {
        private let capacity: Int
        private var count: Int
        private var share = 0
        private var last: Int64?

        init(_ capacity: Int) {
            self.capacity = capacity
            count = capacity
        }

        mutating func add(_ extra: Int) { count = min(capacity, count + extra) }

        mutating func addShare(_ part: Int, of whole: Int) {
            share += part
            if share >= whole {
                add(min(capacity, share / whole))
                share %= whole
            }
        }

        /// - Parameter now: Milliseconds of a clock that only goes forward.
        mutating func take(at now: Int64, perSecond: Int) -> Bool {
            let passed = max(0, min(now - (last ?? now), 60_000))
            let earned = Int(passed) * perSecond / 1000
            if last == nil || earned > 0 {
                add(earned)
                last = now
            }
            guard count > 0 else { return false }
            count -= 1
            return true
        }
    }
}
