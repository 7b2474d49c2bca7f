package import DunlinBytes

/// What one version of a model has done, in the words of Triton's statistics extension.
package struct StatisticsEntry: Sendable, Equatable {
    /// How often, and how long in all.
    package struct Timing: Sendable, Equatable {
        package var count: UInt64
        package var nanoseconds: UInt64

        package init(count: UInt64 = 0, nanoseconds: UInt64 = 0) {
            self.count = count
            self.nanoseconds = nanoseconds
        }
    }

    /// Executions of one batch size.
    package struct Batch: Sendable, Equatable {
        package var size: Int
        package var computeInput: Timing
        package var computeInfer: Timing
        package var computeOutput: Timing

        package init(size: Int, computeInput: Timing, computeInfer: Timing, computeOutput: Timing) {
            (self.size, self.computeInput) = (size, computeInput)
            (self.computeInfer, self.computeOutput) = (computeInfer, computeOutput)
        }
    }

    package var name: String
    package var version: String
    /// Milliseconds since 1970; 0: never.
    package var lastInference: UInt64 = 0
    /// Batch elements.
    package var inferenceCount: UInt64 = 0
    package var executionCount: UInt64 = 0
    package var success = Timing()
    package var failure = Timing()
    package var queue = Timing()
    package var computeInput = Timing()
    package var computeInfer = Timing()
    package var computeOutput = Timing()
    package var cacheHit = Timing()
    package var cacheMiss = Timing()
    package var batches: [Batch] = []
    /// Bytes of weights and tables.
    package var memoryByteCount = 0

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// The answers of `GET /v2/models/{model}/stats` and `GET /v2/models/stats`.
///
/// `response_stats` is there and empty: it counts the single answers of models that give several to one request.
package enum V2StatisticsCodec {
    package static func encode(_ entries: [StatisticsEntry]) -> Bytes {
        var writer = JSONWriter(capacity: 64 + entries.count * 1024)
        writer.beginObject()
        writer.key("model_stats")
        writer.beginArray()
        for entry in entries { write(entry, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    private static func write(_ entry: StatisticsEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name")
        writer.value(entry.name)
        writer.key("version")
        writer.value(entry.version)
        write("last_inference", entry.lastInference, to: &writer)
        write("inference_count", entry.inferenceCount, to: &writer)
        write("execution_count", entry.executionCount, to: &writer)
        writer.key("inference_stats")
        writer.beginObject()
        write("success", entry.success, to: &writer)
        write("fail", entry.failure, to: &writer)
        write("queue", entry.queue, to: &writer)
        write("compute_input", entry.computeInput, to: &writer)
        write("compute_infer", entry.computeInfer, to: &writer)
        write("compute_output", entry.computeOutput, to: &writer)
        write("cache_hit", entry.cacheHit, to: &writer)
        write("cache_miss", entry.cacheMiss, to: &writer)
        writer.endObject()
        writer.key("response_stats")
        writer.beginObject()
        writer.endObject()
        writer.key("batch_stats")
        writer.beginArray()
        for batch in entry.batches {
            writer.beginObject()
            write("batch_size", UInt64(clamping: batch.size), to: &writer)
            write("compute_input", batch.computeInput, to: &writer)
            write("compute_infer", batch.computeInfer, to: &writer)
            write("compute_output", batch.computeOutput, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("memory_usage")
        writer.beginArray()
        if entry.memoryByteCount > 0 {
            writer.beginObject()
            writer.key("type")
            writer.value("CPU")
            write("id", 0, to: &writer)
            write("byte_size", UInt64(clamping: entry.memoryByteCount), to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ key: StaticString, _ timing: StatisticsEntry.Timing, to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginObject()
        write("count", timing.count, to: &writer)
        write("ns", timing.nanoseconds, to: &writer)
        writer.endObject()
    }

    private static func write(_ key: StaticString, _ number: UInt64, to writer: inout JSONWriter) {
        writer.key(key)
        // 2^63 ns are 292 years.
        writer.value(Int64(clamping: number))
    }
}
