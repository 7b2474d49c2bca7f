import Dispatch
import Glibc

/// Tells soon after something changes in some directories, by inotify.
///
/// Only a hint, never a truth: where the kernel gives no watches, or forgets some, the next look of the poll finds what
/// changed. `@unchecked Sendable` because `watches` is touched on `queue` only, which `watch` checks.
final class RepositoryNotifier: @unchecked Sendable {
    private let queue: DispatchQueue
    private let descriptor: Int32
    private let source: any DispatchSourceRead
    private var watches: Set<Int32> = []

    /// Directories watched at once; the rest waits for the poll.
    static let maxWatchCount = 16_384

    private static let events =
        UInt32(IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE)

    /// - Parameters:
    ///   - queue: Where `onChange` is called.
    ///   - onChange: Called after one or more changes.
    /// - Returns: `nil` when the kernel gives no inotify descriptor.
    init?(queue: DispatchQueue, onChange: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init()
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        self.queue = queue
        self.descriptor = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            // What changed does not matter: a look follows.
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            while read(descriptor, &buffer, buffer.count) > 0 {}
            onChange()
        }
        source.setCancelHandler { close(descriptor) }
        source.activate()
    }

    deinit { source.cancel() }

    /// Watches these directories and no others.
    ///
    /// - Returns: Whether all of them are watched.
    @discardableResult
    func watch(_ directories: [String]) -> Bool {
        dispatchPrecondition(condition: .onQueue(queue))
        var current: Set<Int32> = []
        for directory in directories.prefix(Self.maxWatchCount) {
            // The same directory gives the same number again.
            let number = inotify_add_watch(descriptor, directory, Self.events)
            if number >= 0 { current.insert(number) }
        }
        for former in watches.subtracting(current) { inotify_rm_watch(descriptor, former) }
        watches = current
        return current.count == directories.count
    }
}
