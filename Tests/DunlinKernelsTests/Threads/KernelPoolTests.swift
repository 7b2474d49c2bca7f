import DunlinKernels
import Glibc
import Synchronization
import Testing

@Suite struct KernelPoolTests {
    private static func pool(_ threadCount: Int) -> KernelPool {
        let pool = KernelPool()
        pool.reserve(threadCount: threadCount)
        return pool
    }

    @Test(arguments: [1, 2, 3, 8]) func everyPartIsDoneOnce(threads: Int) {
        let pool = Self.pool(threads)
        for parts in [0, 1, 2, 3, 17, 400] {
            let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: parts)
            defer { counts.deallocate() }
            counts.initialize(repeating: 0)
            nonisolated(unsafe) let target = counts
            for _ in 0..<50 { pool.run(parts, threads: threads) { target[$0] += 1 } }
            #expect(counts.allSatisfy { $0 == 50 })
        }
    }

    @Test func theOtherThreadsWorkToo() {
        let pool = Self.pool(2)
        let (arrived, met) = (Count(), Count())
        // Each part waits until the other has begun: one thread alone would find the first part waiting in vain.
        pool.run(2, threads: 2) { _ in
            arrived.value.add(1, ordering: .sequentiallyConsistent)
            let clock = ContinuousClock()
            let end = clock.now + .seconds(30)
            while arrived.value.load(ordering: .sequentiallyConsistent) < 2 {
                guard clock.now < end else { return }
                sched_yield()
            }
            met.value.add(1, ordering: .relaxed)
        }
        #expect(met.value.load(ordering: .relaxed) == 2)
    }

    @Test func aPartMayAskForPartsOfItsOwn() {
        let pool = Self.pool(3)
        let count = Atomic(0)
        pool.run(5, threads: 3) { _ in
            pool.run(7, threads: 3) { _ in count.add(1, ordering: .relaxed) }
        }
        #expect(count.load(ordering: .relaxed) == 35)
    }

    @Test func callersAtTheSameTimeDoNotMixTheirParts() {
        let pool = Self.pool(2)
        let callers = Self.pool(4)
        let sums = (0..<4).map { _ in Count() }
        callers.run(4, threads: 4) { caller in
            for _ in 0..<200 {
                pool.run(10, threads: 2) { sums[caller].value.add($0, ordering: .relaxed) }
            }
        }
        #expect(sums.map { $0.value.load(ordering: .relaxed) } == [9000, 9000, 9000, 9000])
    }

    @Test func aPoolGrowsAndNeverShrinks() {
        let pool = KernelPool()
        #expect(pool.threadCount == 1)
        pool.reserve(threadCount: 3)
        pool.reserve(threadCount: 2)
        #expect(pool.threadCount == 3)
        #expect(Threads(pool, count: 8).count == 3)
        #expect(Threads(pool, count: 0).count == 1)
    }

    @Test func smallWorkIsNotSplit() {
        let threads = Threads(Self.pool(4), count: 4)
        #expect(threads.count(for: 2 * Threads.leastWork - 1) == 1)
        #expect(threads.count(for: 2 * Threads.leastWork) == 2)
        #expect(threads.count(for: 400 * Threads.leastWork) == 4)
        #expect(Threads.one.count(for: .max) == 1)
    }

    @Test func aSplitCoversEverythingInWholeUnits() {
        let threads = Threads(Self.pool(4), count: 4)
        for (total, unit) in [(0, 8), (1, 8), (64, 8), (65, 8), (13, 1), (7, 3)] {
            let ranges = Mutex<[Range<Int>]>([])
            threads.split(total, unit: unit, work: .max) { range in ranges.withLock { $0.append(range) } }
            let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
            #expect(sorted.flatMap { Array($0) } == Array(0..<total))
            #expect(sorted.dropLast().allSatisfy { $0.upperBound % unit == 0 })
        }
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }
}
