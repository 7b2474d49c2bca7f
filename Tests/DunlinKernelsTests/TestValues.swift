import DunlinKernels
import Testing

/// A repeatable source of numbers (SplitMix64).
struct Random {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// `count` numbers from -1 to 1.
    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(Int32(truncatingIfNeeded: bits())) * 0x1p-31 }
    }
}

/// Counts around every edge of 4-, 8- and 16-lane registers, and of loops over two and four of them.
let edgeCounts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 1000]

extension KernelTable: CustomTestStringConvertible {
    public var testDescription: String { isa.rawValue }
}

/// The buffer a kernel writes to, with guards behind it: `values` traps when something was written past the end.
func written<Element: BitwiseCopyable & Equatable>(
    _ count: Int, filling guardValue: Element, _ body: (UnsafeMutableBufferPointer<Element>) -> Void
) -> [Element] {
    var storage = [Element](repeating: guardValue, count: count + 64)
    storage.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[0..<count])) }
    for i in count..<count + 64 { precondition(storage[i] == guardValue, "element \(i) of \(count) was written") }
    return Array(storage[0..<count])
}

/// How far `value` is from `expected`, in units of the last place of the FP32 nearest to `expected`.
func ulps(_ value: Float, _ expected: Double) -> Double {
    let nearest = Float(expected)
    if value.isNaN || nearest.isNaN { return value.isNaN && nearest.isNaN ? 0 : .infinity }
    if value == nearest { return 0 }
    if value.isInfinite || nearest.isInfinite {
        // A result that just overflows and its largest finite neighbour are one unit apart.
        let other = value.isInfinite ? nearest : value
        return other.magnitude == .greatestFiniteMagnitude && other.sign == value.sign ? 1 : .infinity
    }
    return (Double(value) - expected).magnitude / Double(max(nearest.magnitude.ulp, .leastNonzeroMagnitude))
}
