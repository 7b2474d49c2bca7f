import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct GRPCTimeoutTests {
    @Test(
        "reads the units",
        arguments: [
            ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("3S", 3_000_000_000), ("4m", 4_000_000), ("5u", 5000),
            ("6n", 6), ("0n", 1), ("99999999n", 99_999_999), ("99999999H", GRPCTimeout.maxNanoseconds),
        ] as [(String, UInt64)])
    func readsTheUnits(text: String, nanoseconds: UInt64) throws {
        #expect(try GRPCTimeout.nanoseconds(text) == nanoseconds)
    }

    @Test("refuses what is no time", arguments: ["", "S", "1", "123456789S", "1s", "-1S", "1.5S", " 1S", "1SS", "١S"])
    func refusesWhatIsNoTime(text: String) {
        let error = InferError(
            .invalidArgument,
            "metadata 'grpc-timeout': expected 1 to 8 digits and one of H, M, S, m, u, n, received '\(text)'")
        #expect(throws: error) { try GRPCTimeout.nanoseconds(text) }
    }
}
