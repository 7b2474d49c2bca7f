import CDunlinKernels
import Dispatch
import Glibc
import Synchronization

/// Threads that share the work of one large kernel: the caller's, and others that wait between two kernels.
///
/// A waiting thread looks for work for `spinTime` and then sleeps, so a model at rest costs nothing. Only one kernel at
/// a time is shared: a caller that finds the pool taken does all its parts itself, so that models that run at once
/// neither wait for each other nor use more threads than there are.
///
/// `@unchecked Sendable`: `job` and `partCount` are written by the thread that holds `isTaken`, while no worker is
/// inside (`gate` is closed), and read by workers inside only; `KernelPoolTests` checks it, under ThreadSanitizer too.
package final class KernelPool: @unchecked Sendable {
    /// How long a thread looks for the next kernel before it sleeps.
    package static let spinTime: Duration = .microseconds(50)
    /// The most threads, the caller's included.
    package static let mostThreads = 256

    /// The process's pool. It has no threads but the callers' until a model asks for some.
    package static let shared = KernelPool()

    /// Worker threads that were started.
    private let workers = Atomic(0)
    /// Whether a kernel is being shared.
    private let isTaken = Atomic(false)
    /// Twice the number of workers inside, and 1 while workers may enter.
    private let gate = Atomic(0)
    /// Counts the kernels shared so far.
    private let generation = Atomic(0)
    /// The most workers that may be inside.
    private let mostInside = Atomic(0)
    private let nextPart = Atomic(0)
    private let sleeping = Atomic(0)
    private let wake = DispatchSemaphore(value: 0)
    /// The closure that is shared, in the caller's frame.
    private var job: UnsafeRawPointer?
    private var partCount = 0

    package init() {}

    /// Threads that share a kernel, the caller's included.
    package var threadCount: Int { workers.load(ordering: .relaxed) + 1 }

    /// Starts threads until there are `threadCount`, the caller's included; they last as long as the process.
    ///
    /// - Parameter threadCount: In 1...`mostThreads`.
    package func reserve(threadCount: Int) {
        precondition((1...Self.mostThreads).contains(threadCount), "a pool of \(threadCount) threads")
        while true {
            let started = workers.load(ordering: .relaxed)
            guard started + 1 < threadCount else { return }
            guard workers.compareExchange(expected: started, desired: started + 1, ordering: .relaxed).exchanged
            else { continue }
            if !startWorker() {
                workers.subtract(1, ordering: .relaxed)
                return
            }
        }
    }

    /// Calls `body` once for each part, on several threads at a time; returns when all are done.
    ///
    /// - Parameter threads: The most threads to use, the caller's included.
    package func run(_ parts: Int, threads: Int, _ body: (Int) -> Void) {
        guard parts > 1, threads > 1, threadCount > 1,
            !isTaken.exchange(true, ordering: .sequentiallyConsistent)
        else {
            for part in 0..<parts { body(part) }
            return
        }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { share($0, parts, threads) }
        }
        isTaken.store(false, ordering: .sequentiallyConsistent)
    }

    private func share(_ body: UnsafePointer<(Int) -> Void>, _ parts: Int, _ threads: Int) {
        job = UnsafeRawPointer(body)
        partCount = parts
        nextPart.store(0, ordering: .relaxed)
        let others = min(threads, parts) - 1
        mostInside.store(others, ordering: .relaxed)
        gate.store(1, ordering: .sequentiallyConsistent)
        generation.add(1, ordering: .sequentiallyConsistent)
        wakeWorkers(others)
        takeParts(UnsafeRawPointer(body), parts)
        close()
        job = nil
    }

    /// Calls the closure at an address. Behind a function pointer, so that no reference to it outlives the call: the
    /// caller may be gone as soon as the last worker has left.
    private static let call: @convention(c) (UnsafeRawPointer, Int) -> Void = { body, part in
        body.assumingMemoryBound(to: ((Int) -> Void).self).pointee(part)
    }

    private func takeParts(_ job: UnsafeRawPointer, _ parts: Int) {
        let call = Self.call
        while true {
            let part = nextPart.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
            guard part < parts else { return }
            call(job, part)
        }
    }

    /// Lets nobody in any more and waits for those inside, who are at their last part.
    private func close() {
        gate.subtract(1, ordering: .sequentiallyConsistent)
        var turns = 0
        while gate.load(ordering: .sequentiallyConsistent) != 0 {
            pause(&turns)
        }
    }

    private func wakeWorkers(_ count: Int) {
        var count = count
        while count > 0 {
            let sleepers = sleeping.load(ordering: .sequentiallyConsistent)
            guard sleepers > 0 else { return }
            if sleeping.compareExchange(
                expected: sleepers, desired: sleepers - 1, ordering: .sequentiallyConsistent
            ).exchanged {
                wake.signal()
                count -= 1
            }
        }
    }

    // MARK: Workers

    /// Whether the system gave the thread; without it the others do its parts.
    private func startWorker() -> Bool {
        var thread = pthread_t()
        let pool = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { pool in
                Unmanaged<KernelPool>.fromOpaque(pool!).takeUnretainedValue().work()
                return nil
            }, pool.toOpaque())
        guard code == 0 else {
            pool.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func work() {
        var seen = 0
        while true {
            waitForWork(after: &seen)
            guard enter() else { continue }
            if let job { takeParts(job, partCount) }
            gate.subtract(2, ordering: .sequentiallyConsistent)
        }
    }

    private func enter() -> Bool {
        while true {
            let state = gate.load(ordering: .sequentiallyConsistent)
            guard state & 1 == 1, state / 2 < mostInside.load(ordering: .relaxed) else { return false }
            if gate.compareExchange(expected: state, desired: state + 2, ordering: .sequentiallyConsistent).exchanged {
                return true
            }
        }
    }

    private func waitForWork(after seen: inout Int) {
        let end = ContinuousClock.now + Self.spinTime
        var turns = 0
        while true {
            let now = generation.load(ordering: .sequentiallyConsistent)
            if now != seen {
                seen = now
                return
            }
            pause(&turns)
            if turns % 64 == 0, ContinuousClock.now > end { break }
        }
        sleeping.add(1, ordering: .sequentiallyConsistent)
        // A kernel that came meanwhile may not have seen this sleeper.
        if generation.load(ordering: .sequentiallyConsistent) == seen || !takeBackSleep() { wake.wait() }
        seen = generation.load(ordering: .sequentiallyConsistent)
    }

    /// Whether this thread need not sleep after all; otherwise its wake-up call is under way.
    private func takeBackSleep() -> Bool {
        while true {
            let sleepers = sleeping.load(ordering: .sequentiallyConsistent)
            guard sleepers > 0 else { return false }
            if sleeping.compareExchange(
                expected: sleepers, desired: sleepers - 1, ordering: .sequentiallyConsistent
            ).exchanged {
                return true
            }
        }
    }

    /// A turn of a waiting loop; gives the CPU away now and then, where there are more threads than CPUs.
    @inline(__always)
    private func pause(_ turns: inout Int) {
        turns += 1
        dk_pause()
        if turns % 256 == 0 { sched_yield() }
    }
}
