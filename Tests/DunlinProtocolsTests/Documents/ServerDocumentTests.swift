import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct ServerDocumentTests {
    private func model(_ name: String) -> ModelDocument {
        ModelDocument(
            ModelMetadata(
                name: name, versions: ["1"], platform: "p",
                inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [1])], outputs: []),
            version: nil, authority: "h")
    }

    @Test func thePageLinksEveryModel() {
        let page = ServerDocument.page(name: "north <1>", version: "0.1.0", names: ["a b", "iris"]).string
        #expect(page.contains("<a href=\"/v2/models/a%20b/docs\">a b</a>"))
        #expect(page.contains("<a href=\"/v2/models/iris/docs\">iris</a>"))
        #expect(page.contains("<h1>north &lt;1&gt;</h1>"))
        #expect(ServerDocument.page(name: "n", version: "v", names: []).string.contains("No model is loaded."))
    }

    @Test func theDocumentHasThePathsOfItsModels() throws {
        let document = ServerDocument(name: "n", version: "1", models: [model("a"), model("b")], modelCount: 3)
        let value = try JSONValue(parsing: document.openAPI())
        #expect(value["paths"]?["/v2/models/a/infer"] != nil && value["paths"]?["/v2/models/b/infer"] != nil)
        #expect(value["info"]?["title"] == .string("n (the first 2 of 3 models)"))
    }
}
