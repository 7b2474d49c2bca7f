import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc

/// A model in ONNX Runtime's hands; all instances share its one session.
final class OnnxRuntimeModel: LoadedModel {
    /// Elements of the largest input that is made up to learn a model's class names.
    static let probeElementLimit = 1 << 20

    let name: String
    let session: Session
    let signature: ModelSignature
    let platform = "onnx_onnxruntime"
    let properties: [String: String]
    /// The model file's size: ONNX Runtime does not tell what it allocates.
    let memoryByteCount: Int

    init(_ source: ModelSource, options: SessionOptions, library: OnnxRuntimeLibrary) throws(InferError) {
        name = source.model
        let origin = try Self.origin(of: source)
        switch origin {
        case .file: memoryByteCount = try Self.byteCount(of: source)
        case .memory(let bytes): memoryByteCount = bytes.count
        }
        do {
            session = try Session(origin, options: options, library: library)
        } catch {
            throw error.loading(source.model)
        }
        let inputs = try Self.described(session.inputs, "input", model: name)
        signature = ModelSignature(
            inputs: inputs,
            outputs: Self.labelled(try Self.described(session.outputs, "output", model: name), inputs, session))
        properties = ["backend": "onnxruntime", "onnxruntime_version": library.version]
    }

    func makeInstance() throws(InferError) -> any ModelInstance { OnnxRuntimeInstance(self) }

    private static func origin(of source: ModelSource) throws(InferError) -> Session.Origin {
        guard source.files != nil else { return .file(source.path) }
        let bytes = try source.contents()
        do {
            guard try !ExternalData.isNamed(in: bytes) else {
                throw InferError(
                    .unsupported,
                    "model '\(source.model)': ONNX Runtime is not given models from memory whose tensors lie in other "
                        + "files")
            }
        } catch let error as ProtobufError {
            throw InferError(.invalidArgument, "model '\(source.model)': the file is not an ONNX model: \(error)")
        } catch let error as InferError { throw error } catch { preconditionFailure("\(error)") }
        return .memory(bytes)
    }

    private static func byteCount(of source: ModelSource) throws(InferError) -> Int {
        var status = stat()
        guard stat(source.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw InferError(.notFound, "model '\(source.model)': no file \(source.path)")
        }
        return Int(status.st_size)
    }

    private static func described(_ tensors: [SessionTensor], _ role: String, model: String) throws(InferError)
        -> [TensorMetadata]
    {
        var described: [TensorMetadata] = []
        for tensor in tensors {
            switch tensor.kind {
            case .tensor(let type, let shape):
                described.append(TensorMetadata(name: tensor.name, dataType: type, shape: shape))
            case .classMaps where role == "output":
                described.append(TensorMetadata(name: tensor.name, dataType: .fp32, shape: [-1, -1]))
            case .classMaps:
                throw InferError(.unsupported, "model '\(model)': input '\(tensor.name)' is a sequence of maps")
            case .other(let words):
                throw InferError(
                    .unsupported,
                    "model '\(model)': \(role) '\(tensor.name)' is \(words); "
                        + "only tensors and class probabilities can be served")
            }
        }
        return described
    }

    /// The outputs with class names and counts where maps hold them: they stand in no declaration, so one row of
    /// zeros is run to see them. What cannot be learned this way stays unsaid.
    private static func labelled(_ outputs: [TensorMetadata], _ inputs: [TensorMetadata], _ session: Session)
        -> [TensorMetadata]
    {
        guard session.outputs.contains(where: { $0.kind == .classMaps }),
            let row = row(of: inputs),
            let results = try? OnnxRuntimeInstance.run(session, row)
        else { return outputs }
        var labelled = outputs
        for index in outputs.indices where session.outputs[index].kind == .classMaps {
            guard let maps = try? ClassMaps(results[index], classCount: 0) else { continue }
            labelled[index].labels = maps.labels
            labelled[index].shape = [-1, maps.labels.count]
        }
        return labelled
    }

    /// Zeros, or empty strings, with 1 for every free extent; `nil` when that is too large.
    private static func row(of inputs: [TensorMetadata]) -> [Tensor]? {
        var row: [Tensor] = []
        for input in inputs {
            let dimensions = input.shape.map { $0 == -1 ? 1 : $0 }
            guard let count = Shape.elementCount(of: dimensions), count <= probeElementLimit else { return nil }
            // An empty string is its length alone: four zero bytes.
            let bytes = Bytes(uninitializedCount: count * (input.dataType.byteCount ?? 4)) {
                _ = $0.initializeMemory(as: UInt8.self, repeating: 0)
            }
            row.append(Tensor(dataType: input.dataType, shape: Shape(dimensions), bytes: bytes))
        }
        return row
    }
}
