import DunlinInference
import DunlinProtocols
import DunlinServing

/// Triton's statistics extension.
enum Statistics {
    /// One model, all versions that serve or the one asked for.
    static let model: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let found = try server.registry.statistics(model: call["model"], version: call[optional: "version"])
            reply.json(200, V2StatisticsCodec.encode(found.map(StatisticsEntry.init)))
        }
    }

    /// Every model that serves.
    static let all: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let seen = try server.registry.statistics().filter { call.sees($0.model) }
            reply.json(200, V2StatisticsCodec.encode(seen.map(StatisticsEntry.init)))
        }
    }
}

extension StatisticsEntry {
    init(_ snapshot: ModelStatistics.Snapshot) {
        self.init(name: snapshot.model, version: snapshot.version)
        lastInference = snapshot.lastInferenceMilliseconds
        inferenceCount = snapshot.inferenceCount
        executionCount = snapshot.executionCount
        success = Timing(snapshot.success)
        failure = Timing(snapshot.failure)
        queue = Timing(snapshot.queue)
        computeInput = Timing(snapshot.computeInput)
        computeInfer = Timing(snapshot.computeInfer)
        computeOutput = Timing(snapshot.computeOutput)
        cacheHit = Timing(snapshot.cacheHit)
        cacheMiss = Timing(snapshot.cacheMiss)
        batches = snapshot.batches.map { batch in
            Batch(
                size: batch.rows, computeInput: Timing(batch.computeInput), computeInfer: Timing(batch.computeInfer),
                computeOutput: Timing(batch.computeOutput))
        }
        memoryByteCount = snapshot.memoryByteCount
    }
}

extension StatisticsEntry.Timing {
    fileprivate init(_ timing: ModelStatistics.Timing) {
        self.init(count: timing.count, nanoseconds: timing.nanoseconds)
    }
}
