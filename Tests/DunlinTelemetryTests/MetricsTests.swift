import Glibc
import Testing

@testable import DunlinTelemetry

@Suite struct MetricsTests {
    @Test(arguments: [(0.5, 0), (1.0, 0), (1.1, 1), (2.0, 1), (5.0, 2), (5.1, 3), (-1.0, 0), (.infinity, 3)])
    func anObservationFallsIntoTheFirstBucketThatHoldsIt(value: Double, bucket: Int) {
        let histogram = Histogram(bounds: [1, 2, 5])
        histogram.observe(value)
        #expect(histogram.counts.enumerated().allSatisfy { $0.element == ($0.offset == bucket ? 1 : 0) })
    }

    @Test func whatIsNoNumberIsDropped() {
        let histogram = Histogram(bounds: [1])
        histogram.observe(.nan)
        #expect(histogram.counts == [0, 0] && histogram.sum == 0)
    }

    @Test func durationsAreSeconds() {
        let histogram = Histogram(bounds: [0.1, 1])
        histogram.observe(.milliseconds(250))
        #expect(histogram.counts == [0, 1, 0])
        #expect(abs(histogram.sum - 0.25) < 1e-12)
    }

    @Test func manyThreadsLoseNothing() {
        final class Both: Sendable {
            let counter = Counter()
            let histogram = Histogram(bounds: [1])
        }
        let both = Both()
        let threads = (0..<4).map { _ in
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { argument in
                    let both = Unmanaged<Both>.fromOpaque(argument!).takeRetainedValue()
                    for _ in 0..<5000 {
                        both.counter.add()
                        both.histogram.observe(0.5)
                    }
                    return nil
                }, Unmanaged.passRetained(both).toOpaque())
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(both.counter.value == 20_000)
        #expect(both.histogram.counts == [20_000, 0] && both.histogram.sum == 10_000)
    }

    @Test func rendersPrometheusText() {
        let registry = MetricsRegistry()
        registry.counter("requests_total", help: "Requests.", labels: [("model", "a\"b\\c\nd")]).add(3)
        registry.gauge("connections", help: "Open\nnow.").set(-2)
        registry.gauge("load", help: "Load.") { 0.25 }
        let histogram = registry.histogram("seconds", help: "Time.", labels: [("model", "m")], bounds: [0.5, 1])
        histogram.observe(0.25)
        histogram.observe(0.75)
        histogram.observe(7)
        #expect(
            registry.prometheusText() == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{model="a\\"b\\\\c\\nd"} 3
                # HELP connections Open\\nnow.
                # TYPE connections gauge
                connections -2
                # HELP load Load.
                # TYPE load gauge
                load 0.25
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{model="m",le="0.5"} 1
                seconds_bucket{model="m",le="1"} 2
                seconds_bucket{model="m",le="+Inf"} 3
                seconds_sum{model="m"} 8
                seconds_count{model="m"} 3

                """)
    }

    @Test func theSameNameAndLabelsAreTheSameMetric() {
        let registry = MetricsRegistry()
        let first = registry.counter("c", help: "", labels: [("a", "1")])
        #expect(registry.counter("c", help: "", labels: [("a", "1")]) === first)
        #expect(registry.counter("c", help: "", labels: [("a", "2")]) !== first)
        #expect(registry.counter("c", help: "") !== first)
    }

    @Test func aLabelIsForgottenEverywhere() {
        let registry = MetricsRegistry()
        registry.counter("c", help: "", labels: [("model", "a")]).add()
        registry.counter("c", help: "", labels: [("model", "b")]).add()
        registry.histogram("h", help: "", labels: [("model", "a")], bounds: [1]).observe(1)
        registry.remove(label: "model", value: "a")
        #expect(registry.prometheusText() == "# HELP c \n# TYPE c counter\nc{model=\"b\"} 1\n")
    }

    @Test func aFamilyHasALimitOfSeries() {
        let registry = MetricsRegistry()
        for index in 0...MetricsRegistry.maxSeriesPerFamily {
            registry.gauge("g", help: "", labels: [("i", String(index))]) { 1 }
        }
        let lines = registry.prometheusText().split(separator: "\n").count
        #expect(lines == MetricsRegistry.maxSeriesPerFamily + 2)
    }
}
