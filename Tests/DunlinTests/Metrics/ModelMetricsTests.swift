import DunlinServing
import DunlinTelemetry
import Testing

@testable import Dunlin

@Suite struct ModelMetricsTests {
    private static func snapshot(_ model: String, _ version: String) -> ModelStatistics.Snapshot {
        var snapshot = ModelStatistics.Snapshot()
        snapshot.model = model
        snapshot.version = version
        return snapshot
    }

    private static func lines(_ models: [ModelStatistics.Snapshot]) -> [String] {
        var text = PrometheusText()
        ModelMetrics.write(models, to: &text)
        return text.content.split(separator: "\n").map(String.init)
    }

    @Test func noModelsHaveNoLines() { #expect(Self.lines([]) == []) }

    @Test func everyMetricIsOneBlockWithALinePerModel() {
        let lines = Self.lines([Self.snapshot("a", "1"), Self.snapshot("a", "2"), Self.snapshot("b\"", "1")])
        var seen: Set<Substring> = []
        var current: Substring = ""
        for line in lines {
            if line.hasPrefix("# HELP ") {
                current = line.dropFirst(7).prefix { $0 != " " }
                #expect(seen.insert(current).inserted, "\(current) begins twice")
            } else if !line.hasPrefix("#") {
                #expect(line.hasPrefix(current))
            }
        }
        let success = lines.filter { $0.hasPrefix("nv_inference_request_success{") }
        #expect(
            success == [
                #"nv_inference_request_success{model="a",version="1"} 0"#,
                #"nv_inference_request_success{model="a",version="2"} 0"#,
                #"nv_inference_request_success{model="b\"",version="1"} 0"#,
            ])
    }

    @Test func timesAreExportedInTheUnitsTheirNamesSay() {
        var snapshot = Self.snapshot("m", "1")
        snapshot.queue.nanoseconds = 1_234_567
        snapshot.cacheHit.nanoseconds = 9_999
        snapshot.requestBuckets.add(20_000)
        snapshot.requestBuckets.add(3_000_000_000)
        let lines = Self.lines([snapshot])
        for line in [
            #"nv_inference_queue_duration_us{model="m",version="1"} 1234"#,
            #"nv_cache_hit_duration_per_model{model="m",version="1"} 9"#,
            #"dunlin_request_duration_seconds_bucket{model="m",version="1",le="1e-05"} 0"#,
            #"dunlin_request_duration_seconds_bucket{model="m",version="1",le="2.5e-05"} 1"#,
            #"dunlin_request_duration_seconds_bucket{model="m",version="1",le="5"} 2"#,
            #"dunlin_request_duration_seconds_bucket{model="m",version="1",le="+Inf"} 2"#,
            #"dunlin_request_duration_seconds_sum{model="m",version="1"} 3.00002"#,
            #"dunlin_request_duration_seconds_count{model="m",version="1"} 2"#,
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test(
        arguments: zip(
            ModelStatistics.Rejection.allCases,
            ["OTHER", "REJECTED", "REJECTED", "REJECTED", "CANCELED", "OTHER", "BACKEND"]))
    func everyReasonHasItsNameInTritonsWords(reason: ModelStatistics.Rejection, triton: String) {
        #expect(ModelMetrics.tritonReason(reason) == triton)
        var snapshot = Self.snapshot("m", "1")
        snapshot.rejections[reason.rawValue] = 3
        let failures = Self.lines([snapshot]).filter { $0.contains("reason=") && $0.hasSuffix(" 3") }
        #expect(
            failures == [
                #"nv_inference_request_failure{model="m",version="1",reason="\#(triton)"} 3"#,
                #"dunlin_requests_failed_total{model="m",version="1",reason="\#(reason.name)"} 3"#,
            ])
    }

    @Test func batchesAreCountedByTheirSize() {
        var snapshot = Self.snapshot("m", "1")
        for (rows, count) in [(1, 5), (2, 1), (3, 2), (4, 1), (5000, 1)] as [(Int, UInt64)] {
            var batch = ModelStatistics.Snapshot.Batch(rows: rows)
            batch.computeInfer.count = count
            snapshot.batches.append(batch)
        }
        let lines = Self.lines([snapshot]).filter { $0.hasPrefix("dunlin_batch_size") }
        func ends(_ bound: String) -> String? {
            lines.first { $0.contains(#"le="\#(bound)""#) }?.split(separator: " ").last.map(String.init)
        }
        #expect(ends("1") == "5" && ends("2") == "6" && ends("4") == "9" && ends("1024") == "9" && ends("+Inf") == "10")
        #expect(lines.contains(#"dunlin_batch_size_sum{model="m",version="1"} 5017"#))
    }
}
