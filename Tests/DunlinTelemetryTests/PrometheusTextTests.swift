import DunlinTelemetry
import Testing

@Suite struct PrometheusTextTests {
    @Test func valuesStandBelowTheirMetric() {
        var text = PrometheusText()
        text.begin(name: "requests_total", help: "Requests.", kind: "counter")
        text.add("requests_total", [("model", "a\"b\\c\nd"), ("version", "1")], 3 as UInt64)
        text.begin(name: "connections", help: "Open\nnow.", kind: "gauge")
        text.add("connections", [], -2 as Double)
        #expect(
            text.content == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{model="a\\"b\\\\c\\nd",version="1"} 3
                # HELP connections Open\\nnow.
                # TYPE connections gauge
                connections -2

                """)
    }

    @Test(
        arguments: [
            (0.25, "0.25"), (1e6, "1000000"), (1e21, "1e+21"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbersAreSpelledAsPrometheusReadsThem(value: Double, expected: String) {
        var text = PrometheusText()
        text.add("load", [], value)
        #expect(text.content == "load \(expected)\n")
    }

    @Test func theBucketsOfAHistogramAreAccumulated() {
        var text = PrometheusText()
        text.addHistogram("seconds", [("model", "m")], bounds: [0.5, 1], counts: [1, 1, 1], sum: 8)
        #expect(
            text.content == """
                seconds_bucket{model="m",le="0.5"} 1
                seconds_bucket{model="m",le="1"} 2
                seconds_bucket{model="m",le="+Inf"} 3
                seconds_sum{model="m"} 8
                seconds_count{model="m"} 3

                """)
    }
}
