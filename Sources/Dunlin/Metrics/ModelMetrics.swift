import DunlinServing
import DunlinTelemetry

/// What is exported of every loaded model and version.
///
/// Names that begin with `nv_` are Triton's, so that dashboards and autoscaling rules made for it work; those with
/// `dunlin_` say what Triton's cannot: distributions, reasons, what is running now.
enum ModelMetrics {
    typealias Snapshot = ModelStatistics.Snapshot

    static func write(_ models: [Snapshot], to text: inout PrometheusText) {
        guard !models.isEmpty else { return }
        let labels = models.map { [(name: "model", value: $0.model), (name: "version", value: $0.version)] }
        for metric in counters + gauges {
            text.begin(name: metric.name, help: metric.help, kind: metric.kind)
            for (model, labels) in zip(models, labels) { text.add(metric.name, labels, metric.value(model)) }
        }
        writeFailures(models, labels, to: &text)
        for histogram in histograms {
            text.begin(name: histogram.name, help: histogram.help, kind: "histogram")
            for (model, labels) in zip(models, labels) {
                let buckets = histogram.buckets(model)
                text.addHistogram(
                    histogram.name, labels, bounds: DurationBuckets.boundsInSeconds, counts: buckets.counts,
                    sum: Double(buckets.sum) * 1e-9)
            }
        }
        writeBatchSizes(models, labels, to: &text)
    }

    // MARK: One number a model

    private struct Number: Sendable {
        let name: String
        let kind: String
        let help: String
        let value: @Sendable (Snapshot) -> UInt64

        init(_ name: String, _ kind: String, _ help: String, _ value: @escaping @Sendable (Snapshot) -> UInt64) {
            (self.name, self.kind, self.help, self.value) = (name, kind, help, value)
        }
    }

    private static let counters = [
        Number("nv_inference_request_success", "counter", "Requests answered") { $0.success.count },
        Number("nv_inference_count", "counter", "Batch elements inferred") { $0.inferenceCount },
        Number("nv_inference_exec_count", "counter", "Model executions") { $0.executionCount },
        Number("nv_inference_request_duration_us", "counter", "Cumulative request time, in microseconds") {
            $0.success.nanoseconds / 1000
        },
        Number("nv_inference_queue_duration_us", "counter", "Cumulative time in the queue, in microseconds") {
            $0.queue.nanoseconds / 1000
        },
        Number("nv_inference_compute_input_duration_us", "counter", "Cumulative time gathering inputs, in microseconds")
        {
            $0.computeInput.nanoseconds / 1000
        },
        Number("nv_inference_compute_infer_duration_us", "counter", "Cumulative execution time, in microseconds") {
            $0.computeInfer.nanoseconds / 1000
        },
        Number(
            "nv_inference_compute_output_duration_us", "counter", "Cumulative time handing out outputs, in microseconds"
        ) { $0.computeOutput.nanoseconds / 1000 },
        Number("nv_cache_num_hits_per_model", "counter", "Requests answered from the response cache") {
            $0.cacheHit.count
        },
        Number("nv_cache_num_misses_per_model", "counter", "Requests the response cache could not answer") {
            $0.cacheMiss.count
        },
        Number("nv_cache_hit_duration_per_model", "counter", "Cumulative time of cache hits, in microseconds") {
            $0.cacheHit.nanoseconds / 1000
        },
        Number("nv_cache_miss_duration_per_model", "counter", "Cumulative time of cache misses, in microseconds") {
            $0.cacheMiss.nanoseconds / 1000
        },
    ]

    private static let gauges = [
        Number("nv_inference_pending_request_count", "gauge", "Requests that wait for an instance") {
            UInt64(clamping: $0.pendingCount)
        },
        Number("dunlin_requests_running", "gauge", "Requests that an instance runs") {
            UInt64(clamping: $0.runningCount)
        },
        Number("dunlin_model_instances", "gauge", "Instances, free and running") { UInt64(clamping: $0.instanceCount) },
        Number("dunlin_model_memory_bytes", "gauge", "Bytes of weights and tables") {
            UInt64(clamping: $0.memoryByteCount)
        },
    ]

    // MARK: Failures by reason

    /// Triton's word for each reason of ours.
    static func tritonReason(_ reason: ModelStatistics.Rejection) -> String {
        switch reason {
        case .full, .unattainable, .expired: "REJECTED"
        case .cancelled: "CANCELED"
        case .failed: "BACKEND"
        case .invalid, .stopped: "OTHER"
        }
    }

    private static let tritonReasons = ["REJECTED", "CANCELED", "BACKEND", "OTHER"]

    private static func writeFailures(
        _ models: [Snapshot], _ labels: [PrometheusText.Labels], to text: inout PrometheusText
    ) {
        let triton = "nv_inference_request_failure"
        text.begin(name: triton, help: "Requests that failed, by Triton's reasons", kind: "counter")
        for (model, labels) in zip(models, labels) {
            for reason in tritonReasons {
                let count = ModelStatistics.Rejection.allCases.reduce(UInt64(0)) {
                    $0 + (tritonReason($1) == reason ? model.rejectionCount($1) : 0)
                }
                text.add(triton, labels + [(name: "reason", value: reason)], count)
            }
        }
        let own = "dunlin_requests_failed_total"
        text.begin(name: own, help: "Requests that were refused or failed, by reason", kind: "counter")
        for (model, labels) in zip(models, labels) {
            for reason in ModelStatistics.Rejection.allCases {
                text.add(own, labels + [(name: "reason", value: reason.name)], model.rejectionCount(reason))
            }
        }
    }

    // MARK: Distributions

    private static let histograms: [(name: String, help: String, buckets: @Sendable (Snapshot) -> DurationBuckets)] = [
        ("dunlin_request_duration_seconds", "From a request's arrival to its answer", { $0.requestBuckets }),
        ("dunlin_queue_duration_seconds", "From a request's arrival to the begin of its run", { $0.queueBuckets }),
        ("dunlin_compute_duration_seconds", "One run of the model, for all requests in it", { $0.computeBuckets }),
    ]

    /// The largest batch of each bucket.
    static let batchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    private static func writeBatchSizes(
        _ models: [Snapshot], _ labels: [PrometheusText.Labels], to text: inout PrometheusText
    ) {
        let name = "dunlin_batch_size"
        text.begin(name: name, help: "Batch elements in one run of the model", kind: "histogram")
        for (model, labels) in zip(models, labels) {
            var counts = [UInt64](repeating: 0, count: batchBounds.count + 1)
            var sum = 0.0
            for batch in model.batches {
                let index = batchBounds.firstIndex { batch.rows <= $0 } ?? batchBounds.count
                counts[index] += batch.computeInfer.count
                sum += Double(batch.rows) * Double(batch.computeInfer.count)
            }
            text.addHistogram(name, labels, bounds: batchBounds.map(Double.init), counts: counts, sum: sum)
        }
    }
}
