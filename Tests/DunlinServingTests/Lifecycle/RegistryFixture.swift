import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Synchronization
import Testing

@testable import DunlinServing

/// A registry over a temporary repository, with completions turned into results.
struct RegistryFixture {
    let directory = TemporaryDirectory()
    let registry: ModelRegistry

    init(
        _ backends: [any Backend], mode: ServingConfiguration.ControlMode = .explicit,
        clock: ManualClock? = nil, _ change: (inout ServingConfiguration) -> Void = { _ in },
        decodeRecorded: RecordedRequestDecoder? = nil
    ) {
        var configuration = ServingConfiguration()
        configuration.modelRepository = directory.path
        configuration.controlMode = mode
        configuration.instanceCountDefault = 1
        configuration.inlineThreshold = .zero
        configuration.batchRowsDefault = 1
        change(&configuration)
        registry = ModelRegistry(
            configuration, backends: backends, clock: clock?.read ?? monotonicNanoseconds,
            decodeRecorded: decodeRecorded)
    }

    /// One backend that loads whatever `script` says.
    init(
        mode: ServingConfiguration.ControlMode = .explicit, clock: ManualClock? = nil,
        change: (inout ServingConfiguration) -> Void = { _ in },
        script: @escaping @Sendable (ModelSource) throws(InferError) -> FakeModel
    ) {
        self.init([FakeBackend(script: script)], mode: mode, clock: clock, change)
    }

    func start() throws {
        let outcome = Outcome<Result<Void, InferError>>()
        registry.start { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    func load(_ model: String, version: String? = nil, _ parameters: Parameters = [:]) throws {
        let outcome = Outcome<Result<Void, InferError>>()
        registry.load(model, version: version, parameters: parameters) { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    func unload(_ model: String, version: String? = nil) throws {
        let outcome = Outcome<Result<Void, InferError>>()
        registry.unload(model, version: version) { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    func loadWorker(_ worker: String, _ parameters: Parameters = [:]) throws -> String {
        let outcome = Outcome<Result<String, InferError>>()
        registry.loadWorker(worker, parameters: parameters) { outcome.receive($0) }
        return try #require(outcome.wait()).get()
    }

    func unloadWorker(_ endpoint: String) throws {
        let outcome = Outcome<Result<Void, InferError>>()
        registry.unloadWorker(endpoint) { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    func infer(_ request: InferRequest) throws -> InferResponse {
        let outcome = Outcome<Result<InferResponse, InferError>>()
        registry.infer(request) { outcome.receive($0) }
        return try #require(outcome.wait()).get()
    }

    /// Waits until no request is in flight: a lease ends just after the completion has returned.
    func settle() {
        #expect(eventually { registry.state.withLock { $0.schedulers.values.allSatisfy { $0.leaseCount == 0 } } })
        #expect(
            eventually {
                registry.state.withLock { state in
                    state.models.values.allSatisfy { $0.versions.values.allSatisfy { $0.lifecycle.drainingCount == 0 } }
                }
            })
    }

    /// What the model answers to `[[0, 0]]`, as the number it adds.
    func answer(_ model: String, version: String? = nil) throws -> Float {
        let response = try infer(Self.request(model, version: version))
        return try #require(response.outputs.first).tensor.elements(as: Float.self)[0]
    }

    static func request(_ model: String, version: String? = nil, rows: Int = 1) -> InferRequest {
        let zeros = [Float](repeating: 0, count: rows * 2)
        return InferRequest(
            model: model, version: version, inputs: [NamedTensor("x", Tensor(zeros, shape: [rows, 2]))])
    }

    /// The message a call fails with; empty when it does not.
    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return (error as? InferError)?.message ?? "\(error)"
        }
    }

    func index(_ readyOnly: Bool = false) -> [String] {
        registry.index(readyOnly: readyOnly).map { entry in
            [entry.name, entry.version, entry.state?.rawValue ?? "", entry.reason].joined(separator: "|")
        }
    }
}

/// The text of a small file.
func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
