import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct ModelConfigurationFileTests {
    private func read(_ text: String, isTOML: Bool = false) throws(TextFormatError) -> ModelConfigurationFile {
        try ModelConfigurationFile(parsing: Bytes(text), isTOML: isTOML)
    }

    @Test func readsTritonsVocabulary() throws {
        let file = try read(
            """
            name: "iris"
            platform: "onnxruntime_onnx"
            max_batch_size: 8
            input [
              { name: "x" data_type: TYPE_FP32 format: FORMAT_NONE dims: [ -1, 4 ] },
              { name: "text" data_type: TYPE_STRING dims: 1 }
            ]
            output { name: "label" data_type: 9 dims: [ 1 ] label_filename: "labels.txt" }
            version_policy: { specific: { versions: [ 1, 3 ] } }
            instance_group [ { count: 2 kind: KIND_CPU }, { name: "more" } ]
            default_model_filename: "iris.onnx"
            parameters: { key: "backend" value: { string_value: "native" } }
            parameters { key: "x" value { string_value: "1" } }
            """)
        let configuration = file.configuration
        #expect(configuration.name == "iris")
        #expect(configuration.platform == "onnxruntime_onnx")
        #expect(configuration.maxBatchSize == 8)
        #expect(configuration.inputs.map(\.name) == ["x", "text"])
        #expect(configuration.inputs.map(\.dataType) == [.fp32, .bytes])
        #expect(configuration.inputs.map(\.dimensions) == [[-1, 4], [1]])
        #expect(configuration.outputs.map(\.dataType) == [.int64])
        #expect(configuration.outputs[0].labelFilename == "labels.txt")
        #expect(configuration.versionPolicy == .specific([1, 3]))
        #expect(configuration.instanceGroups.map(\.count) == [2, 1])
        #expect(configuration.instanceGroups.map(\.kind) == [.cpu, .auto])
        #expect(configuration.defaultModelFilename == "iris.onnx")
        #expect(configuration.parameters == ["backend": "native", "x": "1"])
        #expect(!file.leavesOutBatch)
    }

    @Test func readsAMDsVocabulary() throws {
        let file = try read(
            """
            name: "mnist" platform: "onnx_onnxv1" versions: ["1"]
            inputs [ { name: "images_in" datatype: "FP32" shape: [28,28,1] } ]
            outputs [ { name: "flatten/Reshape" datatype: "Fp32" shape: [10] } ]
            parameters { key: "a" value { int64_param: 3 } }
            """)
        #expect(file.leavesOutBatch)
        #expect(file.configuration.versionPolicy == .specific([1]))
        #expect(file.configuration.maxBatchSize == nil)
        #expect(file.configuration.inputs[0].dimensions == [28, 28, 1])
        #expect(file.configuration.outputs[0].dataType == .fp32)
        #expect(file.configuration.parameters == ["a": "3"])
    }

    @Test func readsAMDsTOML() throws {
        let file = try read(
            """
            name = "mnist"
            platform = "onnx_onnxv1"

            [[inputs]]
            name = "images_in"
            datatype = "FP32"
            shape = [28, 28, 1]

            [[outputs]]
            name = "out"
            datatype = "BYTES"
            shape = [10]

            [parameters]
            threads = 2
            fast = true
            """, isTOML: true)
        #expect(file.configuration.name == "mnist")
        #expect(file.configuration.inputs[0].dimensions == [28, 28, 1])
        #expect(file.configuration.outputs[0].dataType == .bytes)
        #expect(file.configuration.parameters == ["threads": "2", "fast": "true"])
        #expect(file.leavesOutBatch)
    }

    @Test func readsTheJSONForm() throws {
        let file = try ModelConfigurationFile(
            parsingJSON: """
                {"name": "iris", "max_batch_size": 8, "version_policy": {"latest": {"num_versions": 2}}, "platform": null,
                 "input": [{"name": "x", "data_type": "type_fp32", "dims": [-1, 4]}],
                 "output": [{"name": "y", "data_type": "TYPE_STRING", "dims": [1], "is_shape_tensor": false}],
                 "instance_group": [{"count": 2, "kind": "KIND_CPU"}], "dynamic_batching": {},
                 "parameters": {"a": {"string_value": "b"}, "c": "d"}, "metric_tags": {"x": "y"}}
                """)
        #expect(file.configuration.maxBatchSize == 8)
        #expect(file.configuration.versionPolicy == .latest(2))
        #expect(file.configuration.inputs[0].dataType == .fp32)
        #expect(file.configuration.inputs[0].dimensions == [-1, 4])
        #expect(file.configuration.outputs[0].dataType == .bytes)
        #expect(file.configuration.instanceGroups.map(\.kind) == [.cpu])
        #expect(file.configuration.parameters == ["a": "b", "c": "d"])
        let published = try ModelConfigurationFile(
            parsingJSON: #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4]}]}"#)
        #expect(published.configuration.inputs[0].dimensions == [4])
        for text in ["", "[]", "{\"name\": 1}", "{\"input\": [[1]]}", "{\"instance_group\": [{\"kind\": \"X\"}]}"] {
            #expect(throws: TextFormatError.self, "\(text)") { try ModelConfigurationFile(parsingJSON: text) }
        }
    }

    @Test func aQuotedNameIsNoNameInProtobufText() throws {
        #expect(throws: TextFormatError.self) { try read("instance_group { kind: \"KIND_CPU\" }") }
        #expect(throws: Never.self) { try read("[[instance_group]]\nkind = \"KIND_CPU\"", isTOML: true) }
    }

    @Test(
        "knows every field that changes only speed",
        arguments: [
            "optimization { graph { level: 1 } priority: PRIORITY_MAX cuda { graphs: true busy_wait_events: true"
                + " graph_spec { batch_size: 1 input { key: \"x\" value { dim: [1] } } } output_copy_stream: true }"
                + " execution_accelerators { gpu_execution_accelerator [ { name: \"tensorrt\""
                + " parameters { key: \"a\" value: \"b\" } } ] cpu_execution_accelerator { name: \"openvino\" } }"
                + " input_pinned_memory { enable: true } output_pinned_memory { enable: false }"
                + " gather_kernel_buffer_threshold: 1 eager_batching: true }",
            "model_warmup [ { name: \"w\" batch_size: 0 inputs { key: \"x\" value { data_type: TYPE_FP32 dims: [1]"
                + " zero_data: true } } count: 2 } ]",
            "instance_group { name: \"g\" count: 1 kind: KIND_GPU gpus: [0] profile: [\"p\"] host_policy: \"h\""
                + " rate_limiter { resources [ { name: \"r\" global: true count: 1 } ] priority: 1 }"
                + " secondary_devices { kind: KIND_NVDLA device_id: 0 } }",
            "response_cache { enable: true }", "runtime: \"r\"", "metric_tags { key: \"a\" value: \"b\" }",
            "cc_model_filenames { key: \"7.0\" value: \"f\" }", "model_transaction_policy { decoupled: false }",
            "model_metrics { metric_control { metric_identifier { family: \"f\" } histogram_options { buckets: [0.1, 1] } } }",
            "version_policy { all {} }", "version_policy { latest { num_versions: 2 } }", "backend: \"onnxruntime\"",
            "input { name: \"x\" dims: 1 reshape { shape: [1] } allow_ragged_batch: false optional: false }",
        ])
    func knowsEveryFieldThatChangesOnlySpeed(text: String) throws { _ = try read(text) }

    struct Refusal: CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { text }
        init(_ text: String, _ message: String) { (self.text, self.message) = (text, message) }
    }

    @Test(
        "refuses what it would have to ignore",
        arguments: [
            Refusal("model_transaction_policy { decoupled: true }", "decoupled models"),
            Refusal("model_operations { op_library_filename: \"x.so\" }", "custom operator libraries"),
            Refusal("model_repository_agents { agents { name: \"checksum\" } }", "model_repository_agents"),
            Refusal("input { name: \"x\" dims: 2 reshape { shape: [0] } }", "each extent of reshape must be above 0"),
            Refusal(
                "input { name: \"x\" dims: 1 reshape { shape: [] } }", "an empty reshape needs a max_batch_size above 0"
            ),
            Refusal(
                "max_batch_size: 2 output { name: \"x\" dims: 2 reshape { shape: [] } }",
                "output 'x': reshape [] does not hold the elements of dims [2]"),
            Refusal("input { name: \"x\" dims: 2 optional: true }", "input 'x': optional is not supported"),
            Refusal(
                "output { name: \"x\" dims: 2 is_shape_tensor: true }", "output 'x': is_shape_tensor is not supported"),
            Refusal("instance_group { passive: true }", "passive instance groups"),
            Refusal("instance_group { rate_limiter { resources { count: 1 } } }", "rate_limiter.resources has no name"),
            Refusal(
                "instance_group { rate_limiter { resources [ { name: \"r\" count: 1 }, { name: \"r\" count: 2 } ] } }",
                "rate_limiter resource 'r' is given more than once"),
            Refusal(
                "instance_group { rate_limiter { resources { name: \"r\" count: 1000001 } } }",
                "rate_limiter resource 'r': count is 1000001; it must be in 0...1000000"),
            Refusal("instance_group { rate_limiter { priority: 1000001 } }", "rate_limiter.priority is 1000001"),
            Refusal("nmae: \"x\"", "line 1: unknown field 'nmae'"),
            Refusal("input {\n nme: \"x\" }", "line 2: unknown field 'input.nme'"),
            Refusal("name: 1", "line 1: field 'name': expected a string, found an integer"),
            Refusal("name: \"a\"\nname: \"b\"", "line 2: field 'name' is given more than once"),
            Refusal("max_batch_size: -1", "max_batch_size is -1"),
            Refusal("max_batch_size: 4294967296", "it must be in"),
            Refusal("max_batch_size: \"8\"", "expected an integer, found a string"),
            Refusal("input: 3", "field 'input': expected a message, found an integer"),
            Refusal("input { name: \"x\" }", "input 'x' needs dims"), Refusal("input { dims: 1 }", "input has no name"),
            Refusal("input { name: \"x\" dims: [0] }", "each of dims must be above 0, or -1"),
            Refusal("input { name: \"x\" dims: [-2] }", "each of dims must be above 0, or -1"),
            Refusal("input { name: \"x\" dims: 1 data_type: FP32 }", "expected one of TYPE_INVALID, TYPE_BOOL"),
            Refusal("input { name: \"x\" dims: 1 data_type: 15 }", "expected one of"),
            Refusal("input { name: \"x\" dims: 1 data_type: TYPE_INVALID }", "TYPE_INVALID"),
            Refusal("inputs { name: \"x\" shape: 1 datatype: \"FLOAT\" }", "'FLOAT' is no datatype"),
            Refusal("inputs { name: \"x\" shape: 1 } input { name: \"y\" dims: 1 }", "do not go together"),
            Refusal(
                "input { name: \"x\" dims: 1 }\ninput { name: \"x\" dims: 1 }",
                "line 2: input 'x' is described more than once"),
            Refusal("version_policy { all {} latest {} }", "more than one of"),
            Refusal("version_policy { latest { num_versions: 0 } }", "must be above 0"),
            Refusal("version_policy { specific { } }", "needs versions above 0"),
            Refusal("versions: \"one\"", "versions must be decimal numbers"),
            Refusal("instance_group { count: -1 }", "instance_group.count is -1"),
            Refusal(
                "parameters { key: \"a\" }\nparameters { key: \"a\" }", "line 2: parameter 'a' is given more than once"),
            Refusal("model_transaction_policy { decoupled: 2 }", "expected true or false"),
            Refusal("name: ", "expected a value for 'name'"),
        ])
    func refusesWhatItWouldHaveToIgnore(row: Refusal) {
        do {
            _ = try read(row.text)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(row.message), "\(error)")
        }
    }

    @Test(
        "names the line of a TOML file",
        arguments: [
            Refusal("[[models]]\nname = \"a\"", "AMD's ensembles ('models') are not supported"),
            Refusal("name = \"a\"\nnmae = 2", "line 2: unknown field 'nmae'"),
            Refusal("[[inputs]]\nname = \"x\"\nshape = \"3\"", "line 3: field 'inputs.shape': expected an integer"),
            Refusal("[[inputs]]\nname = \"x\"\nshape = [[3]]", "line 3: 'shape' is an array of arrays"),
            Refusal("[parameters]\nx = [1]", "line 2: parameter 'x': expected text, a number or a boolean"),
        ])
    func namesTheLineOfATOMLFile(row: Refusal) {
        do {
            _ = try read(row.text, isTOML: true)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(row.message), "\(error)")
        }
    }

    @Test func mentionsWhatHasNoEffect() throws {
        #expect(try read("dynamic_batching {}").notes == [])
        #expect(
            try read("max_batch_size: 0 dynamic_batching {}").notes
                == ["dynamic_batching merges no requests: max_batch_size is 0"])
        #expect(try read("instance_group { kind: KIND_GPU }").notes == ["instance_group kind KIND_GPU runs on the CPU"])
    }
}
