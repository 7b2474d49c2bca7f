import Glibc
import Synchronization

/// Counts observations in fixed buckets. Any thread may observe.
///
/// A reader may see an observation in its bucket a moment before it is part of the sum.
package final class Histogram: Sendable {
    /// Seconds, from 100 µs to 10 s: the span between a small model on an idle machine and a queue that is too long.
    package static let secondsBounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// The largest value of each bucket, ascending; a last bucket without bound follows.
    package let bounds: [Double]
    private let buckets: Cells
    private let sumBits = Atomic<UInt64>(0)

    /// - Precondition: `bounds` ascend strictly and are finite.
    package init(bounds: [Double] = Histogram.secondsBounds) {
        precondition(bounds.allSatisfy(\.isFinite), "histogram bounds must be finite")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "histogram bounds must ascend")
        self.bounds = bounds
        buckets = Cells(count: bounds.count + 1)
    }

    /// Counts `value`; a value that is not a number is dropped, since it belongs into no bucket.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        buckets.add(low)
        var expected = sumBits.load(ordering: .relaxed)
        while true {
            let desired = (Double(bitPattern: expected) + value).bitPattern
            let (exchanged, original) = sumBits.weakCompareExchange(
                expected: expected, desired: desired, ordering: .relaxed)
            if exchanged { return }
            expected = original
        }
    }

    /// In seconds.
    package func observe(_ duration: Duration) {
        let parts = duration.components
        observe(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    /// Observations per bucket, not accumulated; the last is the one without bound.
    package var counts: [Int] { (0...bounds.count).map { buckets.load($0) } }

    package var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }
}

/// A fixed row of atomic counters.
///
/// `@unchecked Sendable` because `cells` is only reached through atomic operations between `init` and `deinit`.
private final class Cells: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<Int>>
    private let count: Int

    init(count: Int) {
        self.count = count
        cells = .allocate(capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    func add(_ index: Int) {
        precondition(index >= 0 && index < count, "bucket out of range")
        cells[index].wrappingAdd(1, ordering: .relaxed)
    }

    func load(_ index: Int) -> Int {
        precondition(index >= 0 && index < count, "bucket out of range")
        return cells[index].load(ordering: .relaxed)
    }
}
