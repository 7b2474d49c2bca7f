import DunlinInference
import DunlinKernels
import DunlinTensor

/// Several packed matrix products of one left side, each with its bias and activation; only a pass makes it.
///
/// Inputs: the left side, then for each product its matrix and its bias (which may be left out).
struct SharedLinear: Operator {
    private let activations: [UnaryFunction]
    private var products: SharedProducts?

    init(_ activations: [UnaryFunction]) { self.activations = activations }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32])
        var facts: [TensorFact] = []
        for index in activations.indices {
            let matrix = inputs[1 + 2 * index]
            facts.append(TensorFact(.fp32, try MatMulShape.output(inputs[0].extents, matrix.extents)))
        }
        return facts
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        var matrices: [PackedMatrix] = []
        var biases: [[Float]] = []
        for index in activations.indices {
            guard let weights = inputs[1 + 2 * index].constant else {
                throw InferError(.internal, "a shared product without constant weights")
            }
            matrices.append(
                weights.withElements(as: Float.self) {
                    PackedMatrix(
                        rows: weights.shape[0], columns: weights.shape[1], elements: $0, bf16: inputs.bf16)
                })
            biases.append(inputs.optional(2 + 2 * index)?.constant?.elements(as: Float.self) ?? [])
        }
        var prepared = self
        prepared.products = SharedProducts(matrices, biases: biases, activations: activations)
        return prepared
    }

    var packedInputs: [Int] { products == nil ? [] : Array(1...2 * activations.count) }

    var memoryByteCount: Int { products?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        var shared = self
        if shared.products == nil, let prepared = try prepare(inputs) as? SharedLinear { shared = prepared }
        guard let products = shared.products else { preconditionFailure("a shared product that is not packed") }
        let rows = inputs[0].shape.dimensions.dropLast().reduce(1, *)
        return Kernel(variant: "\(products.variant), one left side", multiplyAdds: rows * products.multiplyAddsPerRow) {
            buffers in
            products.run(m: rows, a: buffers.input(0), threads: buffers.threads) { buffers.output($0) }
        }
    }
}
