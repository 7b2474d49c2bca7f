/// Counts times in buckets whose width grows with the time: percentiles from any number of requests, in fixed memory.
///
/// Times are exact below 512 ns; above, a bucket is at most 1/256 of its lower edge wide, so what is reported is at most
/// 0.4 % too high and never too low. The idea is that of HdrHistogram.
package struct LatencyHistogram: Sendable, Equatable {
    /// Buckets per power of two: 2 to this.
    static let precisionBits: UInt64 = 8
    /// Buckets that 64 bits of nanoseconds need.
    static let bucketCount = Int((64 - precisionBits) << precisionBits) + (1 << precisionBits)

    private var buckets = [UInt64](repeating: 0, count: bucketCount)
    package private(set) var count: UInt64 = 0
    private var sum = 0.0
    /// 0 when nothing was counted.
    package private(set) var max: UInt64 = 0
    private var least = UInt64.max

    package init() {}

    package var min: UInt64 { count == 0 ? 0 : least }

    /// In nanoseconds; 0 when nothing was counted.
    package var mean: Double { count == 0 ? 0 : sum / Double(count) }

    /// Counts one time, in nanoseconds.
    package mutating func record(_ nanoseconds: UInt64) {
        buckets[Self.index(of: nanoseconds)] += 1
        count += 1
        sum += Double(nanoseconds)
        max = Swift.max(max, nanoseconds)
        least = Swift.min(least, nanoseconds)
    }

    /// Counts what `other` counted.
    package mutating func add(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
        sum += other.sum
        max = Swift.max(max, other.max)
        least = Swift.min(least, other.least)
    }

    /// A time that at least `share` of all are not above, in nanoseconds: the upper edge of its bucket, never more than
    /// the largest time counted. 0 when nothing was counted.
    ///
    /// - Precondition: `share` is in 0...1.
    package func percentile(_ share: Double) -> UInt64 {
        precondition((0...1).contains(share), "a percentile is a share of all, from 0 to 1")
        guard count > 0 else { return 0 }
        let rank = Swift.max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, number) in buckets.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return Swift.min(Self.upperEdge(of: index), max) }
        }
        return max
    }

    static func index(of nanoseconds: UInt64) -> Int {
        let width = UInt64(64 - nanoseconds.leadingZeroBitCount)
        let shift = width > precisionBits + 1 ? width - precisionBits - 1 : 0
        return Int((shift << precisionBits) + (nanoseconds >> shift))
    }

    /// The largest time that falls into a bucket.
    static func upperEdge(of index: Int) -> UInt64 {
        let index = UInt64(index)
        guard index >= 2 << precisionBits else { return index }
        let shift = (index >> precisionBits) - 1
        let mantissa = index - (shift << precisionBits)
        return (mantissa << shift) | ((1 << shift) - 1)
    }
}
