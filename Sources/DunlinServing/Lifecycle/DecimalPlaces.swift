import Glibc

/// Numbers with six digits behind the point, as C prints them with `%f`.
enum DecimalPlaces {
    static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
        // The largest number has 309 digits before the point.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 336) { space in
            let count = withVaList([number]) { vsnprintf(space.baseAddress, space.count, "%f", $0) }
            return String(decoding: UnsafeRawBufferPointer(space).prefix(Int(count)), as: UTF8.self)
        }
    }
}
