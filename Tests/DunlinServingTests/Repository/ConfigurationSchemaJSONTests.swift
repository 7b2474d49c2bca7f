import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinServing

/// The JSON forms of a configuration that clients send.
@Suite struct ConfigurationSchemaJSONTests {
    @Test(
        "protobuf's JSON names are those of the protocol buffer",
        arguments: [
            ("maxBatchSize", "max_batch_size"), ("max_batch_size", "max_batch_size"), ("name", "name"),
            ("fp32FalseTrue", "fp32_false_true"), ("", ""),
        ])
    func names(given: String, expected: String) { #expect(ConfigurationSchema.protobufName(given) == expected) }

    @Test func protobufsOwnJSONIsRead() throws {
        let file = try ModelConfigurationFile(
            parsingJSON: """
                {"maxBatchSize": 8, "versionPolicy": {"specific": {"versions": ["1", "3"]}},
                 "input": [{"name": "x", "dataType": "TYPE_FP32", "dims": ["-1", "4"]}],
                 "dynamicBatching": {"maxQueueDelayMicroseconds": "100"},
                 "parameters": {"camelKey": {"stringValue": "v"}}}
                """)
        #expect(file.configuration.maxBatchSize == 8)
        #expect(file.configuration.versionPolicy == .specific([1, 3]))
        #expect(file.configuration.inputs[0].dimensions == [-1, 4])
        #expect(file.configuration.dynamicBatching?.maxQueueDelayMicroseconds == 100)
        #expect(file.configuration.parameters == ["camelKey": "v"])
    }

    @Test func theProtocolsNamesAreReadToo() throws {
        let file = try ModelConfigurationFile(
            parsingJSON: """
                {"name": "m", "platform": "onnxruntime_onnx",
                 "inputs": [{"name": "x", "datatype": "FP32", "shape": [1]}],
                 "outputs": [{"name": "y", "datatype": "FP32", "shape": [1]}],
                 "version_policy": {"specific": {"versions": ["1"]}}}
                """)
        #expect(file.configuration.inputs.map(\.name) == ["x"] && file.configuration.outputs[0].dimensions == [1])
        #expect(file.configuration.versionPolicy == .specific([1]))
    }

    @Test func noExtentsAreAnEmptyArray() throws {
        let file = try ModelConfigurationFile(
            parsingJSON: #"{"max_batch_size":2,"output":[{"name":"y","data_type":"TYPE_FP32","dims":[]}]}"#)
        #expect(file.configuration.outputs[0].dimensions == [])
    }

    @Test(
        "refuses",
        arguments: [
            (#"{"maxBatchSize":"many"}"#, "line 1: field 'max_batch_size': expected an integer, found a string"),
            (#"{"maxBatchsize":1}"#, "line 1: unknown field 'max_batchsize'"),
            (
                #"{"max_batch_size":1,"maxBatchSize":1}"#,
                "line 1: field 'max_batch_size' is given more than once"
            ),
            (#"{"input":[{"name":"x","data_type":"TYPE_FP31","dims":[1]}]}"#, "expected one of TYPE_INVALID"),
        ])
    func refuses(text: String, words: String) {
        let error = #expect(throws: TextFormatError.self) { try ModelConfigurationFile(parsingJSON: text) }
        #expect("\(error!)".contains(words), "\(error!)")
    }
}
