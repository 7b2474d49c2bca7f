import Dispatch
import Glibc
import Synchronization

/// Why a server ends: SIGTERM, SIGINT, or a start that failed.
///
/// The signals are blocked before any other thread exists, so that each thread inherits the mask and a signal that
/// comes early waits for the one thread that takes it.
final class Ending: Sendable {
    enum Reason: Sendable { case signal(String), failure(String) }

    private let arrived = DispatchSemaphore(value: 0)
    private let reason = Mutex<Reason?>(nil)

    init() {
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A queue of its own, because the thread it takes waits for as long as the server runs.
        DispatchQueue(label: "dunlin.signals").async { [self] in
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGTERM)
            sigaddset(&signals, SIGINT)
            var number: Int32 = 0
            while sigwait(&signals, &number) != 0 {}
            end(.signal(number == SIGTERM ? "SIGTERM" : "SIGINT"))
        }
    }

    func fail(_ problem: String) { end(.failure(problem)) }

    /// Blocks until one of the reasons is there; the first counts.
    func wait() -> Reason {
        arrived.wait()
        return reason.withLock { $0! }
    }

    private func end(_ new: Reason) {
        reason.withLock { $0 = $0 ?? new }
        arrived.signal()
    }
}
