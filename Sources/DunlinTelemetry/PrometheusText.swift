/// The Prometheus text exposition format 0.0.4 under construction.
///
/// - SeeAlso: [Exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/)
package struct PrometheusText {
    /// In the order they are rendered, for example `[("model", "iris"), ("version", "1")]`.
    package typealias Labels = [(name: String, value: String)]

    package private(set) var content = ""

    package init() {}

    /// Begins a metric; its lines follow, all of them before the next metric begins.
    package mutating func begin(name: String, help: String, kind: String) {
        content += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind)\n"
    }

    /// One line of a counter or gauge.
    package mutating func add(_ name: String, _ labels: Labels, _ value: Double) {
        addLine(name, labels, Self.number(value))
    }

    /// One line of a counter or gauge that counts whole things.
    package mutating func add(_ name: String, _ labels: Labels, _ value: UInt64) {
        addLine(name, labels, String(value))
    }

    /// The lines of a histogram.
    ///
    /// - Parameters:
    ///   - bounds: The largest value of each bucket, ascending.
    ///   - counts: Per bucket, not accumulated; one more than bounds.
    package mutating func addHistogram(
        _ name: String, _ labels: Labels, bounds: [Double], counts: [UInt64], sum: Double
    ) {
        precondition(counts.count == bounds.count + 1, "a histogram has one more count than bounds")
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            addLine(name + "_bucket", labels + [(name: "le", value: bound)], String(total))
        }
        addLine(name + "_sum", labels, Self.number(sum))
        addLine(name + "_count", labels, String(total))
    }

    private mutating func addLine(_ name: String, _ labels: Labels, _ value: String) {
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
