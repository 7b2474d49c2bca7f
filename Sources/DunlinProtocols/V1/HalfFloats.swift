import DunlinBytes
import DunlinTensor

/// FP16 and BF16 elements as FP32 ones, which have a JSON form.
enum HalfFloats {
    /// Rounds to the nearest value, ties to even: of the FP32 number, which is itself what is nearest to the decimals.
    ///
    /// - Returns: `nil` when a number is too large.
    static func narrow(_ floats: Bytes, to type: DataType) -> Bytes? {
        precondition(type == .fp16 || type == .bf16, "\(type) is no type of 16 bits")
        let count = floats.count / 4
        // All bits of the exponent: infinite, or not a number, which JSON does not have.
        let exponent: UInt16 = type == .fp16 ? 0x7C00 : 0x7F80
        var isTooLarge = false
        let halves = floats.withUnsafeBytes { source in
            Bytes(uninitializedCount: count * 2) { target in
                for index in 0..<count {
                    let value = source.load(fromByteOffset: index * 4, as: Float.self)
                    let bits = type == .fp16 ? Float16(value).bitPattern : brainBits(value)
                    if bits & exponent == exponent && value.isFinite { isTooLarge = true }
                    target.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
                }
            }
        }
        return isTooLarge ? nil : halves
    }

    static func widen(_ halves: Bytes, from type: DataType) -> Bytes {
        precondition(type == .fp16 || type == .bf16, "\(type) is no type of 16 bits")
        let count = halves.count / 2
        return halves.withUnsafeBytes { source in
            Bytes(uninitializedCount: count * 4) { target in
                for index in 0..<count {
                    let bits = source.load(fromByteOffset: index * 2, as: UInt16.self)
                    let value = type == .fp16 ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
                    target.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
                }
            }
        }
    }

    private static func brainBits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
