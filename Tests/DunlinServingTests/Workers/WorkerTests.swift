import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct WorkerTests {
    private let fixture = RegistryFixture { _ throws(InferError) in .adding(4) }

    private func names() -> [String] { fixture.registry.modelNames() }

    private func isReady(_ endpoint: String) -> Bool { (try? fixture.registry.isReady(model: endpoint)) ?? false }

    private func request(_ endpoint: String, _ inputs: [[UInt32]], name: String = "") -> InferRequest {
        InferRequest(model: endpoint, inputs: inputs.map { NamedTensor(name, Tensor($0, shape: [$0.count])) })
    }

    /// The sequence of AMD's `tests/api/test_worker_load.py`.
    @Test func loadsShareNameAndCountAsAMDsServer() throws {
        let echo: Parameters = ["model": .string("echo")]
        let other: Parameters = ["model": .string("echo"), "max_buffer_num": .int(100)]
        var unshared = other
        unshared["share"] = .bool(false)
        #expect(try fixture.loadWorker("CPlusPlus", echo) == "cplusplus")
        #expect(try fixture.loadWorker("cplusplus", echo) == "cplusplus")
        #expect(try fixture.loadWorker("cplusplus", other) == "cplusplus-0")
        #expect(try fixture.loadWorker("cplusplus", unshared) == "cplusplus-0")
        #expect(isReady("cplusplus") && isReady("cplusplus-0"))
        try fixture.unloadWorker("cplusplus")
        try fixture.unloadWorker("cplusplus")
        #expect(!isReady("cplusplus"))
        try fixture.unloadWorker("cplusplus-0")
        #expect(isReady("cplusplus-0"))
        try fixture.unloadWorker("cplusplus-0")
        #expect(!isReady("cplusplus-0"))
    }

    /// `test_model_list` and `test_model_ready`.
    @Test func theListGrowsAndShrinks() throws {
        #expect(names() == [])
        #expect(!isReady("cplusplus"))
        _ = try fixture.loadWorker("cplusplus", ["model": .string("echo")])
        #expect(names() == ["cplusplus"])
        _ = try fixture.loadWorker("cplusplus", ["model": .string("echo_multi")])
        #expect(names() == ["cplusplus", "cplusplus-0"])
        try fixture.unloadWorker("cplusplus-0")
        try fixture.unload("CPlusPlus")
        #expect(names() == [])
    }

    /// `test_model_infer`, `test_cplusplus`, `test_model_metadata`.
    @Test(arguments: ["cplusplus", "echo"])
    func echoAddsOne(worker: String) throws {
        let parameters: Parameters = worker == "echo" ? [:] : ["model": .string("echo")]
        let endpoint = try fixture.loadWorker(worker, parameters)
        var response = try fixture.infer(request(endpoint, [[1]]))
        #expect(response.model == "echo")
        #expect(response.id == nil)
        #expect(response.outputs.map(\.name) == [""])
        #expect(response.outputs[0].tensor.elements(as: UInt32.self) == [2])
        #expect(response.outputs[0].tensor.shape == [1])
        var several = request(endpoint, [[3], [7, .max]])
        several.outputs = [RequestedOutput("here")]
        response = try fixture.infer(several)
        #expect(response.outputs.map(\.name) == ["here", ""])
        #expect(response.outputs[1].tensor.elements(as: UInt32.self) == [8, 0])
        let metadata = try fixture.registry.metadata(model: endpoint)
        #expect(metadata.platform == "CPU")
        #expect(metadata.name == (worker == "echo" ? "echo" : "CPlusPlus"))
    }

    @Test func echoTakesOnlyUINT32() throws {
        _ = try fixture.loadWorker("echo")
        let request = InferRequest(model: "echo", inputs: [NamedTensor("x", Tensor([Float(1)], shape: [1]))])
        #expect(
            fixture.message { _ = try fixture.infer(request) } == "input 'x': expected datatype UINT32, received FP32")
        #expect(
            fixture.message { _ = try fixture.infer(InferRequest(model: "echo", inputs: [])) }.contains("no inputs"))
    }

    @Test func echoMultiGoesRoundItsInputs() throws {
        _ = try fixture.loadWorker("cplusplus", ["model": .string("echo_multi")])
        let response = try fixture.infer(request("cplusplus", [[3], [2, 7]]))
        #expect(response.outputs.map(\.name) == ["output0", "output1", "output2"])
        #expect(response.outputs.map { $0.tensor.elements(as: UInt32.self) } == [[3], [2, 7, 3, 2], [7, 3, 2]])
        #expect(fixture.message { _ = try fixture.infer(request("cplusplus", [[]])) }.contains("at least one element"))
    }

    @Test func identityAnswersWhateverCame() throws {
        _ = try fixture.loadWorker("Identity")
        var request = InferRequest(
            model: "identity",
            inputs: [
                NamedTensor("text", Tensor(strings: ["a", "bc"], shape: [2])),
                NamedTensor("none", Tensor([Double](), shape: [0, 3])),
            ])
        let response = try fixture.infer(request)
        #expect(response.model == "identity")
        #expect(response.outputs.map(\.name) == ["text", "none"])
        #expect(response.outputs[0].tensor.strings == ["a", "bc"])
        #expect(response.outputs[1].tensor.shape == [0, 3])
        request.outputs = [RequestedOutput("none")]
        #expect(try fixture.infer(request).outputs.map(\.name) == ["none"])
        request.outputs = [RequestedOutput("other")]
        #expect(fixture.message { _ = try fixture.infer(request) }.contains("its outputs are ['text', 'none']"))
    }

    @Test func onnxServesAFileOfTheRepository() throws {
        fixture.directory.write("m/1/model.onnx", "x")
        let path: Parameters = ["model": .string("m/1/model.onnx"), "batch_size": .int(2), "threads": .int(1)]
        #expect(try fixture.loadWorker("onnx", path) == "onnx")
        #expect(try fixture.answer("onnx") == 4)
        #expect(
            fixture.message { _ = try fixture.infer(RegistryFixture.request("onnx", rows: 3)) }
                == "model 'onnx': a batch of 3 is more than max_batch_size 2")
        #expect(try fixture.loadWorker("onnx", ["model": .string("m/1/model.onnx")]) == "onnx-0")
        let rows: [(Parameters, String)] = [
            ([:], "No model specified"), (["model": .int(1)], "parameter 'model' must be text that is not empty"),
            (["model": .string("../x")], "model path '../x' must not contain path traversal characters"),
            (
                ["model": .string("/etc/passwd")],
                "model path '/etc/passwd' leads out of the model repository"
            ),
            (
                ["model": .string("m/2/model.onnx")],
                "model path 'm/2/model.onnx': there is no such file in the model repository"
            ),
            (
                ["model": .string("m/1/model.onnx"), "batch_size": .int(0)],
                "parameter 'batch_size' must be an integer in 1...65536"
            ),
            (
                ["model": .string("m/1/model.onnx"), "threads": .string("2")],
                "parameter 'threads' must be an integer in 1...65536"
            ),
        ]
        for (parameters, message) in rows {
            #expect(fixture.message { _ = try fixture.loadWorker("onnx", parameters) } == message)
        }
    }

    @Test func loadsThatMakeNoSenseAreRefused() {
        let rows: [(String, Parameters, String)] = [
            ("cplusplus", [:], "No model specified"),
            (
                "cplusplus", ["model": .string("nope")],
                "model 'nope' of worker 'cplusplus' is not built in; there is echo, echo_multi"
            ),
            ("nope", [:], "worker 'nope' is not known; there is cplusplus, echo, echo_multi, identity, onnx"),
            ("", [:], "model name cannot be empty"),
            ("echo", ["share": .string("no")], "parameter 'share' must be true or false"),
            ("echo", ["next": .string("x")], "parameter 'next': chains of workers are not supported"),
        ]
        for (worker, parameters, message) in rows {
            #expect(fixture.message { _ = try fixture.loadWorker(worker, parameters) } == message)
        }
        #expect(names() == [])
    }

    @Test func aNameBelongsToOneEndpoint() throws {
        fixture.directory.write("echo/1/model.onnx")
        try fixture.load("echo")
        #expect(
            fixture.message { _ = try fixture.loadWorker("echo") }
                == "endpoint 'echo' is the name of a model of the repository; unload that first")
        try fixture.unload("echo")
        #expect(try fixture.loadWorker("echo") == "echo")
        #expect(
            fixture.message { try fixture.load("echo") }
                == "model 'echo' has the name of a worker's endpoint; unload that first")
        try fixture.unloadWorker("echo")
        try fixture.load("echo")
        #expect(try fixture.answer("echo") == 4)
    }

    @Test func anUnloadMeansTheWorkerThatHasTheNameOfAModelThatHadIt() throws {
        fixture.directory.write("echo/1/model.onnx")
        try fixture.start()
        try fixture.load("echo")
        try fixture.unload("echo")
        _ = try fixture.loadWorker("echo")
        try fixture.unload("echo")
        #expect(!isReady("echo") && names() == [])
        #expect(fixture.registry.isReady)
        _ = try fixture.loadWorker("echo")
        try fixture.unloadWorker("echo")
        #expect(names() == [] && fixture.registry.isReady)
    }

    @Test func endpointsAndInstancesAreLimited() throws {
        let fixture = RegistryFixture(change: {
            $0.maxModelCount = 2
            $0.maxInstanceCount = 2
        }) { _ throws(InferError) in .adding(1) }
        _ = try fixture.loadWorker("echo")
        _ = try fixture.loadWorker("identity")
        #expect(
            fixture.message { _ = try fixture.loadWorker("echo_multi") }
                == "2 worker endpoints are loaded, which is the limit")
        _ = try fixture.loadWorker("echo", ["share": .bool(false)])
        #expect(
            fixture.message { _ = try fixture.loadWorker("echo", ["share": .bool(false)]) }
                == "endpoint 'echo' has 2 instances, which is the limit")
    }
}
