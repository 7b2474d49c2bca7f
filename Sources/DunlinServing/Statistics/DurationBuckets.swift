/// Counts times in fixed buckets, for histograms that can be added up over servers. A value under its owner's lock.
package struct DurationBuckets: Sendable, Hashable {
    /// The longest time of each bucket in nanoseconds: from 2.5 µs, a small model that runs at once, to 10 s, a queue
    /// that is too long. A last bucket without bound follows.
    package static let bounds: [UInt64] = [
        2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000,
        10_000_000_000,
    ]

    /// `bounds` in seconds, as they are exported.
    package static let boundsInSeconds = bounds.map { Double($0) / 1e9 }

    /// Per bucket, not accumulated; the last is the one without bound.
    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// Of all times, in nanoseconds.
    package private(set) var sum: UInt64 = 0

    package init() {}

    package mutating func add(_ nanoseconds: UInt64) {
        counts[Self.index(of: nanoseconds)] &+= 1
        sum &+= nanoseconds
    }

    static func index(of nanoseconds: UInt64) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low &+ high) / 2
            if nanoseconds <= bounds[middle] { high = middle } else { low = middle &+ 1 }
        }
        return low
    }
}
