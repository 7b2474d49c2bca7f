import CDunlinSystem
import Glibc
import Synchronization

/// Whether requests say when they were received. Asked once for each request, so it is one relaxed load while it is off.
package final class TimingSwitch: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    package var isOn: Bool { flag.load(ordering: .relaxed) }

    package func set(_ isOn: Bool) { flag.store(isOn, ordering: .relaxed) }

    /// Of `CLOCK_MONOTONIC`.
    package static func nanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }
}
