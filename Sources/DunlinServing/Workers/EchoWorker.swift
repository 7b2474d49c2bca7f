import DunlinBytes
import DunlinInference
import DunlinTensor

/// AMD's demo model: any number of UINT32 inputs, each answered with one added to every element.
///
/// Sums wrap around, as in the original. Outputs have no name unless the request gives them one.
struct EchoWorker: BuiltInWorker {
    let metadataName: String?
    let responseName: String? = "echo"
    let naming = OutputSelection.Naming.byRequest
    let signature = ModelSignature(
        inputs: [TensorMetadata(name: "input", dataType: .uint32, shape: [-1])],
        outputs: [TensorMetadata(name: "output", dataType: .uint32, shape: [-1])], isVariadic: true)

    func makeInstance() throws(InferError) -> any ModelInstance { Instance() }

    private final class Instance: ModelInstance {
        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
            inputs.map { input in
                let bytes = input.tensor.withElements(as: UInt32.self) { elements in
                    Bytes(uninitializedCount: elements.count * 4) { memory in
                        let sums = memory.bindMemory(to: UInt32.self)
                        for index in elements.indices { sums[index] = elements[index] &+ 1 }
                    }
                }
                return NamedTensor("", Tensor(dataType: .uint32, shape: input.tensor.shape, bytes: bytes))
            }
        }
    }
}
