/// The Prometheus text exposition format 0.0.4 under construction.
///
/// - SeeAlso: [Exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/)
struct PrometheusText {
    private(set) var content = ""

    static func isMetricName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
                || $0 == 0x3A
        }
    }

    mutating func begin(name: String, help: String, kind: String) {
        content += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind)\n"
    }

    mutating func add(_ name: String, _ labels: MetricsRegistry.Labels, _ metric: Metric) {
        switch metric {
        case .counter(let counter): addLine(name, labels, String(counter.value))
        case .gauge(let gauge): addLine(name, labels, String(gauge.value))
        case .reading(let read): addLine(name, labels, Self.number(read()))
        case .histogram(let histogram):
            var total = 0
            for (index, count) in histogram.counts.enumerated() {
                total += count
                let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
                addLine(name + "_bucket", labels + [(name: "le", value: bound)], String(total))
            }
            addLine(name + "_sum", labels, Self.number(histogram.sum))
            addLine(name + "_count", labels, String(total))
        }
    }

    private mutating func addLine(_ name: String, _ labels: MetricsRegistry.Labels, _ value: String) {
        content += name
        if !labels.isEmpty {
            content += "{"
            for (index, label) in labels.enumerated() {
                if index > 0 { content += "," }
                content += "\(label.name)=\"\(Self.escaped(label.value, quotes: true))\""
            }
            content += "}"
        }
        content += " \(value)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int(value)) }
        return value.description
    }
}
