import DunlinBytes
import Testing

@testable import DunlinLoad

@Suite struct LoadReportTests {
    private static func result() -> LoadResult {
        var result = LoadResult(.open(rate: 150, kind: .poisson))
        result.seconds = 2
        result.startedCount = 303
        result.successCount = 300
        result.timelySuccessCount = 298
        for index in 1...300 { result.latency.record(UInt64(index) * 1000) }
        for _ in 0..<3 { result.count("503", example: "{\"error\":\"busy\"}") }
        result.serverSeconds = 0.0303
        result.clientShare = 0.95
        result.peakBacklog = 4
        result.lateness.record(2_000_000)
        return result
    }

    @Test func theTableHasARowPerStepAndSaysWhatItsReaderMustKnow() {
        #expect(
            LoadReport.table([Self.result()]) == """
                rate  req/s     p50     p90     p95     p99   p99.9     max    mean  failed  CPU/req
                 150    149  150 us  270 us  286 us  298 us  300 us  300 us  151 us       3   100 us
                rate 150: 3 × 503, for example: {"error":"busy"}
                rate 150: the load generator used 95 % of its core; it sets the pace
                rate 150: the load generator itself began requests late, p99 2.00 ms; give it a core of its own
                rate 150: up to 4 requests were due while all connections were taken; latencies count from when they were due
                """)
    }

    @Test func theJSONHoldsTheSameNumbers() throws {
        var options = LoadOptions()
        options.model = "m"
        let text = LoadReport.json([Self.result(), LoadResult(.closed(concurrency: 4))], options: options)
        let value = try JSONValue(parsing: Bytes(text))
        guard case .array(let steps)? = value["steps"] else {
            Issue.record("no steps")
            return
        }
        #expect(value["model"] == .string("m") && steps.count == 2)
        #expect(steps[0]["rate"] == .int(150) || steps[0]["rate"] == .double(150))
        #expect(steps[0]["succeeded"] == .int(300) && steps[0]["failed"] == .int(3))
        #expect(steps[0]["throughput"] == .int(149) || steps[0]["throughput"] == .double(149))
        #expect(steps[0]["latency_us"]?["p99.9"] != nil)
        #expect(steps[0]["server_cpu_us_per_request"] != nil && steps[1]["server_cpu_us_per_request"] == nil)
        #expect(steps[1]["concurrency"] == .int(4))
        #expect(steps[0]["begun_late_us"]?["p99"] != nil && steps[1]["begun_late_us"] == nil)
    }

    @Test(arguments: [
        (0.0, "0.0 us"), (940, "0.9 us"), (99_900, "99.9 us"), (100_400, "100 us"), (999_499, "999 us"),
        (999_500, "1.00 ms"), (1_234_000, "1.23 ms"), (123_456_000, "123 ms"), (1_234_000_000, "1.23 s"),
    ])
    func aTimeHasAUnitThatFits(nanoseconds: Double, text: String) {
        #expect(LoadReport.time(nanoseconds) == text)
    }

    @Test(
        "the generator is late",
        arguments: [
            (0, 0, false), (1_000_000, 1000, false), (1_000_001, 1000, true), (2_000_000, 9_000_000, false),
            (3_000_000, 9_000_000, true),
        ] as [(UInt64, UInt64, Bool)])
    func theGeneratorIsLate(lateness: UInt64, latency: UInt64, isLate: Bool) {
        var result = LoadResult(.open(rate: 1, kind: .constant))
        result.lateness.record(lateness)
        result.latency.record(latency)
        #expect(result.isLate == isLate)
    }

    @Test func kindsOfFailureHaveALimit() {
        var result = LoadResult(.closed(concurrency: 1))
        for index in 0..<LoadResult.maxFailureKindCount * 2 { result.count("k\(index)", example: "") }
        #expect(result.failures.count == LoadResult.maxFailureKindCount + 1)
        #expect(result.failureCount == LoadResult.maxFailureKindCount * 2)
    }
}
