import Dispatch
import Glibc

/// A thread that runs one function and can be waited for.
struct TraceThread: Sendable {
    private let thread: pthread_t
    private let ended: DispatchSemaphore

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// `nil` when the system has no thread left.
    init?(_ run: @escaping @Sendable () -> Void) {
        var made = pthread_t()
        let ended = DispatchSemaphore(value: 0)
        let body = Unmanaged.passRetained(
            Body {
                run()
                ended.signal()
            })
        let result = pthread_create(
            &made, nil,
            { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            return nil
        }
        thread = made
        self.ended = ended
    }

    /// Waits for its end; a thread that takes longer, in the system's resolver for example, is left to itself.
    func join(milliseconds: Int) {
        if ended.wait(timeout: .now() + .milliseconds(milliseconds)) == .success {
            pthread_join(thread, nil)
        } else {
            pthread_detach(thread)
        }
    }
}
