import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct V2TraceCodecTests {
    private func change(_ text: String) throws(InferError) -> V2TraceCodec.Change {
        try V2TraceCodec.decode(Bytes(text))
    }

    @Test func settingsAreTexts() {
        var settings = V2TraceCodec.Settings()
        (settings.level, settings.rate, settings.count) = ("TIMESTAMPS", 5, -1)
        (settings.logFrequency, settings.file) = (0, "/tmp/t")
        #expect(
            V2TraceCodec.encode(settings).string
                == #"{"trace_level":["TIMESTAMPS"],"trace_rate":"5","trace_count":"-1","log_frequency":"0","#
                + #""trace_file":"/tmp/t","trace_mode":"triton"}"#)
        (settings.logFrequency, settings.file, settings.mode) = (nil, nil, "opentelemetry")
        settings.details = [("url", "http://c")]
        #expect(
            V2TraceCodec.encode(settings).string
                == #"{"trace_level":["TIMESTAMPS"],"trace_rate":"5","trace_count":"-1","trace_mode":"opentelemetry","#
                + #""url":"http://c"}"#)
    }

    @Test(
        "levels are read",
        arguments: [
            (#"["OFF"]"#, V2TraceCodec.Field.set("OFF")), (#"["TIMESTAMPS"]"#, .set("TIMESTAMPS")),
            (#"["TIMESTAMPS","TIMESTAMPS"]"#, .set("TIMESTAMPS")), (#"["TIMESTAMPS","TENSORS"]"#, .set("TENSORS")),
            ("null", .clear),
        ])
    func levels(text: String, field: V2TraceCodec.Field) throws {
        #expect(try change(#"{"trace_level":\#(text)}"#).level == field)
    }

    @Test func whatIsAbsentIsKeptAndNullClears() throws {
        #expect(try change("") == V2TraceCodec.Change())
        let read = try change(#"{"trace_rate":"7","trace_count":null,"log_frequency":"x","trace_file":"/y"}"#)
        #expect(read.rate == .set("7") && read.count == .clear && read.level == .keep)
        #expect(read.logFrequency == .set("x") && read.file == .set("/y"))
    }

    @Test(
        "what makes no sense is refused by name",
        arguments: [
            (#"{"trace_level":[]}"#, "found none"), (#"{"trace_level":["OFF","TIMESTAMPS"]}"#, "OFF cannot stand"),
            (#"{"trace_level":[1]}"#, "'trace_level': expected strings"),
            (#"{"trace_level":"OFF"}"#, "'trace_level': expected an array"),
            (#"{"trace_rate":7}"#, "'trace_rate': expected a string or null, found a number"),
            (#"{"trace_mode":"triton"}"#, "there is no 'trace_mode'"), ("[]", "expected a JSON object"),
        ])
    func whatMakesNoSenseIsRefused(text: String, problem: String) {
        let error = #expect(throws: InferError.self) { try change(text) }
        #expect(error?.code == .invalidArgument && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }
}
