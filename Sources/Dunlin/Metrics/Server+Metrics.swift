import DunlinBytes
import DunlinServing
import DunlinTelemetry
import DunlinTracing
import Synchronization

extension Server {
    /// Everything `GET /metrics` tells, as Prometheus text.
    func metricsText() -> Bytes {
        var text = PrometheusText()
        ModelMetrics.write((try? registry.statistics()) ?? [], to: &text)
        let held = registry.held
        let cached = registry.cached
        let memory = ProcessFacts.memory
        let descriptors = ProcessFacts.descriptors
        let utilization = processorUtilization.withLock { $0.look(ProcessFacts.text("/proc/stat").firstLine) }
        let numbers: [(name: String, kind: String, help: String, value: Double)] = [
            (
                "nv_cpu_utilization", "gauge", "Share of the machine's processors in use since the last look",
                utilization
            ),
            ("nv_cpu_memory_total_bytes", "gauge", "The machine's memory", Double(memory.total)),
            ("nv_cpu_memory_used_bytes", "gauge", "The machine's memory in use", Double(memory.used)),
            ("dunlin_ready", "gauge", "1 when the server is ready", isReady ? 1 : 0),
            ("dunlin_requests_queued", "gauge", "Requests of all models that wait", Double(held.queuedCount)),
            ("dunlin_request_input_bytes", "gauge", "Inputs of requests not answered yet", Double(held.byteCount)),
            ("dunlin_response_cache_entries", "gauge", "Answers that are kept", Double(cached.count)),
            ("dunlin_response_cache_bytes", "gauge", "Kept answers and their inputs", Double(cached.byteCount)),
            ("dunlin_http_connections", "gauge", "Open HTTP connections", Double(httpConnectionCount)),
            ("dunlin_http_requests_in_flight", "gauge", "HTTP requests not answered yet", Double(httpInFlightCount)),
            ("dunlin_traces_total", "counter", "Requests chosen to be traced", Double(tracing.counters.sampled.value)),
            (
                "dunlin_traces_dropped_total", "counter", "Traces dropped because too many waited",
                Double(tracing.counters.dropped.value)
            ),
            (
                "dunlin_trace_writes_failed_total", "counter", "Writes of trace files and exports of spans given up",
                Double(tracing.counters.failed.value)
            ),
            (
                "process_resident_memory_bytes", "gauge", "Resident memory",
                Double(ProcessFacts.residentByteCount)
            ),
            ("process_cpu_seconds_total", "counter", "Processor time used", ProcessFacts.processorSeconds),
            ("process_open_fds", "gauge", "Open file descriptors", Double(descriptors.open)),
            ("process_max_fds", "gauge", "Open file descriptors at most", Double(descriptors.most)),
        ]
        for number in numbers {
            text.begin(name: number.name, help: number.help, kind: number.kind)
            text.add(number.name, [], number.value)
        }
        return Bytes(text.content)
    }
}

extension String {
    fileprivate var firstLine: String { String(prefix { $0 != "\n" }) }
}
