import Dispatch

/// Something that another thread does, and that a test waits for.
final class Stopped: Sendable {
    private let done = DispatchSemaphore(value: 0)

    func run(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global().async {
            body()
            self.done.signal()
        }
    }

    func wait() { done.wait() }
}
