public import DunlinBytes
public import DunlinInference
public import DunlinTensor
import Synchronization

/// An ONNX model, ready to run in this process.
///
///     let model = try Model(contentsOf: "model.onnx")
///     let outputs = try model.run(["input": Tensor([5.1, 3.5, 1.4, 0.2] as [Float], shape: [1, 4])])
///
/// May be shared between threads: each concurrent `run` takes an instance of its own.
public final class Model: Sendable {
    /// Instances that are kept for later runs; more are made when more runs overlap, and dropped afterwards.
    public static let mostIdleInstances = 8

    let loaded: NativeModel
    private let idle = Mutex(IdleInstances())

    /// `@unchecked Sendable` because each instance is in the list or with one run, never both: the list is only
    /// touched under the mutex that holds it.
    private struct IdleInstances: @unchecked Sendable {
        var instances: [any ModelInstance] = []
    }

    /// Reads a model file. Data files that it names must lie in the same directory.
    public convenience init(contentsOf path: String, options: EngineOptions = .init()) throws(InferError) {
        let bytes: Bytes
        do { bytes = try Bytes(reading: path) } catch {
            throw InferError(.notFound, "\(error)")
        }
        var directory = "."
        if let slash = path.lastIndex(of: "/") { directory = slash == path.startIndex ? "/" : String(path[..<slash]) }
        try self.init(data: bytes, directory: directory, options: options)
    }

    /// Reads a model from memory, which stays in use for as long as the model lives.
    ///
    /// - Parameter directory: Where data files that the model names are; `nil` refuses such models.
    public init(
        data: Bytes, directory: String? = nil, options: EngineOptions = .init()
    ) throws(InferError) {
        loaded = try NativeModel.load(data, directory: directory, options: options)
    }

    /// Inputs and outputs with their types and shapes.
    public var signature: ModelSignature { loaded.signature }

    /// Bytes of weights and tables.
    public var memoryByteCount: Int { loaded.memoryByteCount }

    /// Computes all outputs.
    ///
    /// - Throws: `.invalidArgument` that names the input, what was expected and what came.
    public func run(_ inputs: [String: Tensor]) throws(InferError) -> [String: Tensor] {
        let request = InferRequest(model: "model", inputs: inputs.map { NamedTensor($0.key, $0.value) })
        let ordered = try request.inputs(checkedAgainst: signature)
        let instance = try takeInstance()
        defer { giveBack(instance) }
        let outputs = try instance.execute(ordered)
        return Dictionary(outputs.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    }

    private func takeInstance() throws(InferError) -> any ModelInstance {
        nonisolated(unsafe) var taken: (any ModelInstance)?
        idle.withLock { taken = $0.instances.popLast() }
        if let taken { return taken }
        return try loaded.makeInstance()
    }

    private func giveBack(_ instance: any ModelInstance) {
        nonisolated(unsafe) let instance = instance
        idle.withLock {
            if $0.instances.count < Self.mostIdleInstances { $0.instances.append(instance) }
        }
    }
}
