import Glibc

/// When the requests of an open loop are meant to start, whatever the server does meanwhile.
///
/// Pure: the same rate, kind and seed give the same times.
package struct ArrivalSchedule: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Independent arrivals, as many clients who do not know of each other make them: exponential gaps.
        case poisson
        /// Equal gaps.
        case constant
    }

    /// Requests per second, at most: beyond it the gaps are shorter than the clock can be read.
    static let maxRate = 1_000_000.0
    /// One request in 1000 seconds.
    static let minRate = 0.001

    private let gap: Double
    private let kind: Kind
    private var state: UInt64
    /// Of the arrival answered last, in nanoseconds.
    private var time = 0.0
    private var count = 0.0

    /// - Precondition: `rate`, in requests per second, is in `minRate...maxRate`.
    package init(rate: Double, kind: Kind, seed: UInt64 = 1) {
        precondition((Self.minRate...Self.maxRate).contains(rate), "the rate is out of range")
        gap = 1e9 / rate
        self.kind = kind
        state = seed
    }

    /// Nanoseconds from the start to the next arrival. The first constant arrival is at 0.
    package mutating func next() -> UInt64 {
        switch kind {
        case .constant:
            // A product, not a sum: errors do not pile up.
            time = count * gap
            count += 1
        case .poisson:
            time -= log(uniform()) * gap
        }
        return UInt64(time)
    }

    /// In (0, 1].
    private mutating func uniform() -> Double {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return (Double(mixed >> 11) + 1) * 0x1p-53
    }
}
