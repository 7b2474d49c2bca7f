import DunlinHTTP
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

@Suite struct HeaderForwardingTests {
    private func forward(
        _ pattern: String, _ fields: [(name: String, value: String)], to start: Parameters = [:]
    ) throws -> Parameters {
        var parameters = start
        try HeaderForwarding(pattern).forward(HTTPHeaders(fields), to: &parameters)
        return parameters
    }

    @Test func matchingFieldsBecomeParameters() throws {
        let fields = [
            ("header_1", "value_1"), ("my_header_1", "my_value_1"), ("My_Header_3", #"a "quoted" \ "#), ("Host", "a"),
        ]
        let found = try forward("my_header.*", fields, to: ["note": .int(7)])
        #expect(
            found == ["note": .int(7), "my_header_1": .string("my_value_1"), "My_Header_3": .string(#"a "quoted" \"#)])
    }

    @Test func aFieldStandsForAParameterOfTheBody() throws {
        let found = try forward(
            "x-user", [("X-User", "proxy")], to: ["x-user": .string("forged"), "other": .bool(true)])
        #expect(found == ["other": .bool(true), "X-User": .string("proxy")])
    }

    @Test func repeatedFieldsAreOneParameter() throws {
        let found = try forward(
            "x-a", [("X-A", "1"), ("x-b", "2"), ("x-a", "3"), ("X-A", "4")], to: ["x-a": .string("0")])
        #expect(found == ["X-A": .string("1, 3, 4")])
    }

    @Test(
        "reserved names are refused where they match, and left alone elsewhere",
        arguments: HeaderForwarding.reservedNames.sorted() + [
            "triton_", "triton_injected_via_header", "Triton_X", "Timeout",
        ])
    func reservedNamesAreRefused(name: String) throws {
        #expect(
            throws: InferError(
                .invalidArgument, "Header '\(name)' is reserved for Triton usage and cannot be forwarded.")
        ) { try forward(".*", [(name, "1")]) }
        #expect(try forward("^x-", [(name, "1")]).isEmpty)
    }

    @Test func aServerRefusesThemAndTakesOthers() throws {
        let repository = TemporaryDirectory()
        repository.write("m/1/model.onnx", "")
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path
        configuration.backends = [FakeBackend { _ throws(InferError) in FakeModel.adding(1) }]
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        configuration.httpHeaderForwardPattern = "^(x-|triton_|timeout)"
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let client = try TestClient(port: try #require(server.httpPort))
        let v2 = #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#
        let v1 = #"{"instances":[[1,2]]}"#
        for (path, body) in [("/v2/models/m/infer", v2), ("/v1/models/m:predict", v1)] {
            #expect(try client.request("POST", path, body: Array(body.utf8), headers: ["x-a": "1"]).status == 200)
            let refused = try client.request("POST", path, body: Array(body.utf8), headers: ["triton_a": "1"])
            #expect(refused.status == 400)
            #expect(
                refused.text
                    == #"{"error":"Header 'triton_a' is reserved for Triton usage and cannot be forwarded."}"#)
            #expect(try client.request("POST", path, body: Array(body.utf8), headers: ["Timeout": "1"]).status == 400)
        }
    }

    @Test func aPatternThatIsNoneIsAProblemOfTheConfiguration() {
        var configuration = ServerConfiguration()
        configuration.httpHeaderForwardPattern = "("
        #expect(throws: ConfigurationError.self) { try Server(configuration) }
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.parse(arguments: ["--http-header-forward-pattern", "["], environment: [:])
        }
        #expect(throws: Never.self) {
            try ServerConfiguration.parse(arguments: ["--http-header-forward-pattern", "PREFIX_.*"], environment: [:])
        }
    }
}
