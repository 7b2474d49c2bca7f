package import DunlinInference

/// The metadata field `grpc-timeout`: up to eight digits and a unit.
package enum GRPCTimeout {
    private static let units: [(letter: UInt8, nanoseconds: UInt64)] = [
        (UInt8(ascii: "H"), 3_600_000_000_000), (UInt8(ascii: "M"), 60_000_000_000), (UInt8(ascii: "S"), 1_000_000_000),
        (UInt8(ascii: "m"), 1_000_000), (UInt8(ascii: "u"), 1000), (UInt8(ascii: "n"), 1),
    ]

    /// The longest that is told from none: a day.
    package static let maxNanoseconds: UInt64 = 86_400_000_000_000

    /// - Returns: Nanoseconds, at least 1: what is over when it comes is refused by its deadline.
    /// - Throws: `.invalidArgument` when the text is not of that form.
    package static func nanoseconds(_ text: String) throws(InferError) -> UInt64 {
        let digits = text.utf8.dropLast()
        guard (1...8).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let unit = units.first(where: { $0.letter == text.utf8.last }), let number = UInt64(Substring(digits))
        else {
            throw InferError(
                .invalidArgument,
                "metadata 'grpc-timeout': expected 1 to 8 digits and one of H, M, S, m, u, n, received "
                    + "'\(text.prefix(64))'")
        }
        let (time, isOver) = number.multipliedReportingOverflow(by: unit.nanoseconds)
        return isOver ? maxNanoseconds : min(max(1, time), maxNanoseconds)
    }
}
