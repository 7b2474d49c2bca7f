import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct CompletedConfigurationTests {
    /// Of a model FP32 `x` `[-1, 2]` to `y` `[-1, 2]` with the configuration `text`.
    private func completed(
        _ text: String?, change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws -> ProtobufTextMessage {
        let fixture = RegistryFixture(change: change) { _ throws(InferError) in .adding(1) }
        if let text { fixture.directory.write("m/config.pbtxt", text) }
        fixture.directory.write("m/3/net.onnx")
        try fixture.load("m")
        return try fixture.registry.configuration(model: "m")
    }

    private func input(_ message: ProtobufTextMessage) throws -> ProtobufTextMessage {
        try #require(message.messages("input").first).message
    }

    @Test func aModelWithoutConfigurationIsDescribedInFull() throws {
        let message = try completed(nil, change: { $0.instanceCountDefault = 2 })
        #expect(message.string("name") == "m" && message.string("backend") == "native")
        #expect(message.string("default_model_filename") == "net.onnx")
        #expect(message.integers("max_batch_size") == [0])
        let input = try input(message)
        #expect(input.string("name") == "x" && input.string("data_type") == "TYPE_FP32")
        #expect(input.integers("dims") == [-1, 2])
        let group = try #require(message.messages("instance_group").first).message
        #expect(group.string("name") == "m_0" && group.string("kind") == "KIND_CPU" && group.integers("count") == [2])
        let policy = try #require(message.messages("version_policy").first).message
        #expect(policy.messages("latest").first?.message.integers("num_versions") == [1])
        #expect(message.first("dynamic_batching") == nil)
    }

    @Test func rowsThatAreMergedAreTheLargestBatch() throws {
        let message = try completed(nil, change: { $0.batchRowsDefault = 8 })
        #expect(message.integers("max_batch_size") == [8])
        #expect(try input(message).integers("dims") == [2])
        #expect(message.first("dynamic_batching") != nil)
    }

    @Test func whatTheFileSaysStays() throws {
        let message = try completed(
            """
            platform: "onnxruntime_onnx" max_batch_size: 4 version_policy { all {} }
            output { name: "y" data_type: TYPE_FP32 dims: 2 }
            instance_group [ { count: 2 kind: KIND_GPU gpus: 0 }, { name: "more" } ]
            dynamic_batching { max_queue_delay_microseconds: 100 }
            parameters { key: "b" value { string_value: "2" } } parameters { key: "a" value { string_value: "1" } }
            metric_tags { key: "team" value: "north" }
            """)
        #expect(message.string("platform") == "onnxruntime_onnx" && message.integers("max_batch_size") == [4])
        #expect(message.messages("version_policy").first?.message.first("all") != nil)
        #expect(try input(message).integers("dims") == [2])
        let groups = message.messages("instance_group").map(\.message)
        #expect(groups.map { $0.string("name") } == ["m_0", "more"])
        #expect(groups.map { $0.integers("count") } == [[2], [1]])
        #expect(groups.map { $0.string("kind") } == ["KIND_CPU", "KIND_CPU"])
        #expect(groups[0].integers("gpus") == [0])
        let batching = message.messages("dynamic_batching")
        #expect(batching.count == 1 && batching[0].message.integers("max_queue_delay_microseconds") == [100])
        #expect(message.messages("parameters").map { $0.message.string("key") } == ["a", "b"])
        #expect(message.messages("metric_tags").count == 1)
    }

    @Test func amdsVocabularyIsToldInTritons() throws {
        let message = try completed(
            """
            inputs [ { name: "x" datatype: "FP32" shape: [2] } ] outputs [ { name: "y" datatype: "FP32" shape: [2] } ]
            """)
        #expect(message.first("inputs") == nil && message.first("outputs") == nil)
        let input = try input(message)
        #expect(input.string("data_type") == "TYPE_FP32" && input.integers("dims") == [-1, 2])
        #expect(input.first("datatype") == nil && input.first("shape") == nil)
    }

    @Test func aWorkersEndpointHasAConfigurationToo() throws {
        let fixture = RegistryFixture { _ throws(InferError) in .adding(1) }
        _ = try fixture.loadWorker("echo")
        let message = try fixture.registry.configuration(model: "echo")
        #expect(message.string("name") == "echo" && message.string("default_model_filename").isEmpty)
        #expect(throws: InferError.modelNotFound("none")) { try fixture.registry.configuration(model: "none") }
    }
}
