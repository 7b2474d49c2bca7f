import Glibc

/// The generator MT19937, seeded and read as numpy's `RandomState` does, so that a seeded operator gives the numbers of
/// ONNX's reference implementation.
///
/// - SeeAlso: M. Matsumoto, T. Nishimura, "Mersenne Twister", 1998.
struct MersenneTwister {
    private static let count = 624
    private static let middle = 397
    private var state: [UInt32]
    private var position = Self.count
    private var spareNormal: Double?

    /// - Parameter seed: `nil` for other numbers each time.
    init(seed: UInt32?) {
        var value = seed ?? UInt32.random(in: .min ... .max)
        state = []
        state.reserveCapacity(Self.count)
        for index in 0..<UInt32(Self.count) {
            state.append(value)
            value = 1_812_433_253 &* (value ^ value >> 30) &+ index &+ 1
        }
    }

    /// 32 random bits.
    mutating func bits() -> UInt32 {
        if position == Self.count { refill() }
        var value = state[position]
        position += 1
        value ^= value >> 11
        value ^= value << 7 & 0x9D2C_5680
        value ^= value << 15 & 0xEFC6_0000
        return value ^ value >> 18
    }

    /// A number in 0..<1 with 53 random bits.
    mutating func uniform() -> Double {
        let high = Double(bits() >> 5)
        let low = Double(bits() >> 6)
        return (high * 67_108_864 + low) / 9_007_199_254_740_992
    }

    /// A number of the normal distribution with mean 0 and deviation 1, by the polar method.
    mutating func normal() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        while true {
            let x = 2 * uniform() - 1
            let y = 2 * uniform() - 1
            let square = x * x + y * y
            guard square < 1, square != 0 else { continue }
            let factor = (-2 * log(square) / square).squareRoot()
            spareNormal = factor * x
            return factor * y
        }
    }

    private mutating func refill() {
        for index in 0..<Self.count {
            let bits = state[index] & 0x8000_0000 | state[(index + 1) % Self.count] & 0x7FFF_FFFF
            state[index] = state[(index + Self.middle) % Self.count] ^ bits >> 1 ^ (bits & 1) * 0x9908_B0DF
        }
        position = 0
    }
}

/// The attribute `seed`: without it, an operator gives other numbers on each call.
struct RandomSeed: Sendable {
    let value: UInt32?

    init(_ value: Double?) { self.value = value.map { UInt32(truncatingIfNeeded: Int64(saturating: $0)) } }

    func generator() -> MersenneTwister { MersenneTwister(seed: value) }
}
