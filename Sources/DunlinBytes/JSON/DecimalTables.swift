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

    /// 10^`exponent` for -65...45 in 64 bits: the integer above 10^`exponent` × 2^(63 - floor(log2(10^`exponent`))), more by
    /// one at most. The exponents that floats are read with and written with.
    @inline(__always)
    static func roundedPower(_ exponent: Int) -> UInt64 { roundedPowers[exponent &+ 65] }

    /// floor(log2(10^`exponent`)) for exponents of up to three digits.
    @inline(__always)
    static func binaryExponent(_ exponent: Int) -> Int { (exponent &* 1_741_647) >> 19 }

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

    // From 10^-65 on, four to a line.
    private static let roundedPowers: [UInt64] = [
        0x86CC_BB52_EA94_BAEB, 0xA87F_EA27_A539_E9A6, 0xD29F_E4B1_8E88_640F, 0x83A3_EEEE_F915_3E8A,
        0xA48C_EAAA_B75A_8E2C, 0xCDB0_2555_6531_31B7, 0x808E_1755_5F3E_BF12, 0xA0B1_9D2A_B70E_6ED7,
        0xC8DE_0475_64D2_0A8C, 0xFB15_8592_BE06_8D2F, 0x9CED_737B_B6C4_183E, 0xC428_D05A_A475_1E4D,
        0xF533_0471_4D92_65E0, 0x993F_E2C6_D07B_7FAC, 0xBF8F_DB78_849A_5F97, 0xEF73_D256_A5C0_F77D,
        0x95A8_6376_2798_9AAE, 0xBB12_7C53_B17E_C15A, 0xE9D7_1B68_9DDE_71B0, 0x9226_7121_62AB_070E,
        0xB6B0_0D69_BB55_C8D2, 0xE45C_10C4_2A2B_3B06, 0x8EB9_8A7A_9A5B_04E4, 0xB267_ED19_40F1_C61D,
        0xDF01_E85F_912E_37A4, 0x8B61_313B_BABC_E2C7, 0xAE39_7D8A_A96C_1B78, 0xD9C7_DCED_53C7_2256,
        0x881C_EA14_545C_7576, 0xAA24_2499_6973_92D3, 0xD4AD_2DBF_C3D0_7788, 0x84EC_3C97_DA62_4AB5,
        0xA627_4BBD_D0FA_DD62, 0xCFB1_1EAD_4539_94BB, 0x81CE_B32C_4B43_FCF5, 0xA242_5FF7_5E14_FC32,
        0xCAD2_F7F5_359A_3B3F, 0xFD87_B5F2_8300_CA0E, 0x9E74_D1B7_91E0_7E49, 0xC612_0625_7658_9DDB,
        0xF796_87AE_D3EE_C552, 0x9ABE_14CD_4475_3B53, 0xC16D_9A00_9592_8A28, 0xF1C9_0080_BAF7_2CB2,
        0x971D_A050_74DA_7BEF, 0xBCE5_0864_9211_1AEB, 0xEC1E_4A7D_B695_61A6, 0x9392_EE8E_921D_5D08,
        0xB877_AA32_36A4_B44A, 0xE695_94BE_C44D_E15C, 0x901D_7CF7_3AB0_ACDA, 0xB424_DC35_095C_D810,
        0xE12E_1342_4BB4_0E14, 0x8CBC_CC09_6F50_88CC, 0xAFEB_FF0B_CB24_AAFF, 0xDBE6_FECE_BDED_D5BF,
        0x8970_5F41_36B4_A598, 0xABCC_7711_8461_CEFD, 0xD6BF_94D5_E57A_42BD, 0x8637_BD05_AF6C_69B6,
        0xA7C5_AC47_1B47_8424, 0xD1B7_1758_E219_652C, 0x8312_6E97_8D4F_DF3C, 0xA3D7_0A3D_70A3_D70B,
        0xCCCC_CCCC_CCCC_CCCD, 0x8000_0000_0000_0001, 0xA000_0000_0000_0001, 0xC800_0000_0000_0001,
        0xFA00_0000_0000_0001, 0x9C40_0000_0000_0001, 0xC350_0000_0000_0001, 0xF424_0000_0000_0001,
        0x9896_8000_0000_0001, 0xBEBC_2000_0000_0001, 0xEE6B_2800_0000_0001, 0x9502_F900_0000_0001,
        0xBA43_B740_0000_0001, 0xE8D4_A510_0000_0001, 0x9184_E72A_0000_0001, 0xB5E6_20F4_8000_0001,
        0xE35F_A931_A000_0001, 0x8E1B_C9BF_0400_0001, 0xB1A2_BC2E_C500_0001, 0xDE0B_6B3A_7640_0001,
        0x8AC7_2304_89E8_0001, 0xAD78_EBC5_AC62_0001, 0xD8D7_26B7_177A_8001, 0x8786_7832_6EAC_9001,
        0xA968_163F_0A57_B401, 0xD3C2_1BCE_CCED_A101, 0x8459_5161_4014_84A1, 0xA56F_A5B9_9019_A5C9,
        0xCECB_8F27_F420_0F3B, 0x813F_3978_F894_0985, 0xA18F_07D7_36B9_0BE6, 0xC9F2_C9CD_0467_4EDF,
        0xFC6F_7C40_4581_2297, 0x9DC5_ADA8_2B70_B59E, 0xC537_1912_364C_E306, 0xF684_DF56_C3E0_1BC7,
        0x9A13_0B96_3A6C_115D, 0xC097_CE7B_C907_15B4, 0xF0BD_C21A_BB48_DB21, 0x9676_9950_B50D_88F5,
        0xBC14_3FA4_E250_EB32, 0xEB19_4F8E_1AE5_25FE, 0x92EF_D1B8_D0CF_37BF, 0xB7AB_C627_0503_05AE,
        0xE596_B7B0_C643_C71A, 0x8F7E_32CE_7BEA_5C70, 0xB35D_BF82_1AE4_F38C,
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
