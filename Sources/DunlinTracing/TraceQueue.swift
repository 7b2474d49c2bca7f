import Glibc

/// What waits for one thread: bounded, so that a slow disk or collector costs traces and not memory.
///
/// `@unchecked Sendable` because everything but the lock is touched with `lock` held only; each method takes it.
final class TraceQueue<Element: Sendable>: @unchecked Sendable {
    private let limit: Int
    private var elements: [Element] = []
    private var isClosed = false
    /// How many elements the taker sleeps for; it is not woken for fewer.
    private var awaited = Int.max
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// - Returns: False when there is no room, or nobody takes any more.
    func push(_ element: Element) -> Bool {
        locked {
            guard !isClosed, elements.count < limit else { return false }
            elements.append(element)
            if elements.count >= awaited { pthread_cond_signal(changed) }
            return true
        }
    }

    /// No more is taken in; what is there can still be taken out.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    enum Taken { case elements([Element]), timeIsUp, end }

    /// Waits until `wanted` elements are there, the time is up, or the queue is closed, and takes them.
    ///
    /// - Parameters:
    ///   - most: How many are taken at once.
    ///   - deadline: Nanoseconds of `CLOCK_MONOTONIC`; what is there is taken then.
    func take(_ wanted: Int = 1, most: Int, until deadline: UInt64 = .max) -> Taken {
        locked {
            awaited = wanted
            defer { awaited = .max }
            while elements.count < wanted, !isClosed {
                guard wait(until: deadline) else { break }
            }
            if elements.isEmpty { return isClosed ? .end : .timeIsUp }
            let taken = Array(elements.prefix(most))
            elements.removeFirst(taken.count)
            return .elements(taken)
        }
    }

    /// Sleeps, unless the queue is closed before that.
    ///
    /// - Returns: Whether it was closed.
    func sleep(until deadline: UInt64) -> Bool {
        locked {
            while !isClosed, TraceClock.now() < deadline {
                guard wait(until: deadline) else { break }
            }
            return isClosed
        }
    }

    /// False when the time is up.
    private func wait(until deadline: UInt64) -> Bool {
        guard deadline != .max else { return pthread_cond_wait(changed, lock) == 0 }
        var time = timespec(
            tv_sec: Int(clamping: deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        return pthread_cond_timedwait(changed, lock, &time) == 0
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}

package enum TraceClock {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// What makes nanoseconds since 1970 of those.
    package static func epochOffset() -> UInt64 { read(CLOCK_REALTIME) &- read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }
}
