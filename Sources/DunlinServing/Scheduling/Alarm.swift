import Dispatch

/// Calls back once when a moment has come; setting it again replaces the moment.
///
/// A protocol, so that tests can let moments come when they like.
protocol Alarm: Sendable {
    /// - Parameter moment: Nanoseconds of the scheduler's clock; `now` is the same clock's time.
    func set(at moment: UInt64, now: UInt64)
}

/// An alarm on a queue of its own. It fires at most `leeway` late by choice, so that close moments share one waking.
///
/// `@unchecked Sendable` because `timer` does not change and a dispatch source may be used from any thread.
final class QueueAlarm: Alarm, @unchecked Sendable {
    private static let leeway = DispatchTimeInterval.microseconds(50)
    private let timer: any DispatchSourceTimer

    /// - Parameter body: Runs on the queue, never during `set`.
    init(label: String, _ body: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: label, qos: .userInitiated))
        timer.setEventHandler(handler: body)
        timer.schedule(deadline: .distantFuture)
        timer.activate()
    }

    deinit { timer.cancel() }

    func set(at moment: UInt64, now: UInt64) {
        let nanoseconds = moment > now ? Int(clamping: moment - now) : 0
        timer.schedule(deadline: .now() + .nanoseconds(nanoseconds), leeway: Self.leeway)
    }
}

/// An alarm that is made when a moment is first asked for, and set to the earliest of those that have not come.
///
/// Belongs to a scheduler's state, under its lock.
struct EarliestAlarm {
    typealias Maker = @Sendable (_ body: @escaping @Sendable () -> Void) -> any Alarm

    private let make: Maker
    private var alarm: (any Alarm)?
    /// When it is set to ring.
    private var moment = UInt64.max

    /// - Parameter make: `nil`: a timer whose queue has the label.
    init(label: String, _ make: Maker?) { self.make = make ?? { QueueAlarm(label: label, $0) } }

    /// Sees to it that `body`, which is the same each time, is called then or earlier.
    mutating func set(
        at moment: UInt64, _ clock: MonotonicClock, _ body: @autoclosure () -> @Sendable () -> Void
    ) {
        guard moment < self.moment else { return }
        self.moment = moment
        let alarm = self.alarm ?? make(body())
        alarm.set(at: moment, now: clock())
        self.alarm = alarm
    }

    /// Notes that it rang.
    mutating func rang() { moment = .max }
}
