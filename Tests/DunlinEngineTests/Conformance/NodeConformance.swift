import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor
import Glibc

/// ONNX's own node tests, as Debian's `libonnx-testdata` installs them: a model, inputs and expected outputs each.
enum NodeConformance {
    static let directory = "/usr/share/libonnx-testdata/data/node"

    /// Cases whose own files are at fault.
    static let faulty: [String: String] = [
        "cast_FLOAT_to_BFLOAT16": "expects BF16 cut off; ONNX rounds to nearest since 1.13",
        "castlike_FLOAT_to_BFLOAT16": "'like' is declared [3,4] and given as [1]",
        "castlike_FLOAT_to_BFLOAT16_expanded": "'like' is declared [3,4] and given as [1]",
        "castlike_BFLOAT16_to_FLOAT": "'like' is declared [3,4] and given as [1]",
        "castlike_BFLOAT16_to_FLOAT_expanded": "'like' is declared [3,4] and given as [1]",
    ]

    enum Outcome: Equatable {
        case passed
        /// The engine lacks something, in its own words.
        case refused(String)
        case wrong(String)
    }

    /// The names of all cases, empty where the package is not installed.
    static func cases() -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("test_") { names.append(String(name.dropFirst(5))) }
        }
        return names.sorted()
    }

    static func run(_ name: String, options: EngineOptions) -> Outcome {
        let path = "\(directory)/test_\(name)"
        let model: Model
        do throws(InferError) { model = try Model(contentsOf: "\(path)/model.onnx", options: options) } catch {
            return error.code == .unsupported ? .refused(error.message) : .wrong("load: \(error)")
        }
        do {
            var inputs: [String: Tensor] = [:]
            let file = try ONNXModel(
                parsing: try Bytes(mapping: "\(path)/model.onnx"), directory: nil)
            for (index, input) in file.graph.inputs.enumerated() {
                let bytes = try Bytes(mapping: "\(path)/test_data_set_0/input_\(index).pb")
                inputs[input.name] = bfloat16(
                    try ONNXModel.tensor(parsing: bytes).tensor, model.signature.inputs[index].dataType)
            }
            let outputs = try model.run(inputs)
            for (index, output) in model.signature.outputs.enumerated() {
                let bytes = try Bytes(mapping: "\(path)/test_data_set_0/output_\(index).pb")
                let expected = bfloat16(try ONNXModel.tensor(parsing: bytes).tensor, output.dataType)
                guard let received = outputs[output.name] else { return .wrong("no output \(output.name)") }
                if let difference = TensorComparison.difference(received, expected) {
                    return .wrong("output \(index): \(difference)")
                }
            }
            return .passed
        } catch let error as InferError where error.code == .unsupported {
            return .wrong("refused only when run: \(error)")
        } catch {
            return .wrong("\(error)")
        }
    }

    /// The tests' files hold BF16 elements as UINT16.
    private static func bfloat16(_ tensor: Tensor, _ declared: DataType) -> Tensor {
        guard declared == .bf16, tensor.dataType == .uint16 else { return tensor }
        return Tensor(dataType: .bf16, shape: tensor.shape, bytes: tensor.bytes)
    }
}
