import Synchronization

/// Every metric of a server, by name and labels; renders them as Prometheus text.
///
/// Callers ask once for a metric and keep it: asking takes a lock, counting does not.
package final class MetricsRegistry: Sendable {
    /// In the order they are rendered, for example `[("model", "iris"), ("version", "1")]`.
    package typealias Labels = [(name: String, value: String)]

    /// Label combinations kept per metric name. Beyond it metrics still count but are not rendered, so that
    /// names chosen by clients cannot fill the memory.
    package static let maxSeriesPerFamily = 1000

    private let families = Mutex<[Family]>([])

    package init() {}

    /// The counter of this name and these labels; made when it is new.
    ///
    /// - Precondition: The name is a Prometheus name and is not in use for another kind of metric.
    package func counter(_ name: String, help: String, labels: Labels = []) -> Counter {
        metric(name, help: help, kind: "counter", labels: labels, make: { .counter(Counter()) }) {
            if case .counter(let counter) = $0 { counter } else { nil }
        }
    }

    /// The gauge of this name and these labels; made when it is new.
    package func gauge(_ name: String, help: String, labels: Labels = []) -> Gauge {
        metric(name, help: help, kind: "gauge", labels: labels, make: { .gauge(Gauge()) }) {
            if case .gauge(let gauge) = $0 { gauge } else { nil }
        }
    }

    /// A gauge that is read when the text is rendered. A later one with the same name and labels replaces it.
    package func gauge(
        _ name: String, help: String, labels: Labels = [], read: @escaping @Sendable () -> Double
    ) {
        register(name, help: help, kind: "gauge", labels: labels, .reading(read))
    }

    /// A counter kept elsewhere that is read when the text is rendered. A later one with the same labels replaces it.
    package func counter(
        _ name: String, help: String, labels: Labels = [], read: @escaping @Sendable () -> Double
    ) {
        register(name, help: help, kind: "counter", labels: labels, .reading(read))
    }

    /// The histogram of this name and these labels; made with `bounds` when it is new.
    package func histogram(
        _ name: String, help: String, labels: Labels = [], bounds: [Double] = Histogram.secondsBounds
    ) -> Histogram {
        metric(name, help: help, kind: "histogram", labels: labels, make: { .histogram(Histogram(bounds: bounds)) }) {
            if case .histogram(let histogram) = $0 { histogram } else { nil }
        }
    }

    /// Forgets every series with this label, for example when a model is gone.
    package func remove(label: String, value: String) {
        families.withLock { families in
            for index in families.indices {
                families[index].series.removeAll { series in
                    series.labels.contains { $0.name == label && $0.value == value }
                }
            }
        }
    }

    /// All metrics in the Prometheus text format 0.0.4, in the order they were made.
    package func prometheusText() -> String {
        let families = self.families.withLock { $0 }
        var text = PrometheusText()
        for family in families where !family.series.isEmpty {
            text.begin(name: family.name, help: family.help, kind: family.kind)
            for series in family.series { text.add(family.name, series.labels, series.metric) }
        }
        return text.content
    }

    private func metric<Kind>(
        _ name: String, help: String, kind: String, labels: Labels, make: () -> Metric, cast: (Metric) -> Kind?
    ) -> Kind {
        let found = register(name, help: help, kind: kind, labels: labels, make)
        guard let metric = cast(found) else { preconditionFailure("metric \(name) is in use for another kind") }
        return metric
    }

    private func register(_ name: String, help: String, kind: String, labels: Labels, _ metric: Metric) {
        families.withLock { families in
            let index = Self.family(in: &families, name, help: help, kind: kind)
            families[index].series.removeAll { Self.areEqual($0.labels, labels) }
            if families[index].series.count < Self.maxSeriesPerFamily {
                families[index].series.append(Series(labels: labels, metric: metric))
            }
        }
    }

    private func register(
        _ name: String, help: String, kind: String, labels: Labels, _ make: () -> Metric
    ) -> Metric {
        families.withLock { families in
            let index = Self.family(in: &families, name, help: help, kind: kind)
            if let series = families[index].series.first(where: { Self.areEqual($0.labels, labels) }) {
                return series.metric
            }
            let metric = make()
            if families[index].series.count < Self.maxSeriesPerFamily {
                families[index].series.append(Series(labels: labels, metric: metric))
            }
            return metric
        }
    }

    private static func family(in families: inout [Family], _ name: String, help: String, kind: String) -> Int {
        if let index = families.firstIndex(where: { $0.name == name }) {
            precondition(families[index].kind == kind, "metric \(name) is in use for another kind")
            return index
        }
        precondition(PrometheusText.isMetricName(name), "'\(name)' is not a Prometheus metric name")
        families.append(Family(name: name, help: help, kind: kind))
        return families.count - 1
    }

    private static func areEqual(_ lhs: Labels, _ rhs: Labels) -> Bool {
        lhs.count == rhs.count && zip(lhs, rhs).allSatisfy { $0.0 == $0.1 }
    }
}

/// What stands behind one line (or, for a histogram, one block) of the text.
enum Metric: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case reading(@Sendable () -> Double)
}

private struct Series {
    let labels: MetricsRegistry.Labels
    let metric: Metric
}

private struct Family {
    let name: String
    let help: String
    let kind: String
    var series: [Series] = []
}
