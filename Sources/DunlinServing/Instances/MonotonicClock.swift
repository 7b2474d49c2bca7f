import Glibc

/// Nanoseconds of a clock that never goes back. A function, so that tests can turn the hands.
package typealias MonotonicClock = @Sendable () -> UInt64

/// `CLOCK_MONOTONIC`; about 20 ns a call.
@Sendable package func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
}
