import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct ModelDocumentTests {
    private func document(
        _ inputs: [TensorMetadata], name: String = "iris", version: String? = nil, isSequence: Bool = false
    ) -> ModelDocument {
        let outputs = [
            TensorMetadata(name: "label", dataType: .bytes, shape: [-1], labels: (0..<25).map { "class \($0)" })
        ]
        let metadata = ModelMetadata(
            name: name, versions: ["1", "2"], platform: "onnx_dunlin", inputs: inputs, outputs: outputs)
        return ModelDocument(metadata, version: version, authority: "localhost:8000", isSequence: isSequence)
    }

    private static let input = TensorMetadata(name: "input", dataType: .fp32, shape: [-1, 2])
    /// What could leave a text, an attribute, a shell's quotes, a string of Python or a path.
    private static let evil = "</pre><script>alert(1)</script>'\"; rm -rf $(x) `y` \\ \n{} é /.."

    @Test func commandsAreWhole() {
        let document = document([Self.input])
        #expect(
            document.curl == """
                curl http://localhost:8000/v2/models/iris/infer \\
                    -H 'Content-Type: application/json' \\
                    -d '{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[0.5,0.5]}]}'
                """)
        #expect(
            document.pythonRequests == """
                import requests

                body = {"inputs": [
                    {"name": "input", "shape": [1, 2], "datatype": "FP32",
                     "data": [0.5, 0.5]},
                ]}
                answer = requests.post("http://localhost:8000/v2/models/iris/infer", json=body)
                answer.raise_for_status()
                print(answer.json()["outputs"])
                """)
        #expect(
            document.pythonTriton == """
                import numpy as np
                import tritonclient.http as triton

                inputs = []
                tensor = triton.InferInput("input", [1, 2], "FP32")
                tensor.set_data_from_numpy(np.full([1, 2], 0.5, dtype=np.float32))
                inputs.append(tensor)
                client = triton.InferenceServerClient("localhost:8000")
                result = client.infer("iris", inputs)
                print(result.as_numpy("label"))
                """)
    }

    @Test func aVersionIsPartOfEverything() {
        let document = document([Self.input], version: "2", isSequence: true)
        #expect(document.inferPath == "/v2/models/iris/versions/2/infer")
        #expect(document.pythonTriton.contains("\"iris\", inputs, model_version=\"2\", sequence_id=1"))
        #expect(document.pythonRequests?.contains("\"sequence_start\": True") == true)
    }

    @Test func largeExamplesAreMadeByTheProgram() {
        let document = document([TensorMetadata(name: "image", dataType: .fp32, shape: [-1, 3, 224, 224])])
        #expect(document.curl == nil)
        #expect(document.pythonRequests?.contains("np.full([1, 3, 224, 224], 0.5, dtype=np.float32).flatten()") == true)
        #expect(document.page().count < 4096)
        #expect(document.page().string.contains("150528 elements"))
    }

    @Test func namesCannotLeaveTheirPlace() throws {
        let document = document([TensorMetadata(name: Self.evil, dataType: .int64, shape: [1])], name: Self.evil)
        let page = document.page().string
        #expect(!page.contains("<script") && !page.contains("</pre><") && page.contains("&lt;/pre&gt;"))
        let path = document.inferPath
        #expect(path.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"'\"<>`$(){};\\ ".utf8.contains($0) }, "\(path)")
        #expect(path.split(separator: "/").count == 4, "the name is one segment")
        let body = try #require(document.curl).split(separator: "-d ", maxSplits: 1)[1]
        #expect(body.hasPrefix("'") && body.hasSuffix("'") && body.contains("'\\''"))
        _ = try JSONValue(parsing: document.openAPI(serverVersion: "1"))
    }

    @Test func theOpenAPIDocumentHasTheModelsOwnSchemaAndExample() throws {
        let value = try JSONValue(parsing: document([Self.input]).openAPI(serverVersion: "0.1.0"))
        #expect(value["openapi"] == .string("3.0.3") && value["info"]?["version"] == .string("0.1.0"))
        let media = value["paths"]?["/v2/models/iris/infer"]?["post"]?["requestBody"]?["content"]?["application/json"]
        #expect(media?["example"] == (try JSONValue(parsing: Bytes(try #require(document([Self.input]).example.json)))))
        #expect(media?["schema"]?["required"] == .array([.string("inputs")]))
        #expect(value["paths"]?["/v2/models/iris"]?["get"] != nil)
    }

    @Test func thePageNamesWhatTheModelTakesAndGives() {
        let page = document([Self.input]).page().string
        for text in [
            "<td>input</td>", "<td>FP32</td>", "<td>[-1, 2]</td>", "<pre id=\"example\">", "<pre id=\"curl\">",
            "<pre id=\"python-requests\">", "<pre id=\"python-tritonclient\">", "class 19, … (25)",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("class 20") && !page.contains("src=") && !page.contains("http-equiv"))
    }

    @Test func sixteenBitFloatsAreForTheClientAlone() {
        let document = document([TensorMetadata(name: "x", dataType: .bf16, shape: [2])])
        #expect(document.curl == nil && document.pythonRequests == nil)
        #expect(document.pythonTriton.contains("\"BF16\"") && document.pythonTriton.contains("dtype=np.float32"))
        #expect(document.page().string.contains("no form in JSON"))
    }
}
