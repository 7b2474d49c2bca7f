import DunlinInference
import Testing

@Suite struct PrecisionTests {
    private func source(_ given: Parameter?, configured: String? = nil, usual: Precision? = nil) -> ModelSource {
        var configuration = ModelConfiguration()
        if let configured { configuration.parameters["precision"] = configured }
        return ModelSource(
            model: "m", version: "1", directory: ".", path: "m", configuration: configuration,
            parameters: given.map { ["precision": $0] } ?? [:], defaultPrecision: usual)
    }

    @Test("the load's word comes before the configuration's, and that before the server's")
    func order() throws {
        #expect(try source(nil).precision() == nil)
        #expect(try source(nil, usual: .bf16).precision() == .bf16)
        #expect(try source(nil, configured: "fp32", usual: .bf16).precision() == .fp32)
        #expect(try source(nil, configured: "bf16").precision() == .bf16)
        #expect(try source(.string("fp32"), configured: "bf16").precision() == .fp32)
        #expect(try source(.string("bf16"), configured: "fp32").precision() == .bf16)
    }

    @Test(
        "what is not the name of a precision is refused with what was expected and what came",
        arguments: [
            (Parameter.string("fp16"), "fp16"), (.string("BF16"), "BF16"), (.string(""), ""), (.int(16), "16"),
            (.bool(true), "true"), (.double(0.5), "0.5"),
        ])
    func refuses(value: Parameter, text: String) {
        let error = #expect(throws: InferError.self) { try source(value).precision() }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "model 'm': parameter 'precision' is \(text); it must be one of fp32, bf16")
    }

    @Test func theConfigurationsValueIsCheckedToo() {
        let error = #expect(throws: InferError.self) { try source(nil, configured: "half").precision() }
        #expect(error?.message.contains("'precision' is half") == true)
    }
}
