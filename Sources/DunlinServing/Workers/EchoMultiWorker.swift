import DunlinInference
import DunlinTensor

/// AMD's second demo model: three UINT32 outputs of 1, 4 and 3 elements, filled by going round the elements of all
/// inputs: `[3], [2,7]` gives `[3], [2,7,3,2], [7,3,2]`.
struct EchoMultiWorker: BuiltInWorker {
    let metadataName: String?
    let responseName: String? = "echo_multi"
    let naming = OutputSelection.Naming.byRequest
    let signature = ModelSignature(
        inputs: [
            TensorMetadata(name: "input0", dataType: .uint32, shape: [1]),
            TensorMetadata(name: "input1", dataType: .uint32, shape: [2]),
        ],
        outputs: Self.counts.enumerated().map { index, count in
            TensorMetadata(name: "output\(index)", dataType: .uint32, shape: [count])
        }, isVariadic: true)

    private static let counts = [1, 4, 3]

    func makeInstance() throws(InferError) -> any ModelInstance { Instance() }

    private final class Instance: ModelInstance {
        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
            // No more elements than this are ever looked at.
            let most = EchoMultiWorker.counts.reduce(0, +)
            var elements: [UInt32] = []
            for input in inputs where elements.count < most {
                input.tensor.withElements(as: UInt32.self) { elements += $0.prefix(most) }
            }
            guard !elements.isEmpty else {
                throw InferError(.invalidArgument, "worker 'echo_multi' needs at least one element")
            }
            var next = 0
            return EchoMultiWorker.counts.enumerated().map { index, count in
                let values = (next..<(next + count)).map { elements[$0 % elements.count] }
                next += count
                return NamedTensor("output\(index)", Tensor(values, shape: [count]))
            }
        }
    }
}
