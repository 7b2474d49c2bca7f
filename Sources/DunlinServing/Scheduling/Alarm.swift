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
