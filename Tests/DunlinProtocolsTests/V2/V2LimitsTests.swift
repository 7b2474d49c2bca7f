import DunlinBytes
import DunlinInference
import DunlinProtocols
import Testing

/// Every limit, on both sides.
@Suite struct V2LimitsTests {
    private func message(_ text: String, _ limits: V2Limits) -> String? {
        do throws(InferError) {
            _ = try V2InferCodec.decode(Bytes(text), headerLength: nil, model: "m", version: nil, limits: limits)
            return nil
        } catch {
            return error.message
        }
    }

    private func input(_ name: String = "x", shape: String = "[1]", type: String = "FP32", data: String = "[1]")
        -> String
    {
        #"{"name":"\#(name)","shape":\#(shape),"datatype":"\#(type)","data":\#(data)}"#
    }

    private func inputs(_ inputs: String...) -> String { #"{"inputs":[\#(inputs.joined(separator: ","))]}"# }

    @Test func hasTheDocumentedDefaults() {
        let limits = V2Limits()
        #expect(limits.maxRank == 32 && limits.maxInputCount == 1024 && limits.maxOutputCount == 1024)
        #expect(limits.maxExpandedByteCount == 67_108_864 && limits.maxParameterCount == 128)
        #expect(limits.maxNameByteCount == 1024 && limits.maxParameterByteCount == 65_536)
    }

    @Test func limitsTheRank() {
        var limits = V2Limits()
        limits.maxRank = 3
        #expect(message(inputs(input(shape: "[1,1,1]")), limits) == nil)
        #expect(
            message(inputs(input(shape: "[1,1,1,1]")), limits)?.contains("'shape': expected at most 3 dimensions")
                == true)
    }

    @Test(
        "limits the extents of what has no elements",
        arguments: [
            ("[0]", nil), ("[100,0]", nil), ("[0,10,10]", nil), ("[0,0,100]", nil), ("[101,0]", "[101, 0]"),
            ("[0,10,11]", "[0, 10, 11]"), ("[9223372036854775807,0]", "[9223372036854775807, 0]"),
        ])
    func limitsTheExtentsOfWhatHasNoElements(shape: String, found: String?) {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 100
        let expected = found.map {
            "'shape': expected extents besides 0 whose product is at most 100, found \($0)"
        }
        let message = message(inputs(input(shape: shape, data: "[]")), limits)
        #expect((message == nil) == (expected == nil))
        if let expected { #expect(message?.contains(expected) == true, "\(message ?? "")") }
    }

    @Test func limitsTheInputs() {
        var limits = V2Limits()
        limits.maxInputCount = 2
        #expect(message(inputs(input("a"), input("b")), limits) == nil)
        #expect(
            message(inputs(input("a"), input("b"), input("c")), limits)?.contains("expected at most 2 inputs") == true)
    }

    @Test func limitsTheOutputs() {
        var limits = V2Limits()
        limits.maxOutputCount = 1
        #expect(message(#"{"inputs":[],"outputs":[{"name":"a"}]}"#, limits) == nil)
        #expect(
            message(#"{"inputs":[],"outputs":[{"name":"a"},{"name":"b"}]}"#, limits)?.contains(
                "expected at most 1 outputs")
                == true)
    }

    @Test func limitsWhatDataExpandsTo() {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 16
        #expect(message(inputs(input(type: "FP64"), input("y", type: "FP64")), limits) == nil)
        #expect(message(inputs(input("y", shape: "[4]", data: "[1,2,3,4]")), limits) == nil)
        let sentence = "exceeds the maximum allowed input size of 16 bytes"
        #expect(message(inputs(input("y", shape: "[5]", data: "[1,2,3,4,5]")), limits)?.contains(sentence) == true)
        #expect(
            message(inputs(input(type: "FP64"), input("y", shape: "[3]", data: "[1,2,3]")), limits)?.contains(sentence)
                == true)
        #expect(message(inputs(input(shape: "[2]", type: "BYTES", data: #"["abcd","efgh"]"#)), limits) == nil)
        #expect(
            message(inputs(input(shape: "[2]", type: "BYTES", data: #"["abcd","efghi"]"#)), limits)?
                .contains("expected at most 16 bytes of strings") == true)
        #expect(
            message(inputs(input(type: "FP64"), input("y", type: "BYTES", data: #"["abcde"]"#)), limits)?
                .contains("expected at most 8 bytes of strings") == true)
    }

    @Test func limitsTheParameters() {
        var limits = V2Limits()
        limits.maxParameterCount = 2
        #expect(message(#"{"inputs":[],"parameters":{"a":1,"b":2}}"#, limits) == nil)
        #expect(
            message(#"{"inputs":[],"parameters":{"a":1,"b":2,"c":3}}"#, limits)?.contains(
                "expected at most 2 parameters")
                == true)
    }

    @Test func limitsNamesAndTexts() {
        var limits = V2Limits()
        limits.maxNameByteCount = 4
        limits.maxParameterByteCount = 6
        #expect(
            message(
                #"{"id":"abcd","inputs":[\#(input("abcd"))],"outputs":[{"name":"abcd"}],"parameters":{"abcd":"abcdef"}}"#,
                limits) == nil)
        for text in [
            #"{"id":"abcde","inputs":[]}"#, inputs(input("abcde")), #"{"inputs":[],"outputs":[{"name":"abcde"}]}"#,
            #"{"inputs":[],"parameters":{"abcde":1}}"#,
        ] {
            #expect(message(text, limits)?.contains("at most 4 bytes, found 5") == true)
        }
        #expect(
            message(#"{"inputs":[],"parameters":{"a":"abcdefg"}}"#, limits)?.contains("at most 6 bytes, found 7")
                == true)
    }

    @Test func nestsDataToTheScannersDepth() {
        // Three levels are the request, its inputs and the input.
        func text(_ depth: Int) -> String {
            inputs(input(data: String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)))
        }
        #expect(message(text(97), V2Limits()) == nil)
        #expect(
            message(text(98), V2Limits())?.contains("JSON nesting depth exceeds maximum allowed limit (100)") == true)
        #expect(
            message(text(120), V2Limits())?.contains("JSON nesting depth exceeds maximum allowed limit (100)") == true)
    }
}
