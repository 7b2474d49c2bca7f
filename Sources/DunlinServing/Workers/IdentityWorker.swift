import DunlinInference
import DunlinTensor

/// Answers its inputs, whatever they are: any number, names, shapes and datatypes.
struct IdentityWorker: BuiltInWorker {
    let naming = OutputSelection.Naming.byInputs
    let signature = ModelSignature(inputs: [], outputs: [], isVariadic: true)

    func makeInstance() throws(InferError) -> any ModelInstance { Instance() }

    private final class Instance: ModelInstance {
        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] { inputs }
    }
}
