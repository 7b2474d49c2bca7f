import Testing

@testable import DunlinTracing

@Suite struct TraceConfigurationTests {
    @Test func tritonsFormsAreRead() {
        var configuration = TraceConfiguration()
        for text in [
            "triton,file=/tmp/trace.json", "triton,log-frequency=50", "rate=100", "level=TIMESTAMPS", "count=100",
        ] {
            #expect(configuration.apply(text) == nil, "\(text)")
        }
        #expect(configuration.mode == .triton && configuration.file == "/tmp/trace.json")
        #expect(configuration.setting.rate == 100 && configuration.setting.count == 100)
        #expect(configuration.setting.logFrequency == 50 && configuration.setting.level == .timestamps)
        #expect(configuration.problems().isEmpty)
    }

    @Test func severalSettingsMayStandInOne() {
        var configuration = TraceConfiguration()
        #expect(configuration.apply("mode=opentelemetry,url=http://collector:4318/v1/traces,rate=1") == nil)
        #expect(configuration.apply("opentelemetry,resource=service.name=cars,bsp_schedule_delay=10") == nil)
        #expect(configuration.mode == .opentelemetry && configuration.setting.rate == 1)
        #expect(configuration.endpoint.description == "http://collector:4318/v1/traces")
        #expect(configuration.resource == [.init(key: "service.name", value: "cars")])
        #expect(configuration.exportDelayMilliseconds == 10)
    }

    @Test(
        "what makes no sense is refused with a sentence",
        arguments: [
            ("", "must be [triton,"), ("nonsense", "must be [triton,"), ("speed=1", "has no setting 'speed'"),
            ("rate=-1", "rate must be a whole number in 0..."), ("rate=4294967296", "rate must be"),
            ("count=-2", "count must be a whole number in -1..."), ("level=SOME", "level must be OFF or TIMESTAMPS"),
            ("level=TENSORS", "TENSORS is not supported"), ("mode=jaeger", "mode must be triton or opentelemetry"),
            ("opentelemetry,file=/x", "has 'file' under opentelemetry; it belongs to triton"),
            ("triton,url=http://x", "has 'url' under triton"), ("file=", "file must name a file"),
            ("url=https://x", "url must be plain http"), ("resource=a", "resource must be KEY=VALUE"),
            ("bsp_max_queue_size=0", "bsp_max_queue_size must be"),
        ])
    func whatMakesNoSenseIsRefused(text: String, problem: String) {
        var configuration = TraceConfiguration()
        let found = configuration.apply(text)
        #expect(found?.hasPrefix(problem) == true || found?.contains(problem) == true, "\(found ?? "nothing")")
    }

    @Test func limitsHaveTwoSides() {
        var configuration = TraceConfiguration()
        #expect(configuration.apply("rate=\(TraceSetting.maxNumber)") == nil)
        #expect(configuration.apply("count=\(TraceSetting.maxCount)") == nil)
        #expect(configuration.apply("count=\(TraceSetting.maxCount + 1)") != nil)
        #expect(configuration.apply("count=-1,rate=0") == nil)
    }

    @Test func valuesMustFitTogether() {
        var configuration = TraceConfiguration()
        #expect(configuration.apply("level=TIMESTAMPS") == nil)
        #expect(configuration.problems().first?.contains("triton,file=PATH") == true)
        #expect(configuration.apply("mode=opentelemetry") == nil)
        #expect(configuration.problems().isEmpty)
        #expect(configuration.apply("bsp_max_queue_size=10,bsp_max_export_batch_size=11") == nil)
        #expect(configuration.problems().first?.contains("bsp_max_export_batch_size (11)") == true)
        #expect(configuration.apply("bsp_max_export_batch_size=10") == nil)
        #expect(configuration.problems().isEmpty)
    }

    @Test func theStandardVariablesSayWhereSpansGo() {
        var configuration = TraceConfiguration()
        #expect(configuration.apply(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1/base/"]).isEmpty)
        #expect(configuration.endpoint.description == "http://c:1/base/v1/traces")
        let traces = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:2/x",
        ]
        #expect(configuration.apply(environment: traces).isEmpty)
        #expect(configuration.endpoint.description == "http://t:2/x")
        let names = ["OTEL_RESOURCE_ATTRIBUTES": "a=1,service.name=x,b=%20y", "OTEL_SERVICE_NAME": "dogs"]
        #expect(configuration.apply(environment: names).isEmpty)
        #expect(configuration.resource.map { "\($0.key)=\($0.value)" } == ["a=1", "b= y", "service.name=dogs"])
        #expect(configuration.mode == .triton && configuration.setting.level == .off, "nothing is traced by that")
        let wrong = configuration.apply(
            environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c", "OTEL_RESOURCE_ATTRIBUTES": "nonsense"])
        #expect(wrong.count == 2 && wrong[0].contains("plain http") && wrong[1].contains("'nonsense'"))
    }
}
