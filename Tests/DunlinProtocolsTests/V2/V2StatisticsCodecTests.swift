import DunlinBytes
import Testing

@testable import DunlinProtocols

@Suite struct V2StatisticsCodecTests {
    @Test func theFormIsTritons() throws {
        var entry = StatisticsEntry(name: "a \"b\"", version: "2")
        entry.lastInference = 1_700_000_000_123
        entry.inferenceCount = 12
        entry.executionCount = 3
        entry.success = .init(count: 4, nanoseconds: 500)
        entry.failure = .init(count: 1, nanoseconds: 9)
        entry.cacheMiss = .init(count: .max, nanoseconds: .max)
        let timing = StatisticsEntry.Timing(count: 1, nanoseconds: 2)
        entry.batches = [.init(size: 8, computeInput: timing, computeInfer: timing, computeOutput: timing)]
        entry.memoryByteCount = 77
        let none = #"{"count":0,"ns":0}"#
        let one = #"{"count":1,"ns":2}"#
        #expect(
            V2StatisticsCodec.encode([entry]).string
                == #"{"model_stats":[{"name":"a \"b\"","version":"2","last_inference":1700000000123,"#
                + #""inference_count":12,"execution_count":3,"inference_stats":{"success":{"count":4,"ns":500},"#
                + #""fail":{"count":1,"ns":9},"queue":\#(none),"compute_input":\#(none),"compute_infer":\#(none),"#
                + #""compute_output":\#(none),"cache_hit":\#(none),"#
                + #""cache_miss":{"count":9223372036854775807,"ns":9223372036854775807}},"response_stats":{},"#
                + #""batch_stats":[{"batch_size":8,"compute_input":\#(one),"compute_infer":\#(one),"#
                + #""compute_output":\#(one)}],"memory_usage":[{"type":"CPU","id":0,"byte_size":77}]}]}"#)
    }

    @Test func noModelsAreAnEmptyList() {
        #expect(V2StatisticsCodec.encode([]).string == #"{"model_stats":[]}"#)
    }
}
