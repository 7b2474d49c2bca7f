/// When the sockets of one turn of a loop became ready, as far as the loop can know.
///
/// What is ready is handed out in the order it became so, and a turn takes all of it. So when the loop did not have to
/// wait, its sockets became ready one after another while the turn before was served; otherwise, just now. All times
/// are nanoseconds of the monotonic clock.
struct TurnClock: Sendable {
    /// A wait that took longer was one for something to become ready, and not only a look at what is.
    static let lookNanoseconds: UInt64 = 100_000

    private var previousStart: UInt64 = 0
    private var waitStart: UInt64 = 0
    private var count: UInt64 = 0
    /// When this turn began.
    private(set) var start: UInt64 = 0

    /// The turn is over, and the loop looks for what is ready.
    mutating func wait(at now: UInt64) { waitStart = now }

    /// The next turn begins, with `count` ready sockets.
    mutating func begin(at now: UInt64, count: Int) {
        let hasWaited = start == 0 || now &- waitStart > Self.lookNanoseconds
        previousStart = hasWaited ? now : start
        if hasWaited { waitStart = now }
        start = now
        self.count = UInt64(max(count, 1))
    }

    /// When the socket at `index` of this turn's ones became ready.
    func arrival(_ index: Int) -> UInt64 {
        previousStart + (waitStart - previousStart) / count * UInt64(index)
    }
}
