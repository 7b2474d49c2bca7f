/// When an answer went out, in nanoseconds of `CLOCK_MONOTONIC`.
package struct SendingTimes: Sendable, Equatable {
    /// When its first bytes were written; 0 when none were.
    package var start: UInt64 = 0
    /// When the operating system had taken its last byte, or the connection ended.
    package var end: UInt64 = 0
    /// The answer's status; 0 when there was none.
    package var status = 0
    /// Whether the operating system took all of it.
    package var isSent = false

    package init(start: UInt64 = 0, end: UInt64 = 0, status: Int = 0, isSent: Bool = false) {
        (self.start, self.end, self.status, self.isSent) = (start, end, status, isSent)
    }
}

/// Watches one answer on its way out.
///
/// `@unchecked Sendable` because everything is touched on the thread of the connection's loop only, once the watch has
/// begun there: `Connection.watch` checks it, and the connection alone holds it after that.
final class Sending: @unchecked Sendable {
    private var times = SendingTimes()
    private var action: (@Sendable (SendingTimes) -> Void)?

    init(_ action: @escaping @Sendable (SendingTimes) -> Void) { self.action = action }

    /// Notes the first part of the answer.
    func begin(_ part: AnswerPart) {
        guard times.start == 0 else { return }
        times.start = TimingSwitch.nanoseconds()
        switch part {
        case .whole(let response), .begin(let response): times.status = response.status
        case .bytes, .end, .abandoned: break
        }
    }

    /// Tells who waits; the second call does nothing.
    func finish(isSent: Bool) {
        guard let action = action.take() else { return }
        times.end = TimingSwitch.nanoseconds()
        times.isSent = isSent
        action(times)
    }
}
