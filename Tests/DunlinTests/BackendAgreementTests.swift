import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinKernels
import DunlinOnnxRuntime
import DunlinProtocols
import DunlinServing
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import Dunlin

/// The same cases on every backend, with and without the graph passes, in process and over a socket.
///
/// The cases are those of `Tests/Fixtures/ml` and the shipped models with their whole test splits. The instruction set
/// is the process's: `make test` runs this suite once with each value of `DUNLIN_ISA` that the CPU has.
@Suite struct BackendAgreementTests {
    /// How far from ONNX Runtime's recorded answer an FP32 number may be, relative where it is above 1; the operators'
    /// own tests (`GoldenTests`) are tighter where they can be.
    private static let tolerance = 2e-3

    /// What ran, for the line that is printed: cases, and the largest difference.
    private struct Extent {
        var cases = 0
        var largest = 0.0
        var at = "-"

        mutating func add(_ difference: Double, _ name: String) {
            cases += 1
            if difference > largest { (largest, at) = (difference, name) }
        }
    }

    private static let shipped = ["iris", "breast_cancer", "digits_mlp", "digits_cnn", "language"]

    private static func cases() throws -> [GoldenCase] {
        try shipped.map { try GoldenCase(shipped: $0) } + GoldenCase.names.map { try GoldenCase(named: $0) }
    }

    @Test func theNativeEngineAgreesWithPassesOnAndOff() throws {
        var unoptimised = EngineOptions()
        unoptimised.passes = []
        try expectAgreement("native", NativeBackend(), allowsRefusals: true)
        try expectAgreement("native, no passes", NativeBackend(options: unoptimised), allowsRefusals: true)
    }

    @Test(.enabled(if: (try? OnnxRuntimeBackend().libraryVersion()) != nil, "ONNX Runtime is not installed"))
    func onnxRuntimeAgrees() throws {
        try expectAgreement("onnxruntime", OnnxRuntimeBackend(), allowsRefusals: false)
    }

    private func expectAgreement(_ what: String, _ backend: any Backend, allowsRefusals: Bool) throws {
        var extent = Extent()
        var refused: [String] = []
        for golden in try Self.cases() {
            let source = ModelSource(
                model: golden.name, version: "1", directory: golden.folder, path: golden.folder + "/model.onnx")
            let model: any LoadedModel
            do throws(InferError) { model = try backend.load(source) } catch {
                #expect(error.code == .unsupported && allowsRefusals, "\(golden.name) on \(what): \(error)")
                refused.append(golden.name)
                continue
            }
            let instance = try model.makeInstance()
            let ordered = model.signature.inputs.compactMap { input in golden.inputs.first { $0.name == input.name } }
            let outputs = try instance.execute(ordered)
            extent.add(try largestDifference(outputs, golden, what), golden.name)
        }
        Self.report(what, extent, refused)
        #expect(extent.cases > 300 && refused.count < 5)
    }

    @Test func aSocketChangesNothing() async throws {
        var configuration = ServerConfiguration()
        configuration.modelRepository = GoldenCase.directory + "/../../../model-repository"
        configuration.backends = [NativeBackend()]
        configuration.httpPort = 0
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let port = try #require(server.httpPort)
        for binary in [false, true] {
            var extent = Extent()
            for name in Self.shipped {
                let golden = try GoldenCase(shipped: name)
                var request = InferRequest(model: name, inputs: golden.inputs)
                request.parameters["binary_data_output"] = .bool(binary)
                let inProcess = try await server.infer(request)
                // A connection each: on a busy machine the wait above can outlast the server's idle timeout.
                let answer = try infer(TestClient(port: port), request, binary: binary)
                for (one, other) in zip(inProcess.outputs, answer) {
                    #expect(one.name == other.name && one.tensor.shape == other.tensor.shape)
                    #expect(one.tensor.bytes == other.tensor.bytes, "\(name), \(one.name), binary: \(binary)")
                }
                extent.add(try largestDifference(answer, golden, "socket"), name)
            }
            Self.report(binary ? "native, over a socket, binary" : "native, over a socket, JSON", extent, [])
        }
    }

    /// Sends the request as a client would, and reads the answer with the request codec: both have tensors in one form.
    private func infer(_ client: TestClient, _ request: InferRequest, binary: Bool) throws -> [NamedTensor] {
        let asResponse = InferResponse(model: "", version: "", outputs: request.inputs)
        let body = try V2InferCodec.encode(asResponse, for: request)
        var text = body.segments.reduce(into: [UInt8]()) { $0 += $1.array }
        let headCount = body.headerLength ?? text.count
        let head = String(decoding: text[..<headCount], as: UTF8.self)
        // An answer's JSON becomes a request's when its outputs are called inputs.
        let parameters = binary ? #""parameters":{"binary_data_output":true},"# : ""
        let renamed =
            "{" + parameters + head.dropFirst().replacing(#""outputs":["#, with: #""inputs":["#, maxReplacements: 1)
        text = [UInt8](renamed.utf8) + text[headCount...]
        let headers = binary ? ["Inference-Header-Content-Length": "\(renamed.utf8.count)"] : [:]
        let answer = try client.request("POST", "/v2/models/\(request.model)/infer", body: text, headers: headers)
        #expect(answer.status == 200, "\(answer.text.prefix(300))")
        let answerHead = answer.headers["inference-header-content-length"].flatMap { Int($0) } ?? answer.body.count
        let back = String(decoding: answer.body[..<answerHead], as: UTF8.self)
            .replacing(#""outputs":["#, with: #""inputs":["#, maxReplacements: 1)
        return try V2InferCodec.decode(
            .init([UInt8](back.utf8) + answer.body[answerHead...]), headerLength: binary ? back.utf8.count : nil,
            model: "answer", version: nil, limits: V2Limits()
        ).inputs
    }

    private func largestDifference(_ outputs: [NamedTensor], _ golden: GoldenCase, _ what: String) throws -> Double {
        var largest = 0.0
        for expected in golden.outputs {
            let received = try #require(
                outputs.first { $0.name == expected.name }, "\(golden.name): no \(expected.name)")
            let found = difference(received.tensor, from: expected.tensor, tolerance: Self.tolerance)
            #expect(found == nil, "\(golden.name), output \(expected.name), on \(what)")
            guard expected.tensor.dataType == .fp32, found == nil else { continue }
            let pairs = zip(received.tensor.elements(as: Float.self), expected.tensor.elements(as: Float.self))
            for (value, wanted) in pairs where value.isFinite && wanted.isFinite {
                largest = max(largest, Double(abs(value - wanted) / max(1, abs(wanted))))
            }
        }
        return largest
    }

    private static func report(_ what: String, _ extent: Extent, _ refused: [String]) {
        let isa = KernelTable.current.isa.rawValue
        print(
            "agreement [\(isa)] \(what): \(extent.cases) cases, largest difference \(extent.largest) (\(extent.at))"
                + (refused.isEmpty ? "" : ", refused: \(refused.joined(separator: ", "))"))
    }
}
