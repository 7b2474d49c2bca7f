import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport

/// Small models for the case folders, named and shaped like those that Triton is tested with.
enum CaseModels {
    typealias Entry = (name: String, configuration: String, make: @Sendable () -> FakeModel)

    static let all: [Entry] = [
        ("simple", "max_batch_size: 8", simple),
        ("mock_llm", "", text),
        ("identity_fp32", "max_batch_size: 8", { identity(.fp32, [-1, -1]) }),
        ("identity_fp32_three", "", { identity(.fp32, [-1], count: 3) }),
        ("identity_fp16", "", { identity(.fp16, [-1, -1]) }),
        ("identity_bf16", "", { identity(.bf16, [-1]) }),
        ("identity_bytes", "", { identity(.bytes, [-1]) }),
        ("identity_bytes_one", "max_batch_size: 8", { identity(.bytes, [-1, 1]) }),
        ("identity_bytes_two", "", { identity(.bytes, [2]) }),
        ("identity_int64", "", { identity(.int64, [-1, -1]) }),
        ("identity_bool", "", { identity(.bool, [-1]) }),
        ("scalar_fp32", "", { identity(.fp32, []) }),
        ("nan_inf", "", special),
    ]

    static let backend = FakeBackend { source throws(InferError) in
        guard let entry = all.first(where: { $0.name == source.model }) else {
            throw InferError(.notFound, "no such model")
        }
        return entry.make()
    }

    /// A repository with all of them.
    static func write(to directory: TemporaryDirectory) {
        for entry in all {
            directory.write("\(entry.name)/1/model.onnx")
            if !entry.configuration.isEmpty { directory.write("\(entry.name)/config.pbtxt", entry.configuration) }
        }
    }

    private static func tensors(_ names: [String], _ type: DataType, _ shape: [Int]) -> [TensorMetadata] {
        names.map { TensorMetadata(name: $0, dataType: type, shape: shape) }
    }

    private static func identity(_ type: DataType, _ shape: [Int], count: Int = 1) -> FakeModel {
        let places = 0..<count
        let signature = ModelSignature(
            inputs: tensors(places.map { "INPUT\($0)" }, type, shape),
            outputs: tensors(places.map { "OUTPUT\($0)" }, type, shape))
        return FakeModel(signature) { inputs throws(InferError) in
            inputs.enumerated().map { NamedTensor("OUTPUT\($0.offset)", $0.element.tensor) }
        }
    }

    /// Sum and difference of two rows of 16.
    @Sendable private static func simple() -> FakeModel {
        let signature = ModelSignature(
            inputs: tensors(["INPUT0", "INPUT1"], .int32, [-1, 16]),
            outputs: tensors(["OUTPUT0", "OUTPUT1"], .int32, [-1, 16]))
        return FakeModel(signature) { inputs throws(InferError) in
            let (left, right) = (inputs[0].tensor, inputs[1].tensor)
            let pairs = zip(left.elements(as: Int32.self), right.elements(as: Int32.self))
            return [
                NamedTensor("OUTPUT0", Tensor(pairs.map { $0 &+ $1 }, shape: left.shape)),
                NamedTensor("OUTPUT1", Tensor(pairs.map { $0 &- $1 }, shape: left.shape)),
            ]
        }
    }

    /// Gives its prompt back; `fail` fails, and `nothing` gives a tensor without elements.
    @Sendable private static func text() -> FakeModel {
        let signature = ModelSignature(
            inputs: tensors(["PROMPT"], .bytes, [1]) + tensors(["STREAM"], .bool, [1]),
            outputs: tensors(["TEXT"], .bytes, [-1]))
        return FakeModel(signature) { inputs throws(InferError) in
            let prompt = inputs[0].tensor
            switch prompt.strings {
            case ["fail"]: throw InferError(.internal, "An Error Occurred")
            case ["nothing"]: return [NamedTensor("TEXT", Tensor(strings: [], shape: [0]))]
            default: return [NamedTensor("TEXT", prompt)]
            }
        }
    }

    @Sendable private static func special() -> FakeModel {
        let signature = ModelSignature(
            inputs: tensors(["INPUT0"], .fp32, [-1]), outputs: tensors(["OUTPUT0"], .fp32, [-1]))
        return FakeModel(signature) { _ throws(InferError) in
            [NamedTensor("OUTPUT0", Tensor([Float.nan, .infinity, -.infinity], shape: [3]))]
        }
    }
}
