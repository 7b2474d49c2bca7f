import Dispatch
import DunlinInference

/// Looks at the repository again and again, and has the registry load and unload what changed.
///
/// `@unchecked Sendable` because its variables are touched on the registry's queue only: `begin` and the timer run there,
/// which `look` checks.
final class RepositoryPolling: @unchecked Sendable {
    private weak var registry: ModelRegistry?
    private let repository: ModelRepository
    private let period: UInt64
    private let queue: DispatchQueue
    private let clock: MonotonicClock
    /// Made when it is activated: one that never is must not be released.
    private var timer: (any DispatchSourceTimer)?
    private var notifier: RepositoryNotifier?
    private var watch: RepositoryWatch
    /// When the timer will call, in nanoseconds of `clock`.
    private var nextLook = UInt64.max
    private var isUnreadable = false

    init(_ registry: ModelRegistry, _ repository: ModelRepository) {
        self.registry = registry
        self.repository = repository
        queue = registry.queue
        clock = registry.clock
        period = Self.nanoseconds(registry.configuration.pollPeriod)
        watch = RepositoryWatch(settlePeriod: Self.nanoseconds(registry.configuration.settlePeriod))
    }

    deinit { timer?.cancel() }

    /// Looks for the first time.
    ///
    /// - Returns: The models to load at start. Further looks begin with `resume`.
    func begin() throws(InferError) -> [String] {
        dispatchPrecondition(condition: .onQueue(queue))
        let looks = try repository.look()
        notifier = RepositoryNotifier(queue: queue) { [weak self] in self?.hint() }
        notifier?.watch(looks.directories)
        return watch.begin(looks.models)
    }

    /// Looks again from now on.
    func resume() {
        dispatchPrecondition(condition: .onQueue(queue))
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [weak self] in self?.look() }
        self.timer = timer
        schedule(Swift.min(clock() &+ period, nextLook))
        timer.activate()
    }

    /// Something changed: look when the changes have had a moment to gather.
    private func hint() {
        let wanted = clock() &+ watch.gatherPeriod
        if wanted < nextLook { schedule(wanted) }
    }

    private func look() {
        dispatchPrecondition(condition: .onQueue(queue))
        guard let registry, !registry.isStopped else {
            timer?.cancel()
            return
        }
        do throws(InferError) {
            let looks = try repository.look()
            isUnreadable = false
            notifier?.watch(looks.directories)
            for action in watch.actions(for: looks.models, at: clock()) {
                switch action {
                case .load(let name): registry.loadPolled(name)
                case .unload(let name): registry.unloadPolled(name)
                }
            }
            registry.forgetModels(notIn: Set(looks.models.keys))
        } catch {
            // What serves goes on: a mount that is away for a moment is no wish to unload everything.
            if !isUnreadable { registry.log.write(.warning, "the repository is not polled: \(error.message)") }
            isUnreadable = true
            watch.noteFailedLook()
        }
        schedule(watch.nextLook(after: clock(), period: period))
    }

    private func schedule(_ time: UInt64) {
        nextLook = time
        let now = clock()
        timer?.schedule(deadline: .now() + .nanoseconds(Int(clamping: time > now ? time &- now : 0)))
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(Swift.min(Swift.max(0, duration / .nanoseconds(1)), 1e18))
    }
}
