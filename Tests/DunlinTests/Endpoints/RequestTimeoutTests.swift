import DunlinInference
import Testing

@testable import Dunlin

@Suite struct RequestTimeoutTests {
    @Test(
        "reads seconds",
        arguments: [
            ("1", 1_000_000_000), ("0.25", 250_000_000), ("1.5", 1_500_000_000), (".5", 500_000_000),
            ("0.000000001", 1), ("86400", 86_400_000_000_000), ("86401", 86_400_000_000_000),
            ("99999999999999999999", 86_400_000_000_000),
        ])
    func readsSeconds(text: String, nanoseconds: UInt64) throws {
        #expect(try RequestTimeout.nanoseconds(text) == nanoseconds)
    }

    @Test("refuses what is no time", arguments: ["", "0", "0.0", "-1", "1s", "1e3", "inf", "nan", "1.2.3", " 1"])
    func refusesWhatIsNoTime(text: String) {
        #expect(
            throws: InferError(
                .invalidArgument, "header 'Request-Timeout': expected seconds as a number above 0, received '\(text)'")
        ) {
            try RequestTimeout.nanoseconds(text)
        }
    }
}
