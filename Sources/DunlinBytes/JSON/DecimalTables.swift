/// Tables for reading and writing decimal numbers. Constants the compiler lays out, so that no access has to ask
/// whether they have been made yet.
enum DecimalTables {
    /// 10^`exponent` for 0...19.
    @inline(__always)
    static func integerPower(_ exponent: Int) -> UInt64 { integerPowers[exponent] }

    /// 10^`exponent` for 0...22: the powers of ten that a `Double` holds exactly.
    @inline(__always)
    static func power(_ exponent: Int) -> Double { powers[exponent] }

    /// 5^`exponent` for 0...27: those below 2^63.
    @inline(__always)
    static func powerOfFive(_ exponent: Int) -> UInt64 { powersOfFive[exponent] }

    /// The two ASCII digits of `number`, 0...99, in memory order.
    @inline(__always)
    static func pair(_ number: Int) -> UInt16 {
        UnsafeRawPointer(pairs.utf8Start).loadUnaligned(fromByteOffset: number &* 2, as: UInt16.self)
    }

    private static let integerPowers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    private static let powersOfFive: [UInt64] = [
        1, 5, 25, 125, 625, 3_125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125, 244_140_625,
        1_220_703_125, 6_103_515_625, 30_517_578_125, 152_587_890_625, 762_939_453_125, 3_814_697_265_625,
        19_073_486_328_125, 95_367_431_640_625, 476_837_158_203_125, 2_384_185_791_015_625, 11_920_928_955_078_125,
        59_604_644_775_390_625, 298_023_223_876_953_125, 1_490_116_119_384_765_625, 7_450_580_596_923_828_125,
    ]

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static let pairs: StaticString =
        """
        0001020304050607080910111213141516171819\
        2021222324252627282930313233343536373839\
        4041424344454647484950515253545556575859\
        6061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """
}
