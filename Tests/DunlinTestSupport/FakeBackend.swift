package import DunlinInference
package import DunlinTensor
import Synchronization

/// A backend whose loads and runs a test scripts.
package final class FakeBackend: Backend {
    package let name: String
    package let defaultModelFilename: String
    private let script: @Sendable (ModelSource) throws(InferError) -> FakeModel
    private let loads = Mutex<[ModelSource]>([])

    /// - Parameter script: Decides what each load gives.
    package init(
        _ name: String = "native", filename: String = "model.onnx",
        script: @escaping @Sendable (ModelSource) throws(InferError) -> FakeModel
    ) {
        self.name = name
        defaultModelFilename = filename
        self.script = script
    }

    package func load(_ source: ModelSource) throws(InferError) -> any LoadedModel {
        loads.withLock { $0.append(source) }
        return try script(source)
    }

    /// What was asked for, in order.
    package var sources: [ModelSource] { loads.withLock { $0 } }
}

/// A loaded model that runs a closure; tells when its memory goes.
package final class FakeModel: LoadedModel {
    package typealias Run = @Sendable ([NamedTensor]) throws(InferError) -> [NamedTensor]

    package let signature: ModelSignature
    package let platform = "onnx_fake"
    package let properties: [String: String] = [:]
    package let memoryByteCount = 0
    private let run: Run
    private let onRelease: @Sendable () -> Void
    private let instances = Mutex(0)

    /// FP32 `x` `[-1, 2]` to FP32 `y` `[-1, 2]`.
    package static let signature = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])

    package init(
        _ signature: ModelSignature = FakeModel.signature, onRelease: @escaping @Sendable () -> Void = {},
        run: @escaping Run
    ) {
        self.signature = signature
        self.onRelease = onRelease
        self.run = run
    }

    /// A model that adds `number` to every element, to tell versions apart.
    package static func adding(_ number: Float, onRelease: @escaping @Sendable () -> Void = {}) -> FakeModel {
        FakeModel(onRelease: onRelease) { inputs throws(InferError) in
            let sums = inputs[0].tensor.elements(as: Float.self).map { $0 + number }
            return [NamedTensor("y", Tensor(sums, shape: inputs[0].tensor.shape))]
        }
    }

    deinit { onRelease() }

    /// How many instances were made.
    package var instanceCount: Int { instances.withLock { $0 } }

    package func makeInstance() throws(InferError) -> any ModelInstance {
        instances.withLock { $0 += 1 }
        return Instance(self)
    }

    private final class Instance: ModelInstance {
        private let model: FakeModel
        init(_ model: FakeModel) { self.model = model }
        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] { try model.run(inputs) }
    }
}
