import Dispatch
import Glibc
import Synchronization

/// Why a server ends: SIGTERM, SIGINT, SIGHUP (its terminal was closed), or a start that failed. A second SIGINT ends the
/// process at once: who presses Ctrl-C twice does not want to wait for requests.
///
/// The signals are blocked before any other thread exists, so that each thread inherits the mask and a signal that
/// comes early waits for the one thread that takes it.
final class Ending: Sendable {
    enum Reason: Sendable { case signal(String), failure(String) }

    private let arrived = DispatchSemaphore(value: 0)
    private let reason = Mutex<Reason?>(nil)

    init() {
        signal(SIGPIPE, SIG_IGN)
        // Before it is blocked: `nohup` has it ignored, and that is meant.
        let taken = Self.names.keys.filter { $0 != SIGHUP || !Self.isIgnored(SIGHUP) }
        var blocked = Self.set(taken)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        // A queue of its own, because the thread it takes waits for as long as the server runs.
        DispatchQueue(label: "dunlin.signals").async { [self] in
            var signals = Self.set(taken)
            var isInterrupted = false
            while true {
                var number: Int32 = 0
                guard sigwait(&signals, &number) == 0 else { continue }
                if number == SIGINT {
                    if isInterrupted { _exit(128 + SIGINT) }
                    isInterrupted = true
                }
                end(.signal(Self.names[number] ?? "signal \(number)"))
            }
        }
    }

    private static let names: [Int32: String] = [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP"]

    private static func set(_ numbers: [Int32]) -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        return signals
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is the number 1 in the place of a function.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
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
