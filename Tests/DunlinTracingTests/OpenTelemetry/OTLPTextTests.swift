import DunlinBytes
import Testing

@testable import DunlinTracing

@Suite struct OTLPTextTests {
    private func spans(_ trace: Trace) throws -> [JSONValue] {
        var generator = CountingGenerator()
        let text = OTLPText.exportRequest(
            [trace], resource: [.init(key: "service.name", value: "s")], generator: &generator)
        let value = try JSONValue(parsing: text)
        guard case .array(let resources)? = value["resourceSpans"],
            case .array(let scopes)? = resources[0]["scopeSpans"],
            case .array(let spans)? = scopes[0]["spans"],
            case .array(let attributes)? = resources[0]["resource"]?["attributes"]
        else { return [] }
        #expect(attributes == [try JSONValue(parsing: Bytes(#"{"key":"service.name","value":{"stringValue":"s"}}"#))])
        return spans
    }

    private func text(_ span: JSONValue, _ key: String) -> String? {
        if case .string(let text)? = span[key] { text } else { nil }
    }

    @Test func aTraceIsASpanForTheRequestEachModelAndEachRun() throws {
        let spans = try spans(exampleTrace())
        #expect(spans.map { text($0, "name") } == ["InferRequest", "whole", "part \"a\"", "compute"])
        #expect(Set(spans.map { text($0, "traceId") }).count == 1)
        #expect(Set(spans.map { text($0, "spanId") }).count == 4)
        let ids = spans.map { text($0, "spanId") }
        #expect(spans.map { text($0, "parentSpanId") } == [nil, ids[0], ids[1], ids[2]])
        #expect(spans.map { text($0, "startTimeUnixNano") } == ["1000100", "1000120", "1000130", "1000140"])
        #expect(spans.map { text($0, "endTimeUnixNano") } == ["1000200", "1000180", "1000170", "1000160"])
        #expect(spans[0]["kind"] == .int(2) && spans[1]["kind"] == .int(1))
        #expect(spans.allSatisfy { $0["status"] == nil })
    }

    @Test func eventsAndAttributesHaveTritonsNames() throws {
        let spans = try spans(exampleTrace())
        let expected = #"""
            [{"key":"triton.model_name","value":{"stringValue":"whole"}},
             {"key":"triton.model_version","value":{"intValue":"2"}},
             {"key":"triton.trace_id","value":{"intValue":"1"}},
             {"key":"triton.trace_parent_id","value":{"intValue":"0"}},
             {"key":"triton.request_id","value":{"stringValue":"r"}}]
            """#
        #expect(spans[1]["attributes"] == (try JSONValue(parsing: Bytes(expected))))
        let events =
            #"[{"timeUnixNano":"1000140","name":"COMPUTE_START"},{"timeUnixNano":"1000160","name":"COMPUTE_END"}]"#
        #expect(spans[3]["events"] == (try JSONValue(parsing: Bytes(events))))
    }

    @Test func theCallersTraceIsContinued() throws {
        var trace = exampleTrace()
        trace.context = TraceContext(
            parents: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"], states: ["vendor=x"])
        let spans = try spans(trace)
        #expect(spans.allSatisfy { text($0, "traceId") == "0af7651916cd43dd8448eb211c80319c" })
        #expect(spans.allSatisfy { text($0, "traceState") == "vendor=x" })
        #expect(text(spans[0], "parentSpanId") == "b7ad6b7169203331")
        #expect(spans[0]["flags"] == .int(0x301))
    }

    @Test(
        "only what the server did wrong is its span's error",
        arguments: [(200, false), (400, false), (499, false), (500, true), (503, true)])
    func errorsAreTheServers(status: Int, isError: Bool) throws {
        var trace = exampleTrace()
        trace.status = status
        trace.records[0].failure = "broken"
        let span = try spans(trace)[0]
        #expect((span["status"]?["code"] == .int(2)) == isError)
        #expect((span["status"]?["message"] == .string("broken")) == isError)
    }

    @Test func aRequestThatNoModelSawIsOneSpan() throws {
        var record = Trace.Record(id: 1, model: "", version: "")
        record.add(.httpReceiveStart, at: 1)
        #expect(try spans(Trace(records: [record])).map { text($0, "name") } == ["InferRequest"])
    }
}
