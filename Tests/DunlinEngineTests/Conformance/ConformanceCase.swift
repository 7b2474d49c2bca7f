import DunlinBytes
import DunlinEngine
import DunlinInference
import DunlinONNX
import DunlinTensor

/// One case of a `ConformanceSet`, read once and run with several options.
struct ConformanceCase {
    enum Outcome: Equatable {
        case passed
        /// The engine lacks something, in its own words.
        case refused(String)
        case wrong(String)
    }

    /// One set of test data, in the order of the files.
    private struct TestData {
        var inputs: [Tensor] = []
        var outputs: [Tensor] = []
    }

    private let path: String
    private let comparesElements: Bool
    private let absoluteTolerance: Double

    init(_ set: ConformanceSet, _ name: String) {
        path = "\(set.directory)/test_\(name)"
        comparesElements = !set.random.contains(name)
        absoluteTolerance = set.absoluteTolerances[name] ?? set.absoluteTolerance
    }

    func run(_ options: EngineOptions) -> Outcome {
        let model: Model
        do throws(InferError) { model = try Model(contentsOf: "\(path)/model.onnx", options: options) } catch {
            return error.code == .unsupported ? .refused(error.message) : .wrong("load: \(error)")
        }
        do {
            let sets = ConformanceSet.entries(of: path).filter { $0.hasPrefix("test_data_set_") }
            guard !sets.isEmpty else { return .wrong("no test data") }
            for set in sets {
                if let difference = try difference(model, try read("\(path)/\(set)")) {
                    return .wrong("\(set): \(difference)")
                }
            }
            return .passed
        } catch let error as InferError where error.code == .unsupported {
            return .wrong("refused only when run: \(error)")
        } catch {
            return .wrong("\(error)")
        }
    }

    private func difference(_ model: Model, _ data: TestData) throws -> String? {
        let signature = model.signature
        var names = signature.inputs.map(\.name)
        if data.inputs.count != names.count {
            // Old files list initializers as inputs too, and some cases have a file for each of them.
            names = try ONNXModel(parsing: try Bytes(reading: "\(path)/model.onnx"), directory: path)
                .graph.inputs.map(\.name)
        }
        var inputs: [String: Tensor] = [:]
        for (name, tensor) in zip(names, data.inputs) {
            guard let declared = signature.inputs.first(where: { $0.name == name }) else { continue }
            inputs[name] = Self.bfloat16(tensor, declared.dataType)
        }
        let received = try model.run(inputs)
        guard data.outputs.count == signature.outputs.count else {
            return "\(signature.outputs.count) outputs, expected \(data.outputs.count)"
        }
        for (index, (output, expected)) in zip(signature.outputs, data.outputs).enumerated() {
            guard let made = received[output.name] else { return "no output \(output.name)" }
            let expected = Self.bfloat16(expected, output.dataType)
            if comparesElements {
                if let difference = TensorComparison.difference(made, expected, absoluteTolerance) {
                    return "output \(index): \(difference)"
                }
            } else if made.dataType != expected.dataType || made.shape != expected.shape {
                return "output \(index): \(made.dataType)\(made.shape), expected \(expected.dataType)\(expected.shape)"
            }
        }
        return nil
    }

    private func read(_ directory: String) throws -> TestData {
        let files = Set(ConformanceSet.entries(of: directory))
        func tensors(_ role: String) throws -> [Tensor] {
            var tensors: [Tensor] = []
            while files.contains("\(role)_\(tensors.count).pb") {
                let bytes = try Bytes(reading: "\(directory)/\(role)_\(tensors.count).pb")
                tensors.append(try ONNXModel.tensor(parsing: bytes).tensor)
            }
            return tensors
        }
        return TestData(inputs: try tensors("input"), outputs: try tensors("output"))
    }

    /// Older files hold BF16 elements as UINT16.
    private static func bfloat16(_ tensor: Tensor, _ declared: DataType) -> Tensor {
        guard declared == .bf16, tensor.dataType == .uint16 else { return tensor }
        return Tensor(dataType: .bf16, shape: tensor.shape, bytes: tensor.bytes)
    }
}
