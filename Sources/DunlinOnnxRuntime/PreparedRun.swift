import COnnxRuntime
package import DunlinInference
package import DunlinTensor

/// One execution whose inputs are made once, to be repeated: what ONNX Runtime itself costs, for benchmarks.
package final class PreparedRun {
    private let session: Session
    private let inputs: [NamedTensor]
    private let values: [RuntimeValue]
    private let pointers: [OpaquePointer?]
    private var results: [OpaquePointer?]

    /// - Parameters:
    ///   - model: A model that `OnnxRuntimeBackend` loaded. Programmer error when it is another's: traps.
    ///   - inputs: In the signature's order.
    package init(_ model: any LoadedModel, inputs: [NamedTensor]) throws(InferError) {
        guard let model = model as? OnnxRuntimeModel else { preconditionFailure("not a model of ONNX Runtime") }
        session = model.session
        self.inputs = inputs
        var values: [RuntimeValue] = []
        do {
            for input in inputs { values.append(try RuntimeValue(viewing: input.tensor, session.library)) }
        } catch {
            throw error.running(model.name)
        }
        self.values = values
        pointers = values.map(\.value)
        results = [OpaquePointer?](repeating: nil, count: session.outputs.count)
    }

    /// `OrtApi::Run` and the release of what it gave.
    package func run() throws(InferError) {
        let session = session
        let outcome = Result<Void, OnnxRuntimeFailure> { () throws(OnnxRuntimeFailure) in
            try pointers.withUnsafeBufferPointer { (values) throws(OnnxRuntimeFailure) in
                try results.withUnsafeMutableBufferPointer { (results) throws(OnnxRuntimeFailure) in
                    try session.run(values, into: results)
                }
            }
        }
        for index in results.indices {
            if let value = results[index] { session.library.api.pointee.ReleaseValue(value) }
            results[index] = nil
        }
        if case .failure(let failure) = outcome { throw failure.running("benchmark") }
    }
}
