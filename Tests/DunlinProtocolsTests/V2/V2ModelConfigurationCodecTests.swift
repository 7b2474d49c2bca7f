import DunlinBytes
import Testing

@testable import DunlinProtocols

@Suite struct V2ModelConfigurationCodecTests {
    private func encode(_ text: String) throws -> String {
        V2ModelConfigurationCodec.encode(try ProtobufTextMessage(parsing: Bytes(text))).string
    }

    /// The answer's part for one field of the configuration, found by reading it.
    private func part(_ name: String, _ text: String) throws -> JSONValue? {
        try JSONValue(parsing: Bytes(try encode(text)))[name]
    }

    @Test func everyScalarAndListIsWrittenThoughNothingIsSet() throws {
        #expect(
            try encode("")
                == #"{"name":"","platform":"","backend":"","runtime":"","max_batch_size":0,"input":[],"output":[],"#
                + #""batch_input":[],"batch_output":[],"instance_group":[],"default_model_filename":"","#
                + #""cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}"#)
    }

    @Test func inputsAndOutputs() throws {
        #expect(
            try encode("input { name: \"x\" data_type: TYPE_FP32 dims: [ -1, 9007199254740993 ] }").contains(
                #""input":[{"name":"x","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[-1,9007199254740993],"#
                    + #""is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"#
                    + #""is_non_linear_format_io":false}]"#))
        #expect(
            try encode("output { name: \"y\" data_type: 13 dims: 1 reshape { shape: [] } label_filename: \"l\" }")
                .contains(
                    #""output":[{"name":"y","data_type":"TYPE_STRING","dims":[1],"reshape":{"shape":[]},"#
                        + #""label_filename":"l","is_shape_tensor":false,"is_non_linear_format_io":false}]"#))
    }

    /// A row of the message table: what is given, and what stands in the answer.
    @Test(
        "writes each message with its own fields",
        arguments: [
            ("version_policy { latest { num_versions: 2 } }", #""version_policy":{"latest":{"num_versions":2}}"#),
            ("version_policy { all {} }", #""version_policy":{"all":{}}"#),
            (
                "version_policy { specific { versions: [ 1, 3 ] } }",
                #""version_policy":{"specific":{"versions":[1,3]}}"#
            ),
            (
                "instance_group { kind: KIND_CPU count: 2 }",
                #""instance_group":[{"name":"","kind":"KIND_CPU","count":2,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}]"#
            ),
            (
                "instance_group { rate_limiter { resources { name: \"R\" count: 4 } priority: 2 } }",
                #""rate_limiter":{"resources":[{"name":"R","global":false,"count":4}],"priority":2}"#
            ),
            (
                "dynamic_batching {}",
                #""dynamic_batching":{"preferred_batch_size":[],"max_queue_delay_microseconds":0,"preserve_ordering":false,"priority_levels":0,"default_priority_level":0,"priority_queue_policy":{}}"#
            ),
            (
                "dynamic_batching { preferred_batch_size: 4 default_queue_policy { timeout_action: DELAY } priority_queue_policy { key: 2 value { max_queue_size: 3 } } }",
                #""default_queue_policy":{"timeout_action":"DELAY","default_timeout_microseconds":0,"allow_timeout_override":false,"max_queue_size":0},"priority_queue_policy":{"2":{"timeout_action":"REJECT","default_timeout_microseconds":0,"allow_timeout_override":false,"max_queue_size":3}}"#
            ),
            (
                "sequence_batching { direct {} control_input { name: \"START\" control { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1.5 ] } } }",
                #""sequence_batching":{"direct":{"max_queue_delay_microseconds":0,"minimum_slot_utilization":0.0},"max_sequence_idle_microseconds":0,"control_input":[{"name":"START","control":[{"kind":"CONTROL_SEQUENCE_START","int32_false_true":[],"fp32_false_true":[0.0,1.5],"bool_false_true":[],"data_type":"TYPE_INVALID"}]}],"state":[],"iterative_sequence":false}"#
            ),
            (
                "sequence_batching { oldest { max_candidate_sequences: 4 } state { input_name: \"i\" initial_state { data_type: TYPE_INT32 zero_data: true name: \"n\" } } }",
                #""state":[{"input_name":"i","output_name":"","data_type":"TYPE_INVALID","dims":[],"initial_state":[{"data_type":"TYPE_INT32","dims":[],"zero_data":true,"name":"n"}],"use_same_buffer_for_input_output":false,"use_growable_memory":false}]"#
            ),
            (
                "ensemble_scheduling { step { model_name: \"m\" model_version: -1 input_map { key: \"a\" value: \"b\" } } }",
                #""ensemble_scheduling":{"step":[{"model_name":"m","model_version":-1,"input_map":{"a":"b"},"output_map":{},"model_namespace":""}],"max_inflight_requests":0}"#
            ),
            (
                "parameters { key: \"k\" value { string_value: \"v\" } } metric_tags { key: \"t\" value: \"u\" }",
                #""metric_tags":{"t":"u"},"parameters":{"k":{"string_value":"v"}}"#
            ),
            (
                "model_warmup { name: \"w\" inputs { key: \"x\" value { data_type: TYPE_INT8 dims: 3 zero_data: true } } }",
                #""model_warmup":[{"name":"w","batch_size":0,"inputs":{"x":{"data_type":"TYPE_INT8","dims":[3],"zero_data":true}},"count":0}]"#
            ),
            (
                "optimization { graph { level: 1 } priority: PRIORITY_MAX execution_accelerators { cpu_execution_accelerator { name: \"openvino\" } } input_pinned_memory { enable: true } }",
                #""optimization":{"graph":{"level":1},"priority":"PRIORITY_MAX","execution_accelerators":{"gpu_execution_accelerator":[],"cpu_execution_accelerator":[{"name":"openvino","parameters":{}}]},"input_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false}"#
            ),
            (
                "batch_input { kind: BATCH_ITEM_SHAPE target_name: \"t\" data_type: TYPE_FP32 source_input: \"s\" }",
                #""batch_input":[{"kind":"BATCH_ITEM_SHAPE","target_name":["t"],"data_type":"TYPE_FP32","source_input":["s"]}]"#
            ),
            (
                "batch_output { target_name: \"t\" source_input: \"s\" }",
                #""batch_output":[{"target_name":["t"],"kind":"BATCH_SCATTER_WITH_INPUT_SHAPE","source_input":["s"]}]"#
            ),
            ("model_transaction_policy {}", #""model_transaction_policy":{"decoupled":false}"#),
            ("response_cache { enable: true }", #""response_cache":{"enable":true}"#),
            ("model_operations {}", #""model_operations":{"op_library_filename":[]}"#),
            (
                "model_repository_agents { agents { name: \"a\" } }",
                #""model_repository_agents":{"agents":[{"name":"a","parameters":{}}]}"#
            ),
            (
                "model_metrics { metric_control { metric_identifier { family: \"f\" } histogram_options { buckets: [ 1, 2 ] } } }",
                #""model_metrics":{"metric_control":[{"metric_identifier":{"family":"f"},"histogram_options":{"buckets":[1.0,2.0]}}]}"#
            ),
            ("runtime: \"r\" default_model_filename: \"f\"", #""runtime":"r","max_batch_size":0"#),
        ])
    func writesEachMessage(text: String, expected: String) throws {
        let answer = try encode(text)
        #expect(answer.contains(expected), "\(answer)")
    }

    @Test func whatModelConfigDoesNotHaveIsLeftOut() throws {
        #expect(try encode("versions: \"1\" inputs { name: \"x\" }") == (try encode("")))
        #expect(try part("input", "input { name: \"x\" datatype: \"FP32\" shape: 4 }")?.kindName == "an array")
    }

    @Test func everyNumberOfADatatypeHasItsName() throws {
        for (number, name) in [(1, "BOOL"), (2, "UINT8"), (9, "INT64"), (10, "FP16"), (12, "FP64"), (14, "BF16")] {
            #expect(try encode("input { data_type: \(number) }").contains("\"data_type\":\"TYPE_\(name)\""))
        }
    }
}
