import DunlinBytes
import DunlinInference
import DunlinTensor

/// Executes a model on the caller's thread. Keeps nothing between executions but the shared session.
final class OnnxRuntimeInstance: ModelInstance {
    private let model: OnnxRuntimeModel

    init(_ model: OnnxRuntimeModel) { self.model = model }

    func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
        do {
            let results = try Self.run(model.session, inputs.map(\.tensor))
            var outputs: [NamedTensor] = []
            outputs.reserveCapacity(results.count)
            for (index, result) in results.enumerated() {
                let declared = model.signature.outputs[index]
                let tensor: Tensor
                if model.session.outputs[index].kind == .classMaps {
                    tensor = try ClassMaps(result, classCount: max(declared.shape[1], 0)).probabilities
                } else {
                    tensor = Self.unshared(try result.tensor(), from: inputs)
                }
                outputs.append(NamedTensor(declared.name, tensor))
            }
            return outputs
        } catch {
            throw error.running(model.name)
        }
    }

    /// The session's outputs for `inputs`, which are in the session's order. The inputs' memory is read in place.
    static func run(_ session: Session, _ inputs: [Tensor]) throws(OnnxRuntimeFailure) -> [RuntimeValue] {
        let library = session.library
        var values: [RuntimeValue] = []
        values.reserveCapacity(inputs.count)
        for tensor in inputs { values.append(try RuntimeValue(viewing: tensor, library)) }

        var results = [OpaquePointer?](repeating: nil, count: session.outputs.count)
        let outcome = Result<Void, OnnxRuntimeFailure> { () throws(OnnxRuntimeFailure) in
            try values.map { Optional($0.value) }.withUnsafeBufferPointer { (values) throws(OnnxRuntimeFailure) in
                try results.withUnsafeMutableBufferPointer { (results) throws(OnnxRuntimeFailure) in
                    try session.run(values, into: results)
                }
            }
        }
        withExtendedLifetime((values, inputs)) {}
        let owned = results.map { $0.map { RuntimeValue(taking: $0, library) } }
        try outcome.get()
        var outputs: [RuntimeValue] = []
        for (index, value) in owned.enumerated() {
            guard let value else { throw OnnxRuntimeFailure("output '\(session.outputs[index].name)' was not given") }
            outputs.append(value)
        }
        return outputs
    }

    /// A copy when `output` lies in an input's memory, which a graph that passes an input through gives: that
    /// memory is the request's and not kept alive by ONNX Runtime's value.
    private static func unshared(_ output: Tensor, from inputs: [NamedTensor]) -> Tensor {
        guard let address = output.bytes.base else { return output }
        let shared = inputs.contains {
            guard let base = $0.tensor.bytes.base else { return false }
            return address >= base && address < base + $0.tensor.bytes.count
        }
        guard shared else { return output }
        let copy = output.bytes.withUnsafeBytes { Bytes(copying: $0) }
        return Tensor(dataType: output.dataType, shape: output.shape, bytes: copy)
    }
}
