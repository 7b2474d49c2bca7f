import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinTensor

/// Loads an ONNX file into the engine, and where that works makes an instance and runs it once on small inputs.
enum EngineFuzz {
    /// Elements of the largest input that is made up.
    private static let inputElementLimit = 4096

    /// Bytes a run may take, well below what the fuzzer takes for a leak.
    private static let runByteLimit = 64 << 20

    static func run(_ input: UnsafeRawBufferPointer) {
        var options = EngineOptions()
        options.maxRunByteCount = runByteLimit
        guard let model = try? Model(data: Bytes(copying: input), options: options) else { return }
        var inputs: [String: Tensor] = [:]
        for metadata in model.signature.inputs {
            let dimensions = metadata.shape.map { $0 < 0 ? 2 : $0 }
            guard let count = Shape.elementCount(of: dimensions), count <= inputElementLimit else { return }
            inputs[metadata.name] = tensor(metadata.dataType, Shape(dimensions), count)
        }
        guard let outputs = try? model.run(inputs) else { return }
        for output in outputs.values {
            precondition(
                Tensor(checking: output.dataType, shape: output.shape, bytes: output.bytes) != nil,
                "an output whose bytes are not its shape's")
        }
    }

    /// Ones for numbers, which make valid indices and sizes often; empty strings.
    private static func tensor(_ type: DataType, _ shape: Shape, _ count: Int) -> Tensor {
        switch type {
        case .fp32: Tensor([Float](repeating: 1, count: count), shape: shape)
        case .fp64: Tensor([Double](repeating: 1, count: count), shape: shape)
        case .int64: Tensor([Int64](repeating: 1, count: count), shape: shape)
        case .int32: Tensor([Int32](repeating: 1, count: count), shape: shape)
        default:
            // An empty string is its length alone: four zero bytes.
            Tensor(
                dataType: type, shape: shape,
                bytes: Bytes([UInt8](repeating: 0, count: count * (type.byteCount ?? 4))))
        }
    }
}
