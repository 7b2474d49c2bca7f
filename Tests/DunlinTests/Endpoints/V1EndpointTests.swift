import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// V1 over a real socket, with the models of TensorFlow Serving's own tests: half plus two, and plus three.
@Suite struct V1EndpointTests {
    private static let signature = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])

    private func serving(
        _ config: String = "", control: ServerConfiguration.ModelControlMode = .explicit, load: [String] = ["*"],
        _ body: (TestClient, Server) throws -> Void
    ) throws {
        let repository = TemporaryDirectory()
        repository.write("half/123/model.onnx", "")
        repository.write("half/124/model.onnx", "")
        repository.write("half/config.pbtxt", "version_policy { all { } } \(config)")
        repository.write("score/1/model.onnx", "")
        let backend = FakeBackend { source throws(InferError) in
            let offset: Float = source.version == "124" ? 3 : 2
            if source.model == "score" {
                return FakeModel(
                    ModelSignature(
                        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 1])],
                        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 1])])
                ) { inputs throws(InferError) in
                    let values = inputs[0].tensor.elements(as: Float.self).map { $0 / 2 + 2 }
                    return [NamedTensor("y", Tensor(values, shape: inputs[0].tensor.shape))]
                }
            }
            return FakeModel(Self.signature) { inputs throws(InferError) in
                let values = inputs[0].tensor.elements(as: Float.self).map { $0 / 2 + offset }
                return [NamedTensor("y", Tensor(values, shape: inputs[0].tensor.shape))]
            }
        }
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path
        configuration.modelControlMode = control
        configuration.loadModels = load
        configuration.backends = [backend]
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        try body(try TestClient(port: try #require(server.httpPort)), server)
    }

    private static let labels = #"parameters { key: "version_labels" value { string_value: "stable=123,next=125" } }"#

    @Test(
        "predicts by version and label, in rows and columns",
        arguments: [
            ("half", #"{"instances":[[1.0,2.0],[3.0,4.0]]}"#, #"{"predictions":[[3.5,4.0],[4.5,5.0]]}"#),
            ("half/versions/123", #"{"instances":[[1.0,2.0]]}"#, #"{"predictions":[[2.5,3.0]]}"#),
            ("half/versions/124", #"{"instances":[[1.0,2.0]]}"#, #"{"predictions":[[3.5,4.0]]}"#),
            ("half/labels/stable", #"{"instances":[[1.0,2.0]]}"#, #"{"predictions":[[2.5,3.0]]}"#),
            (
                // A converted model keeps its clients, whatever its signature was called.
                "half/versions/123", #"{"signature_name":"predict_images","inputs":[[3.0,4.0]]}"#,
                #"{"outputs":[[3.5,4.0]]}"#
            ),
            (
                "half/versions/123", #"{"signature_name":"serving_default","inputs":[[3.0,4.0]]}"#,
                #"{"outputs":[[3.5,4.0]]}"#
            ), ("half/versions/123", #"{"inputs":{"x":[[3.0,4.0]]}}"#, #"{"outputs":[[3.5,4.0]]}"#),
            ("half/versions/123", #"{"inputs":[[3.0,4.0]]}"#, #"{"predictions":[[3.5,4.0]]}"#),
        ])
    func predicts(path: String, body: String, expected: String) throws {
        try serving(Self.labels) { (client, _) throws in
            for colon in [":", "%3A", "%3a"] {
                let answer = try client.post("/v1/models/\(path)\(colon)predict", body)
                #expect(answer.status == 200 && answer.text == expected, "\(answer.text)")
                #expect(answer.headers["content-type"] == "application/json")
            }
        }
    }

    @Test func classifiesAndRegresses() throws {
        try serving { (client, _) throws in
            let regression = try client.post(
                "/v1/models/score:regress", #"{"signature_name":"regress_x_to_y","examples":[{"x":80.0}]}"#)
            #expect(regression.status == 200 && regression.text == #"{"results":[42.0]}"#)
            let classes = try client.post("/v1/models/score/versions/1:classify", #"{"examples":[{"x":20.0}]}"#)
            #expect(classes.status == 200 && classes.text == #"{"results":[[["0",12.0]]]}"#)
        }
    }

    @Test func largeBodiesAreDecodedOnAQueue() throws {
        try serving { (client, _) throws in
            let row = "[1.25,2.25]"
            let count = V2.decodeOnLoopByteCount / row.utf8.count + 1
            let body = #"{"instances":[\#(Array(repeating: row, count: count).joined(separator: ","))]}"#
            #expect(body.utf8.count > V2.decodeOnLoopByteCount)
            let answer = try client.post("/v1/models/half/versions/123:predict", body)
            #expect(answer.status == 200)
            #expect(answer.text.hasPrefix(#"{"predictions":[[2.625,3.125],[2.625,3.125],"#))
            #expect(answer.text.split(separator: "[").count == count + 1)
        }
    }

    @Test(
        "refuses with the statuses and words of both protocols",
        arguments: [
            ("foo:predict", #"{"instances":[1]}"#, 404, "Model with name foo does not exist."),
            ("foo:predict", #"{"instances":[1]}"#, 404, "Servable not found for request: Latest(foo)"),
            (
                "foo/versions/50:predict", #"{"instances":[1]}"#, 404,
                "Servable not found for request: Specific(foo, 50)"
            ),
            ("half/versions/99:predict", #"{"instances":[1]}"#, 404, "Specific(half, 99)"),
            ("half/versions/HELLO:regress", "{}", 400, "Malformed request"),
            ("half/versions/18446744073709551615:regress", "{}", 400, "Malformed request"),
            ("half/labels/none:predict", #"{"instances":[1]}"#, 400, "Unrecognized servable version label: none"),
            ("half/labels/next:predict", #"{"instances":[1]}"#, 404, "Specific(half, 125)"),
            ("half:predict", "", 400, "document is empty"),
            ("half:predict", "instances = [1, 2]", 400, "expected an object"),
            ("half:predict", #"{"instances":["x","y"]}"#, 400, "'instances', input 'x': expected a number"),
            ("half:predict", #"{"signature_name":100}"#, 400, "a string value"),
            ("half:predict", #"{"instances":[[1,2,3]]}"#, 400, "expected shape [-1,2], received [1,3]"),
            ("half:explain", "{}", 501, "has no explainer"),
            ("half:regress", #"{"examples":[{}]}"#, 400, "v1_regression"),
        ])
    func refuses(path: String, body: String, status: Int, words: String) throws {
        try serving(Self.labels) { (client, _) throws in
            let answer = try client.post("/v1/models/\(path)", body)
            #expect(answer.status == status && answer.text.contains(words), "\(answer.status) \(answer.text)")
            #expect(answer.text.hasPrefix(#"{"error":""#))
        }
    }

    @Test func statusesAreMerged() throws {
        try serving(Self.labels) { (client, server) throws in
            let all = try client.get("/v1/models")
            #expect(all.status == 200 && all.text.hasSuffix(#""models":["half","score"]}"#), "\(all.text)")
            #expect(all.text.contains(#""id":"half","object":"model","created":"#))
            let both = try client.get("/v1/models/half")
            #expect(both.status == 200 && both.text.hasPrefix(#"{"name":"half","ready":true,"id":"half""#))
            #expect(both.text.components("\"state\":\"AVAILABLE\"") == 2)
            let one = try client.get("/v1/models/half/labels/stable")
            #expect(one.status == 200 && one.text.components("\"version\"") == 1 && one.text.contains("\"123\""))
            #expect(try client.get("/v1/models/half/versions/124").text.contains("\"124\""))
            #expect(try client.get("/v1/models/half/versions/99").status == 404)
            #expect(try client.get("/v1/models/foo").status == 404)
            #expect(try client.get("/v1/models/foo/metadata").status == 404)
            let metadata = try client.get("/v1/models/half/versions/123/metadata")
            #expect(metadata.status == 200)
            #expect(metadata.text.hasPrefix(#"{"model_spec":{"name":"half","signature_name":"","version":"123"}"#))
            #expect(try client.get("/v1/models/half/metadata").text.contains(#""version":"124""#))
            #expect(try client.get("/v1/models/half/labels/stable/metadata").text.contains(#""version":"123""#))
        }
    }

    @Test func whatIsNotReadyIsSaidSo() throws {
        try serving { (client, _) throws in
            #expect(try client.post("/v2/models/half/unload").status == 200)
            for path in ["/v1/models/half", "/v1/models/half/versions/123"] {
                let answer = try client.get(path)
                #expect(answer.status == 503, "\(answer.text)")
                #expect(answer.text.contains("Model with name half is not ready."))
                #expect(answer.text.contains(#""ready":false"#) && answer.text.contains(#""state":"END""#))
            }
            let predict = try client.post("/v1/models/half:predict", #"{"instances":[[1,2]]}"#)
            #expect(predict.status == 503 && predict.text.contains("Model with name half is not ready."))
        }
        try serving(load: []) { (client, _) throws in
            let never = try client.get("/v1/models/half")
            #expect(never.status == 503 && never.text.contains(#""model_version_status":[]"#), "\(never.text)")
        }
    }

    @Test func workersAnswerToo() throws {
        try serving { (client, _) throws in
            _ = try client.post("/v2/workers/echo/load")
            let status = try client.get("/v1/models/echo")
            #expect(status.status == 200 && status.text.contains(#""state":"AVAILABLE""#))
        }
    }

    @Test func aFullQueueIsTooManyRequests() {
        #expect(InferError.Code.resourceExhausted.v1Status == 429)
        for code in InferError.Code.allCases where code != .resourceExhausted {
            #expect(code.v1Status == code.httpStatus)
        }
    }

    @Test func aDeadlineThatIsNoneIsRefused() throws {
        try serving { (client, _) throws in
            let answer = try client.post(
                "/v1/models/half:predict", #"{"instances":[[1,2]]}"#, headers: ["Request-Timeout": "soon"])
            #expect(answer.status == 400 && answer.text.contains("Request-Timeout"))
        }
    }

    @Test func aWrongParameterFailsTheLoad() throws {
        let wrong = #"parameters { key: "v1_style" value { string_value: "mlflow" } }"#
        try serving(wrong) { (client, _) throws in
            let answer = try client.post("/v2/models/half/load")
            #expect(answer.status == 400 && answer.text.contains("parameter 'v1_style' is 'mlflow'"), "\(answer.text)")
        }
    }
}

extension String {
    /// How often `part` stands in it.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
