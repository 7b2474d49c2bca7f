import DunlinBytes
import DunlinServing
import DunlinTelemetry
import Glibc

extension Server {
    /// Tells the operator where the server listens, how long its start took and what it occupies.
    func logReady() {
        let failed = registry.index(readyOnly: false).filter { $0.state == .unavailable && !$0.reason.isEmpty }
        logger.info(
            isReady ? "ready" : "started, not ready",
            [
                "models": registry.modelNames().count, "failed": failed.count,
                "start_ms": (made.duration(to: .now) / .milliseconds(0.1)).rounded() / 10,
                "rss_mib": ProcessFacts.residentByteCount >> 20,
            ])
    }

    /// Tells which signal ends the server.
    package func logStop(_ signal: String) {
        logger.info("stopping", ["signal": signal, "grace": Flag.describe(configuration.shutdownGrace)])
    }

    /// Prometheus text: one series per loaded model and version, and the server's own gauges.
    func metricsText() -> Bytes {
        let metrics = MetricsRegistry()
        for model in (try? registry.statistics()) ?? [] {
            let labels = [(name: "model", value: model.model), (name: "version", value: model.version)]
            for series in ModelSeries.all {
                metrics.counter(series.name, help: series.help, labels: labels).add(Int(clamping: series.value(model)))
            }
        }
        metrics.gauge("dunlin_ready", help: "1 when the server is ready").set(isReady ? 1 : 0)
        metrics.gauge("dunlin_http_connections", help: "Open HTTP connections").set(httpConnectionCount)
        metrics.gauge("dunlin_http_requests_in_flight", help: "HTTP requests not answered yet").set(httpInFlightCount)
        metrics.gauge("process_resident_memory_bytes", help: "Resident memory").set(ProcessFacts.residentByteCount)
        return Bytes(metrics.prometheusText())
    }
}

/// One counter that every loaded model has. The names are Triton's, so that dashboards made for it work.
private struct ModelSeries {
    let name: String
    let help: String
    let value: @Sendable (ModelStatistics.Snapshot) -> UInt64

    static let all = [
        ModelSeries(name: "nv_inference_request_success", help: "Requests answered") { $0.successCount },
        ModelSeries(name: "nv_inference_request_failure", help: "Requests that failed") { $0.failureCount },
        ModelSeries(name: "nv_inference_count", help: "Batch elements inferred") { $0.inferenceCount },
        ModelSeries(name: "nv_inference_exec_count", help: "Model executions") { $0.executionCount },
        ModelSeries(name: "nv_inference_request_duration_us", help: "Cumulative request time") {
            $0.successNanoseconds / 1000
        },
        ModelSeries(name: "nv_inference_queue_duration_us", help: "Cumulative time waiting for an instance") {
            $0.queueNanoseconds / 1000
        },
        ModelSeries(name: "nv_inference_compute_infer_duration_us", help: "Cumulative execution time") {
            $0.executeNanoseconds / 1000
        },
    ]
}

/// What the kernel knows of this process.
enum ProcessFacts {
    /// Resident memory in bytes; 0 where it cannot be read.
    static var residentByteCount: Int {
        guard let text = readSmallFile("/proc/self/statm") else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func readSmallFile(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
