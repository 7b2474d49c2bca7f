import DunlinBytes
import DunlinHTTP
import DunlinInference
import Testing

@testable import DunlinLoad

@Suite struct LoadTargetTests {
    @Test func quotesModelNames() throws {
        #expect(LoadTarget.quoted("a-b.c_d~1") == "a-b.c_d~1")
        #expect(LoadTarget.quoted("a/b c?ü") == "a%2Fb%20c%3F%C3%BC")
        let target = try LoadTarget(url: "http://127.0.0.1:1/p", unixSocket: nil, model: "a b", version: "3")
        #expect(target.modelPath == "/v2/models/a%20b/versions/3")
        #expect(
            target.message("GET", "/v2", headers: [("A", "b")]).string
                == "GET /p/v2 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nA: b\r\n\r\n")
    }

    @Test(arguments: [
        ("grpc://127.0.0.1:1", HTTP2Library.isBuiltIn, "gRPC"), ("https://127.0.0.1:1", TLSLibrary.isBuiltIn, "TLS"),
    ])
    func whatABuildLacksIsSaid(url: String, isBuiltIn: Bool, name: String) {
        var message: String?
        do throws(InferError) {
            _ = try LoadTarget(url: url, unixSocket: nil, model: "m", version: nil)
        } catch { message = error.message }
        #expect((message == nil) == isBuiltIn)
        if let message { #expect(message.contains("needs \(name), which this build does not have")) }
    }

    @Test func aSocketsPathHasALimit() throws {
        let fits = "/" + String(repeating: "s", count: 106)
        _ = try LoadTarget(url: "http://h", unixSocket: fits, model: "m", version: nil)
        #expect(throws: InferError.self) {
            try LoadTarget(url: "http://h", unixSocket: fits + "s", model: "m", version: nil)
        }
        #expect(throws: InferError.self) { try LoadTarget(url: "http://h", unixSocket: "", model: "m", version: nil) }
    }
}
