#if DUNLIN_TSAN
    import Glibc

    /// Stands in for `Synchronization.Mutex` in thread sanitizer runs (`scripts/sanitize.sh thread`).
    ///
    /// Every module with a lock holds a link to this file: a module's own type wins over an imported one.
    ///
    /// The library's own lock takes its slow path in code that is not instrumented, so the sanitizer sees no order
    /// between two contended critical sections and reports each pair as a race. It does know `pthread_mutex_t`.
    ///
    /// `@unchecked Sendable` because `value` is touched only between lock and unlock in `withLock`; the sanitizer checks
    /// it.
    final class Mutex<Value: ~Copyable>: @unchecked Sendable {
        private var value: Value
        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        init(_ value: consuming Value) {
            self.value = value
            pthread_mutex_init(lock, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            lock.deallocate()
        }

        func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return try body(&value)
        }
    }
#endif
