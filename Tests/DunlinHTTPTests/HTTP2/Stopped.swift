import Dispatch

/// Something that another thread does, and that a test waits for.
final class Stopped: Sendable {
    private let work = DispatchGroup()
    /// Of its own: the threads that all share may all be waiting.
    private let queue = DispatchQueue(label: "stopped")

    func run(_ body: @escaping @Sendable () -> Void) { queue.async(group: work, execute: body) }

    /// False when it does not end in time.
    func wait(seconds: Int = 30) -> Bool { work.wait(timeout: .now() + .seconds(seconds)) == .success }
}
