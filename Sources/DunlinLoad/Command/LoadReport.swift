import DunlinBytes

/// What `dunlin bench` prints: a table for people, JSON for programs, a line of progress.
package enum LoadReport {
    private static let percentiles: [(name: String, share: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999),
    ]

    // MARK: Table

    package static func table(_ results: [LoadResult]) -> String {
        let showsServer = results.contains { $0.serverSeconds != nil }
        let first = results.first.map { isOpen($0.step) ? "rate" : "clients" } ?? "clients"
        var rows = [[first, "req/s"] + percentiles.map(\.name) + ["max", "mean", "failed"]]
        if showsServer { rows[0].append("CPU/req") }
        for result in results {
            var row = [setting(result.step), number(result.throughput)]
            row += percentiles.map { time(Double(result.latency.percentile($0.share))) }
            row += [time(Double(result.latency.max)), time(result.latency.mean), String(result.failureCount)]
            if showsServer { row.append(result.serverMicrosecondsPerRequest.map { time($0 * 1000) } ?? "-") }
            rows.append(row)
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            row.enumerated().map { column, text in
                String(repeating: " ", count: widths[column] - text.count) + text
            }.joined(separator: "  ")
        }
        lines += results.flatMap(notes)
        return lines.joined(separator: "\n")
    }

    /// What a reader of the numbers must know.
    private static func notes(_ result: LoadResult) -> [String] {
        let head = (isOpen(result.step) ? "rate " : "clients ") + setting(result.step)
        var notes = result.failures.map { failure in
            "\(head): \(failure.count) × \(failure.kind)"
                + (failure.example.isEmpty ? "" : ", for example: \(failure.example.prefix(200))")
        }
        if result.clientShare > 0.9 {
            notes.append(
                "\(head): the load generator used \(percent(result.clientShare)) of its core; it sets the pace")
        }
        if result.isLate {
            notes.append(
                "\(head): the load generator itself began requests late, p99 "
                    + time(Double(result.lateness.percentile(0.99))) + "; give it a core of its own")
        }
        if result.peakBacklog > 0 {
            notes.append(
                "\(head): up to \(result.peakBacklog) requests were due while all connections were taken; latencies count "
                    + "from when they were due")
        }
        return notes
    }

    // MARK: Progress

    package static func progress(
        _ step: LoadStep, isWarmUp: Bool, elapsed: UInt64, _ result: LoadResult
    ) -> String {
        let seconds = Double(elapsed) * 1e-9
        let rate = seconds > 0 ? Double(result.successCount) / seconds : 0
        return (isWarmUp ? "warm-up " : "") + (isOpen(step) ? "rate " : "clients ") + setting(step)
            + ": \(fixed(seconds, 1)) s, \(result.successCount) answers, \(number(rate))/s, p99 "
            + time(Double(result.latency.percentile(0.99))) + ", \(result.failureCount) failed"
    }

    // MARK: JSON

    package static func json(_ results: [LoadResult], options: LoadOptions) -> String {
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        writer.key("url")
        writer.value(options.unixSocket ?? options.url)
        writer.key("model")
        writer.value(options.model)
        if let version = options.version {
            writer.key("version")
            writer.value(version)
        }
        writer.key("steps")
        writer.beginArray()
        for result in results { write(result, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish().string
    }

    private static func write(_ result: LoadResult, to writer: inout JSONWriter) {
        writer.beginObject()
        switch result.step {
        case .closed(let concurrency):
            writer.key("concurrency")
            writer.value(concurrency)
        case .open(let rate, let kind):
            writer.key("rate")
            writer.value(rate)
            writer.key("arrivals")
            writer.value(kind.rawValue)
        }
        let counts: [(StaticString, Int)] = [
            ("started", result.startedCount), ("succeeded", result.successCount), ("failed", result.failureCount),
            ("peak_backlog", result.peakBacklog), ("connects", result.connectCount),
        ]
        for (name, count) in counts {
            writer.key(name)
            writer.value(count)
        }
        writer.key("seconds")
        writer.value(result.seconds)
        writer.key("throughput")
        writer.value(result.throughput)
        writer.key("latency_us")
        writer.beginObject()
        for (name, nanoseconds) in [("min", Double(result.latency.min)), ("mean", result.latency.mean)]
            + percentiles.map({ ($0.name, Double(result.latency.percentile($0.share))) })
            + [("max", Double(result.latency.max))]
        {
            writer.key(name)
            writer.value((nanoseconds / 100).rounded() / 10)
        }
        writer.endObject()
        if isOpen(result.step) {
            writer.key("begun_late_us")
            writer.beginObject()
            for (name, nanoseconds) in [
                ("p50", result.lateness.percentile(0.5)), ("p99", result.lateness.percentile(0.99)),
                ("max", result.lateness.max),
            ] {
                writer.key(name)
                writer.value((Double(nanoseconds) / 100).rounded() / 10)
            }
            writer.endObject()
        }
        writer.key("failures")
        writer.beginArray()
        for failure in result.failures {
            writer.beginObject()
            writer.key("kind")
            writer.value(failure.kind)
            writer.key("count")
            writer.value(failure.count)
            writer.key("example")
            writer.value(failure.example)
            writer.endObject()
        }
        writer.endArray()
        if let cost = result.serverMicrosecondsPerRequest {
            writer.key("server_cpu_us_per_request")
            writer.value((cost * 100).rounded() / 100)
        }
        writer.key("client_cpu_share")
        writer.value((result.clientShare * 1000).rounded() / 1000)
        writer.endObject()
    }

    // MARK: Words

    private static func isOpen(_ step: LoadStep) -> Bool {
        if case .open = step { true } else { false }
    }

    private static func setting(_ step: LoadStep) -> String {
        switch step {
        case .closed(let concurrency): String(concurrency)
        case .open(let rate, _): rate == rate.rounded() ? String(Int(rate)) : String(rate)
        }
    }

    /// Nanoseconds in a unit that leaves one to three digits before the point.
    static func time(_ nanoseconds: Double) -> String {
        if nanoseconds < 999_500 { return fixed(nanoseconds / 1000, nanoseconds < 99_950 ? 1 : 0) + " us" }
        if nanoseconds < 999_500_000 { return fixed(nanoseconds / 1e6, nanoseconds < 99_950_000 ? 2 : 0) + " ms" }
        return fixed(nanoseconds / 1e9, 2) + " s"
    }

    static func number(_ value: Double) -> String { fixed(value, value < 100 ? 1 : 0) }

    private static func percent(_ share: Double) -> String { fixed(share * 100, 0) + " %" }

    /// With so many digits behind the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = [1.0, 10, 100, 1000][digits]
        let whole = Int64((value * scale).rounded())
        guard digits > 0 else { return String(whole) }
        let rest = String(abs(whole % Int64(scale)))
        return "\(whole / Int64(scale))." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
