import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

/// Every case of `Tests/Fixtures/ml` on the native engine, compared with ONNX Runtime 1.31.1.
@Suite struct GoldenTests {
    /// Cases that the native engine refuses or answers in its own way, each with the reason.
    static let exceptions: [String: String] = [:]

    static let tolerance = 1e-5
    /// ONNX Runtime's approximation of the probit loses three digits near zero, in another order of operations others.
    static let probitTolerance = 2e-3

    @Test("answers as ONNX Runtime does", arguments: GoldenCase.names.filter { exceptions[$0] == nil })
    func answersAsOnnxRuntimeDoes(name: String) throws {
        let golden = try GoldenCase(named: name)
        let model = try Model(data: golden.model)
        let outputs = try model.run(Dictionary(uniqueKeysWithValues: golden.inputs.map { ($0.name, $0.tensor) }))
        for expected in golden.outputs {
            let received = try #require(outputs[expected.name], "output \(expected.name) is missing")
            let found = difference(
                received, from: expected.tensor,
                tolerance: name.contains("probit") ? Self.probitTolerance : Self.tolerance)
            #expect(found == nil, "\(name), output \(expected.name)")
        }
    }

    @Test("has cases") func hasCases() { #expect(GoldenCase.names.count > 250) }
}
